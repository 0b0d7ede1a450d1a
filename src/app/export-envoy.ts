/** From a configuration to that of an Envoy which asks about each request, and what of it Envoy cannot hold. */
import type { ActiveApi, Plan } from '../decide/index.ts'
import { beyondRequest, maxBodyBytes } from '../gateway/core/index.ts'
import { envoyBootstrap, type ExportedListener } from '../gateway/envoy/index.ts'
import type { Assembly } from './assemble.ts'
import { PLAIN_LISTENER } from './transport/ext-authz.ts'

export interface EnvoyExportReport {
  /** Envoy's bootstrap; `null`: there is nothing that it could serve, or nowhere to ask. */
  readonly bootstrap: unknown
  /** Names of the APIs in it. */
  readonly apis: readonly string[]
  /** What Envoy cannot hold: those APIs are not in it, and are refused to whoever asks for them by way of Envoy. */
  readonly refused: readonly RefusedApi[]
  /** Environment variable from which Envoy reads the secret; `null`: it needs none. */
  readonly secretVariable: string | null
  /** Why there is no bootstrap at all. */
  readonly missing: 'extAuthz' | 'listeners' | 'apis' | null
}

export interface RefusedApi {
  readonly api: string
  /** Its policy does not compile, or some rules of some operations need the answer. */
  readonly why: 'closed' | 'rules'
  readonly rules: readonly {
    readonly rule: string
    /** It is not in the plan, and without it the strict reading holds. */
    readonly absent: boolean
    readonly operations: readonly string[]
  }[]
}

/** What Envoy is told of a secret that is in a file: it reads none. */
const SECRET_VARIABLE = 'GATEHOUSE_EXT_AUTHZ_SECRET'

export function exportEnvoy({
  config,
  policy,
}: Pick<Assembly, 'config' | 'policy'>): EnvoyExportReport {
  const { plan } = policy
  const refused = plan.apis.flatMap(refusedApi)
  const apis = plan.apis.filter(
    (api): api is ActiveApi =>
      api.state === 'active' && !refused.some((one) => one.api === api.name),
  )
  const { extAuthz } = config
  const names = apis.map(({ name }) => name)
  const secret = extAuthz?.secret ?? null
  const secretVariable = secret === null ? null : 'env' in secret ? secret.env : SECRET_VARIABLE
  const none = { bootstrap: null, apis: names, refused, secretVariable }
  if (extAuthz === null) return { ...none, missing: 'extAuthz' }
  const listeners = listenersOf(config)
  if (listeners.length === 0) return { ...none, missing: 'listeners' }
  if (apis.length === 0) return { ...none, missing: 'apis' }
  const bootstrap = envoyBootstrap(
    {
      responder: extAuthz.listen,
      ...(secretVariable !== null && { secretVariable }),
      listeners,
      interactionHeaders: interactionHeaders(plan),
      ...(config.context !== null && { contextHeader: config.context.header }),
      maxBodyBytes: maxBodyBytes(plan),
    },
    apis,
  )
  return { bootstrap, apis: names, refused, secretVariable, missing: null }
}

function refusedApi(api: Plan['apis'][number]): readonly RefusedApi[] {
  if (api.state === 'closed') return [{ api: api.name, why: 'closed', rules: [] }]
  const found = new Map<string, { rule: string; absent: boolean; operations: string[] }>()
  for (const operation of api.operations)
    for (const { rule, absent } of beyondRequest(api, operation)) {
      const key = `${rule} ${absent}`
      const held = found.get(key) ?? { rule, absent, operations: [] }
      held.operations.push(operation.id)
      found.set(key, held)
    }
  return found.size === 0 ? [] : [{ api: api.name, why: 'rules', rules: [...found.values()] }]
}

function listenersOf(config: Assembly['config']): readonly ExportedListener[] {
  const plain = config.extAuthz?.envoyListen ?? null
  return [
    ...(plain === null ? [] : [{ name: PLAIN_LISTENER, ...plain }]),
    ...config.listeners
      .filter(({ dataPlane }) => dataPlane === 'envoy')
      .map(({ name, listen, certificate, key, minVersion, clientCertificate }) => ({
        name,
        ...listen,
        tls: { certificate, key, minVersion, clientCertificate },
      })),
  ]
}

function interactionHeaders(plan: Plan): readonly string[] {
  const found = new Set(['x-fapi-interaction-id'])
  for (const api of plan.apis)
    if (api.state === 'active')
      for (const rule of api.rules)
        if (rule.name === 'logging.audit') found.add(rule.params.interactionHeader.toLowerCase())
  return [...found].sort()
}
