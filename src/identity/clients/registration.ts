/**
 * Dynamic registration (RFC 7591) and its management (RFC 7592). The library has both, and neither knows software statements, certificates or
 * registers; here a registration is one unit of the store, so that it is there whole, with its history, or not at all.
 */
import { type Clock, type JsonObject, typeable } from '../../lib/index.ts'
import {
  findClient,
  forgetToken,
  registerClient,
  removeClient,
  reviseClient,
  type Store,
  type StoredClient,
} from '../../store/index.ts'
import type { Presented } from '../certificates.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { Evidence as Recorder } from '../evidence.ts'
import type { Sealing } from '../sealing.ts'
import { allowedMetadata } from './allowed-metadata.ts'
import type { Caller } from './caller.ts'
import { type Entitlement, entitlementOf } from './entitlement.ts'
import type { OrganisationRegister } from './organisation-register.ts'
import { RegistrationRefused } from './refused.ts'
import { readRequest, type RegistrationRequest } from './registration-request.ts'
import { permittedBy } from './role-scopes.ts'
import type { Directory, SoftwareStatement } from './software-statement.ts'

export interface RegistrationOptions {
  readonly issuer: string
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  readonly presented: Presented
  readonly directories: readonly Directory[]
  readonly register: () => OrganisationRegister | undefined
  readonly partners: boolean
  readonly fapi1: boolean
  /** Of all resources. */
  readonly scopes: readonly string[]
  readonly keysAt: (uri: string) => Promise<string>
  readonly evidence: Recorder
  /** What the library would refuse later. @throws RegistrationRefused */
  readonly validate: (metadata: ClientMetadata) => void
  /** Told, and waited for, when one has removed itself. */
  readonly removed: (id: string) => Promise<void>
}
export interface Sent {
  readonly text: string
  readonly mediaType: string
  readonly caller: Caller
}
/** Client information response (RFC 7591 §3.2.1). */
export type ClientInformation = Readonly<Record<string, unknown>>

export interface Registration {
  register(sent: Sent): Promise<ClientInformation>
  read(id: string, token: string, caller: Caller): Promise<ClientInformation>
  change(id: string, token: string, sent: Sent): Promise<ClientInformation>
  remove(id: string, token: string, caller: Caller): Promise<void>
}

/** For an ecosystem of a few hundred third parties, with all their software. */
export const MAX_CLIENTS = 100_000
export const MAX_CHANGES_A_DAY = 100
export const REGISTRATION_PATH = '/register'
const DAY_MS = 86_400_000
/** After a statement would be refused for its age, it is remembered so much longer. */
const STATEMENT_GRACE_MS = 3_600_000
const ID_BYTES = 16
const TOKEN_BYTES = 32
const TOKEN = 'registration access token'

/** On what a client was registered. */
interface Evidence {
  /** At the time, and of these what the register still lists. */
  readonly granted: readonly string[]
  readonly roles: readonly string[]
  readonly identity: string
  readonly certificate: { readonly thumbprint: string; readonly subject: string }
  readonly statement: {
    readonly issuer: string
    readonly software: string
    readonly organization: string
    readonly text: string
  } | null
}

