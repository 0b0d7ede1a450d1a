/**
 * Configuration → specifications → objectives → policy: everything that can be known without starting. `check`, `plan`, `objectives`,
 * `posture` and `up` all begin here, so that they cannot disagree.
 */
import { readFileSync } from 'node:fs'
import type { ApiConfig, GatehouseConfig, IssuerConfig } from '../config/index.ts'
import { dataClass, type Exposure, type Role } from '../controls/index.ts'
import {
  type ApiRecord,
  apiRecord,
  type ImportCache,
  importCached,
  type ImportedSpec,
} from '../inventory/index.ts'
import type { PlanIssuer } from '../decide/index.ts'
import type { Diagnostic } from '../lib/index.ts'
import {
  computeObjective,
  type DerivedProfile,
  type Objective,
  profileFrom,
  resolveServes,
} from '../objectives/index.ts'
import {
  type ApiPolicySource,
  type CompiledPolicy,
  type PolicyFinding,
  compilePolicy,
  type Template,
  templatePurpose,
} from '../policy/index.ts'
import { diskImportCache } from './import-cache.ts'
import { linearRegex } from './linear-regex.ts'
import { installationControls } from './own-controls.ts'
import { installationTemplates } from './own-templates.ts'
import { unaskedCertificates } from './unasked-certificates.ts'
import { upstreamOf } from './upstream-source.ts'

export interface Assembly {
  readonly config: GatehouseConfig
  readonly apis: readonly AssembledApi[]
  readonly policy: CompiledPolicy
  /** Mistakes that make a specification unusable; its API is closed. */
  readonly diagnostics: readonly Diagnostic[]
}

export interface AssembledApi {
  readonly config: ApiConfig
  readonly record: ApiRecord
  readonly objective: Objective
  /** Data classes that the specification shows and the declaration leaves out. */
  readonly undeclared: readonly string[]
}

interface Imported {
  readonly config: ApiConfig
  readonly spec: ImportedSpec
  readonly diagnostics: readonly Diagnostic[]
}

/** `imports`: where imports done before are kept; else in the data directory, if there is one. */
export function assemble(
  config: GatehouseConfig,
  imports: ImportCache = diskImportCache(config.dataDir),
): Assembly {
  const { templates } = installationTemplates(config.templates)
  const ownControls = installationControls(config.controls, config.dir).controls
  const imported = config.apis.map((api) => importOne(api, imports))
  const derived = imported.map((item) => deriveProfile(item, config, templates))
  const serving = resolveServes(
    derived.map(({ profile }, index) => ({ profile, serves: config.apis[index]?.serves ?? [] })),
  )
  const apis = imported.map((item, index) => {
    const { profile, undeclared } = derived[index] ?? deriveProfile(item, config, templates)
    const servesLevels = serving.servesLevels.get(profile.api) ?? []
    const objective = computeObjective(
      { ...profile, servesLevels },
      { approval: item.config.approval, ownControls },
    )
    return { config: item.config, spec: item.spec, objective, undeclared }
  })
  const policy = compilePolicy({
    issuers: config.issuers.map((issuer) => ({
      issuer: issuer.issuer,
      audiences: issuer.audience,
      algorithms: issuer.algorithms,
      types: ['at+jwt'],
      jwks: issuer.jwks ?? { issuer: issuer.issuer },
      claims: claimsOf(issuer, config.identity?.issuer),
      clockSkewSeconds: issuer.clockSkewSeconds,
      ...introspectionOf(issuer),
    })),
    publicOrigins: config.publicOrigins,
    signsAnswers: config.answerSigning !== null,
    trustStores: config.trustStores.length > 0,
    mandate: config.mandate,
    apis: apart(apis.map((api, index) => policySource(config, api, index))),
    regex: linearRegex,
    templates,
  })
  return {
    config,
    apis: apis.map(({ spec, objective, ...rest }) => ({
      ...rest,
      objective,
      record: apiRecord(
        {
          name: rest.config.name,
          owner: rest.config.owner,
          // Sound: the configuration checked the roles against the catalogue's words.
          roles: rest.config.roles as readonly Role[] | null,
          dataClasses: rest.config.dataClasses,
        },
        spec,
      ),
    })),
    policy: {
      ...policy,
      findings: [
        ...policy.findings,
        ...apis.flatMap((api, index) => undeclaredFinding(config, api, index)),
        ...unaskedCertificates(config, policy),
      ],
    },
    diagnostics: imported.flatMap((item) => item.diagnostics),
  }
}

/** A declaration wins over what was found; what it leaves out about people has to be seen by somebody. */
function undeclaredFinding(
  config: GatehouseConfig,
  {
    config: api,
    undeclared,
  }: { readonly config: ApiConfig; readonly undeclared: readonly string[] },
  index: number,
): PolicyFinding[] {
  const personal = undeclared.filter((id) => dataClass(id)?.personal === true)
  if (api.dataClasses === null || personal.length === 0) return []
  return [
    {
      code: 'GH_OBJECTIVES_UNDECLARED',
      severity: 'high',
      api: api.name,
      text: `dataClasses declares ${api.dataClasses.join(', ') || 'nothing'}, and the specification also shows ${personal.join(', ')}: the objectives do not count them`,
      place: config.placeOf(['apis', index, 'dataClasses']),
      closes: false,
    },
  ]
}

