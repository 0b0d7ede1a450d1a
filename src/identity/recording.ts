/**
 * Around the library: what it granted or refused is recorded before its answer leaves. Codes and tokens that were made and could not be
 * recorded reach nobody, so they are worth nothing; the request is answered 503, and may be made again.
 */
import type { Context, Provider, Token } from 'oidc-provider'
import { GatehouseError } from '../lib/index.ts'
import { DECISION_HEADER, type Evidence, type EvidenceEntry } from './evidence.ts'

type Action = EvidenceEntry['action']

/** By the library's names of its routes; of others nothing is recorded. */
const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['authorization', 'authorization-request'],
  ['resume', 'authorization-request'],
  ['pushed_authorization_request', 'authorization-request'],
  ['backchannel_authentication', 'decoupled-request'],
  ['token', 'token'],
  ['revocation', 'token-revoke'],
  ['introspection', 'introspection'],
])
/** What is told of each that succeeds, too; a pushed request grants nothing, and introspection is the gateway's own. */
const GRANTS: ReadonlySet<Action> = new Set(['decoupled-request', 'token', 'token-revoke'])
const REFUSALS = [
  'authorization.error',
  'backchannel_authentication.error',
  'grant.error',
  'introspection.error',
  'pushed_authorization_request.error',
  'revocation.error',
  'server_error',
]
/** Of customers in their browser: until there is a code, nothing that they make is worth a wait for the disk. */
const IN_A_BROWSER: ReadonlySet<string> = new Set(['authorization', 'resume'])
export const MAX_WHY_CHARS = 200

export interface Recording {
  readonly evidence: Evidence
  /** Resolves when every record that was written before is durable (adapter.ts). */
  readonly synced: () => Promise<void>
}

export function recordAnswers(provider: Provider, { evidence, synced }: Recording): void {
  const refused = new WeakMap<Context, unknown>()
  const coded = new WeakSet<Context>()
  for (const name of REFUSALS)
    provider.on(name, (context: Context, error: unknown) => void refused.set(context, error))
  provider.on('authorization.success', (context: Context) => void coded.add(context))

  provider.use(async (outside, next) => {
    await next()
    const action = ACTIONS.get(outside.oidc?.route ?? '')
    if (action === undefined) return
    const context = outside as Context // sound: it has a route
    const error = refused.get(context)
    const entry =
      error !== undefined
        ? { ...involved(context), action, outcome: 'refused', ...reasonOf(error) }
        : coded.has(context)
          ? { ...involved(context), action: 'authorization-code', outcome: 'done' }
          : GRANTS.has(action)
            ? {
                ...involved(context),
                action,
                outcome: 'done',
                keys: keysOf(context.body),
                // Nothing is granted to who did not authenticate as registered, so that is how it was.
                authentication: context.oidc.client?.clientAuthMethod,
              }
            : undefined
    try {
      const [id] = await Promise.all([
        // Sound: each of the literals above is one of its type's.
        entry && evidence.write(entry as EvidenceEntry),
        IN_A_BROWSER.has(context.oidc.route) && !coded.has(context) ? undefined : synced(),
      ])
      if (error !== undefined && id !== undefined) tell(context, id)
    } catch (failure) {
      if (!(failure instanceof GatehouseError)) throw failure
      withhold(context)
    }
  })
}

function involved({
  oidc,
}: Context): Pick<EvidenceEntry, 'by' | 'client' | 'subject' | 'consent' | 'purpose'> {
  const { Grant, AuthorizationCode, RefreshToken, AccessToken, BackchannelAuthenticationRequest } =
    oidc.entities
  const tokens: readonly (Token | undefined)[] = [
    AuthorizationCode,
    RefreshToken,
    BackchannelAuthenticationRequest,
    AccessToken,
  ]
  const token = tokens.find((one) => one !== undefined)
  const { grant_type: type } = oidc.params ?? {}
  return {
    by: 'third-party',
    client: oidc.client?.clientId,
    subject: token?.accountId ?? Grant?.accountId ?? oidc.session?.accountId,
    consent: token?.grantId ?? Grant?.jti ?? oidc.result?.consent?.grantId,
    // A word that was invented is not kept.
    purpose: typeof type === 'string' && /^[a-z_:-]{1,64}$/.test(type) ? type : undefined,
  }
}

/** Words of the library; what it quotes of the request, in whichever marks, is left out. */
function reasonOf(error: unknown): Pick<EvidenceEntry, 'error' | 'why'> {
  // Sound: asked for by name, and judged.
  const {
    expose,
    error: word,
    error_description: text,
  } = error as Readonly<Record<string, unknown>>
  if (expose !== true || typeof word !== 'string') return { error: 'server_error' }
  const why =
    typeof text === 'string'
      ? text
          .replaceAll(/(['"`]).*\1/gs, '…')
          .replaceAll(/[^\x20-\x7e…]/g, ' ')
          .slice(0, MAX_WHY_CHARS)
      : undefined
  return { error: word, why }
}

/** Key ids of the tokens that are JWTs of ours. */
function keysOf(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null) return []
  // Sound: what is no text is passed over.
  const { access_token: access, id_token: id } = body as Readonly<Record<string, unknown>>
  const kids = [access, id].flatMap((token) => {
    const [head, ...rest] = typeof token === 'string' ? token.split('.') : []
    if (head === undefined || rest.length !== 2) return []
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid?: string } // sound: made by the library a moment ago
    return kid === undefined ? [] : [kid]
  })
  return [...new Set(kids)]
}

function tell(context: Context, id: string): void {
  context.set(DECISION_HEADER, id)
  // Where the third party does not see the header, because the customer's browser does. Bodies stay as they are: of what is not to be told apart
  // they are the same, byte for byte.
  const location = URL.parse(context.response.get('location'))
  if (location === null || !location.searchParams.has('error')) return
  const text = location.searchParams.get('error_description') ?? 'refused'
  location.searchParams.set('error_description', `${text} (decision ${id})`)
  context.set('location', location.href)
}

function withhold(context: Context): void {
  for (const name of ['location', 'set-cookie']) context.remove(name)
  context.status = 503
  context.set('cache-control', 'no-store')
  context.set('retry-after', '1')
  context.body = { error: 'temporarily_unavailable' }
}