export function createRegistration(options: RegistrationOptions): Registration {
  const { issuer, store, sealing, clock, randomBytes } = options
  const random = (bytes: number): string => Buffer.from(randomBytes(bytes)).toString('base64url')

  async function judge(sent: Sent): Promise<{
    readonly request: RegistrationRequest
    readonly entitlement: Entitlement
  }> {
    const now = () => clock.now()
    const request = await readRequest(sent.text, sent.mediaType, sent.caller, { ...options, now })
    const entitlement = entitlementOf(sent.caller, request.statement, {
      register: options.register(),
      partners: options.partners,
      now: now(),
    })
    return { request, entitlement }
  }

  function metadataOf(
    id: string,
    members: JsonObject,
    { caller }: Sent,
    { statement }: RegistrationRequest,
    { roles }: Entitlement,
  ): ClientMetadata {
    const permitted = permittedBy(roles, options.scopes)
    const metadata = {
      client_id: id,
      ...allowedMetadata(members, { caller, statement, permitted, fapi1: options.fapi1 }),
    }
    options.validate(metadata)
    return metadata
  }

  const claimOf = (statement: SoftwareStatement | undefined) =>
    statement === undefined
      ? null
      : {
          name: sealing.hashed('software statement', `${statement.issuer}\0${statement.jti}`),
          expiresAt: statement.usableUntil + STATEMENT_GRACE_MS,
        }

  /** RFC 7592 §2: who does not hold the token hears the same whether there is such a client or not. */
  async function mine(id: string, token: string, caller: Caller): Promise<StoredClient> {
    const found = await store.run(findClient, { id })
    const hashed = sealing.hashed(TOKEN, token)
    if (
      found === null ||
      found.state === 'removed' ||
      (found.token !== hashed && found.tokenBefore !== hashed) ||
      evidenceOf(found).identity !== caller.identity
    )
      throw new RegistrationRefused('invalid_token', 'the registration access token is not good')
    if (found.token === hashed && found.tokenBefore !== null)
      await store.run(forgetToken, { id, token: hashed })
    return found
  }

  function informationOf(client: StoredClient, token: string): ClientInformation {
    const metadata = JSON.parse(client.metadata) as JsonObject // sound: written below
    const { statement } = evidenceOf(client)
    return {
      ...metadata,
      client_id: client.id,
      client_id_issued_at: Math.floor(client.createdAt / 1000),
      ...(statement === null
        ? {}
        : { software_id: statement.software, software_statement: statement.text }),
      registration_access_token: token,
      registration_client_uri: `${issuer}${REGISTRATION_PATH}/${client.id}`,
    }
  }

  /** What third parties do is recorded before it counts, and again under its id when it then does not. */
  async function recorded<T>(
    action: 'client-register' | 'client-change' | 'client-remove',
    { client, caller }: { readonly client: string; readonly caller: Caller },
    states: { readonly before: string | undefined; readonly after: string },
    commit: () => Promise<T>,
  ): Promise<T> {
    const entry = { action, by: 'third-party', client, caller: caller.identity } as const
    const id = await options.evidence.write({ ...entry, ...states, outcome: 'done' })
    try {
      return await commit()
    } catch (failure) {
      const error = failure instanceof RegistrationRefused ? failure.error : 'server_error'
      const { before } = states
      await options.evidence.write({ ...entry, before, outcome: 'refused', error }, id)
      if (failure instanceof RegistrationRefused) failure.decision = id
      throw failure
    }
  }

  const act = (caller: Caller) => ({
    at: clock.now(),
    actor: caller.identity,
    reason: null,
    record: null,
  })

  return {
    async register(sent) {
      const { request, entitlement } = await judge(sent)
      const id = typeable(random(ID_BYTES))
      const metadata = metadataOf(id, request.members, sent, request, entitlement)
      const token = random(TOKEN_BYTES)
      const claim = claimOf(request.statement)
      const now = clock.now()
      const client: StoredClient = {
        id,
        software: softwareOf(request, sent.caller),
        organization: sent.caller.organization ?? null,
        name: metadata.client_name ?? id,
        state: entitlement.registerState === null ? 'pending' : 'active',
        registerState: entitlement.registerState,
        metadata: JSON.stringify(metadata),
        evidence: JSON.stringify(newEvidence(request, sent.caller, entitlement)),
        token: sealing.hashed(TOKEN, token),
        tokenBefore: null,
        statement: claim?.name ?? null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      }
      const of = { client: id, caller: sent.caller }
      const states = { before: undefined, after: client.state }
      await recorded('client-register', of, states, async () => {
        const done = await store.run(registerClient, {
          client,
          claim,
          act: act(sent.caller),
          maxClients: MAX_CLIENTS,
        })
        if (done !== 'registered') throw refusalOf(done)
      })
      return informationOf(client, token)
    },
    async read(id, token, caller) {
      return informationOf(await mine(id, token, caller), token)
    },
    async change(id, token, sent) {
      const before = await mine(id, token, sent.caller)
      if (before.state === 'suspended')
        throw new RegistrationRefused('access_denied', 'the client is suspended')
      const { request, entitlement } = await judge(sent)
      const members = ownMembers(request.members, id)
      if (softwareOf(request, sent.caller) !== before.software)
        throw new RegistrationRefused('invalid_client_metadata', 'the software is another one')
      const metadata = metadataOf(id, members, sent, request, entitlement)
      const next = random(TOKEN_BYTES)
      const claim = claimOf(request.statement)
      const client: StoredClient = {
        ...before,
        name: metadata.client_name ?? id,
        metadata: JSON.stringify(metadata),
        evidence: JSON.stringify(newEvidence(request, sent.caller, entitlement)),
        token: sealing.hashed(TOKEN, next),
        // Until the new one was used: an answer that is lost must not lock its client out.
        tokenBefore: sealing.hashed(TOKEN, token),
        statement: claim?.name ?? null,
      }
      const now = clock.now()
      const of = { client: id, caller: sent.caller }
      const states = { before: before.state, after: before.state }
      await recorded('client-change', of, states, async () => {
        const done = await store.run(reviseClient, {
          client,
          claim,
          act: act(sent.caller),
          maxChanges: MAX_CHANGES_A_DAY,
          since: now - DAY_MS,
        })
        if (done !== 'revised') throw refusalOf(done)
      })
      return informationOf({ ...client, updatedAt: now }, next)
    },
    async remove(id, token, caller) {
      const { state } = await mine(id, token, caller)
      const states = { before: state, after: 'removed' }
      await recorded('client-remove', { client: id, caller }, states, async () => {
        // Of many at once one removes it; the others come too late, and did nothing.
        const done = await store.run(removeClient, { id, by: 'third-party', act: act(caller) })
        if (done === null) throw refusalOf('stale')
      })
      await options.removed(id)
    },
  }
}