function importOne(config: ApiConfig, imports: ImportCache): Imported {
  const result = importCached(
    { file: config.spec, text: readFileSync(config.spec), regex: linearRegex },
    imports,
  )
  return {
    config,
    spec: result.spec ?? emptySpec(config.spec),
    diagnostics: result.spec === undefined ? result.diagnostics : [],
  }
}

/** Stands for a specification that could not be read: no operations, so the compiler closes the API. */
function emptySpec(file: string): ImportedSpec {
  return {
    source: { file, sha256: '', bytes: 0, format: 'unknown', title: '', version: '' },
    servers: [],
    basePath: '',
    operations: [],
    problems: [],
    document: null,
  }
}

function deriveProfile(
  { config, spec }: Imported,
  { organisation }: GatehouseConfig,
  templates: readonly Template[],
): DerivedProfile {
  const { roles, serves } = templatePurpose(config.template, templates)
  // What a template does not serve (a consent resource under `ais`) is denied, so its data do not weigh on the objective.
  const operations = spec.operations.filter(serves)
  const found = operations.flatMap((one) =>
    one.dataClasses.filter((evidence) => evidence.confidence !== 'low'),
  )
  return profileFrom({
    api: config.name,
    found: {
      roles: roles.length > 0 ? roles : [...new Set(operations.map((one) => one.role))],
      dataClasses: found.map((evidence) => evidence.dataClass),
      methods: operations.map((one) => one.method),
    },
    declared: {
      // Sound: the configuration checked both against the catalogue's words.
      roles: config.roles as readonly Role[] | null,
      dataClasses: config.dataClasses,
      exposure: config.exposure as Exposure | null,
      features: config.features,
      seriousHarmWithin: config.outageImpact,
      criticalOrImportantFunction: config.criticalOrImportantFunction,
    },
    organisation,
  })
}

function policySource(
  config: GatehouseConfig,
  { config: api, spec, objective }: { config: ApiConfig; spec: ImportedSpec; objective: Objective },
  index: number,
): ApiPolicySource {
  return {
    name: api.name,
    basePath: api.basePath ?? spec.basePath,
    ...upstreamOf(api, spec.basePath),
    template: api.template,
    spec,
    objective,
    audit: api.audit,
    degraded: api.degraded,
    issuers: api.issuers,
    permissions: api.permissions,
    owner: api.owner,
    class: classOf(config, api),
    rules: api.rules,
    operations: Object.fromEntries(
      Object.entries(api.operations).map(([name, { rules }]) => [
        name,
        { rules, place: config.placeOf(['apis', index, 'operations', name]) },
      ]),
    ),
    place: config.placeOf(['apis', index, 'name']),
    templatePlace: config.placeOf(['apis', index, 'template']),
  }
}

function classOf({ classes }: GatehouseConfig, api: ApiConfig): ApiPolicySource['class'] {
  const rules = api.class === null ? undefined : classes[api.class]?.rules
  return api.class === null || rules === undefined ? null : { name: api.class, rules }
}

/**
 * An unreadable specification does not say where its API is offered. It is closed wherever nobody else is, so that it shuts no
 * neighbour that is offered at the root.
 */
function apart(sources: readonly ApiPolicySource[]): readonly ApiPolicySource[] {
  const isLost = ({ spec, basePath }: ApiPolicySource): boolean =>
    spec.document === null && basePath === ''
  let rootTaken = sources.some((source) => source.basePath === '' && !isLost(source))
  return sources.map((source) => {
    if (!isLost(source)) return source
    if (rootTaken) return { ...source, basePath: `/${source.name}` }
    rootTaken = true
    return source
  })
}

/** As plans have always said it where the consent is a claim and the rest as usual, so that such a plan keeps its digest. */
function claimsOf(
  { issuer, claims: { consentIn, sca, ...names } }: IssuerConfig,
  own: string | undefined,
): PlanIssuer['claims'] {
  // Our own server settles what it says; of any other the file says that it may.
  const believed = sca ?? (issuer === own ? 'sca' : null)
  return {
    ...names,
    ...(consentIn !== 'claim' && { consentIn }),
    ...(believed !== null && { sca: believed }),
  }
}

function introspectionOf({ introspection }: IssuerConfig): Pick<PlanIssuer, 'introspection'> {
  if (introspection === null) return {}
  const { endpoint, clientId, signed, cacheSeconds, tokenPrefix, tryInOrder } = introspection
  return {
    introspection: {
      endpoint,
      clientId,
      signed,
      cacheSeconds,
      ...(tokenPrefix !== null && { tokenPrefix }),
      ...(tryInOrder && { tryInOrder }),
    },
  }
}