/** RFC 7592 §2.2: the request names its client, and nothing else that the server gave. */
function ownMembers(members: JsonObject, id: string): JsonObject {
  const { client_id: named, ...rest } = members
  if (named !== undefined && named !== id)
    throw new RegistrationRefused('invalid_client_metadata', 'client_id is another one')
  return rest
}

/** One owner of one software: of the directory's name for it or, without a statement, of the holder's own. */
function softwareOf({ statement, members }: RegistrationRequest, { identity }: Caller): string {
  if (statement !== undefined) return JSON.stringify([statement.issuer, statement.software])
  const { software_id: software = '' } = members
  if (typeof software !== 'string' || software.length > 256)
    throw new RegistrationRefused('invalid_client_metadata', 'software_id must be a short text')
  return JSON.stringify([identity, software])
}

function newEvidence(
  { statement }: RegistrationRequest,
  { identity, certificate }: Caller,
  { roles }: Entitlement,
): Evidence {
  const { thumbprint, subject } = certificate
  return {
    granted: [...roles],
    roles: [...roles],
    identity,
    certificate: { thumbprint, subject: subject.text },
    statement:
      statement === undefined
        ? null
        : {
            issuer: statement.issuer,
            software: statement.software,
            organization: statement.organization,
            text: statement.text,
          },
  }
}

function evidenceOf({ evidence }: StoredClient): Evidence {
  return JSON.parse(evidence) as Evidence // sound: `newEvidence` made it
}

function refusalOf(
  why: 'software' | 'statement' | 'full' | 'stale' | 'often',
): RegistrationRefused {
  switch (why) {
    case 'software':
      return new RegistrationRefused(
        'invalid_client_metadata',
        'the software is registered already: change it with PUT at its registration_client_uri',
      )
    case 'statement':
      return new RegistrationRefused(
        'invalid_software_statement',
        'software_statement was used before: ask the directory for another one',
      )
    case 'stale':
      return new RegistrationRefused('invalid_token', 'the registration access token is not good')
    case 'full':
    case 'often':
      return new RegistrationRefused(
        'temporarily_unavailable',
        'too many registrations or changes: try again later',
      )
  }
}
