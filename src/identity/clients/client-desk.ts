/**
 * What the bank itself decides of registered clients. A third party that an authority supervises may be denied access only for objectively
 * justified and duly evidenced reasons of unauthorised access or fraud (PSD2 Art. 68(5)), and the authority is told at once (Art. 68(6)): the
 * record of a suspension holds what both need.
 */
import {
  type Clock,
  GatehouseError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../lib/index.ts'
import {
  clientHistory,
  type ClientState,
  decideClient,
  findClient,
  isActive,
  listClients,
  registerClient,
  removeClient,
  type Store,
  type StoredClient,
} from '../../store/index.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { MAX_CLIENTS } from './registration.ts'

export interface RegisteredClient {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'suspended' | 'pending' | 'removed'
  readonly organization: string | null
  /** What the register of its authority says; `null`: it has no entry, as a partner. */
  readonly registerStatus: string | null
  readonly roles: readonly string[]
  /** Milliseconds since the epoch. */
  readonly registeredAt: number
}
export interface ClientPast {
  readonly at: number
  readonly what: string
  readonly by: string
  readonly reason: string | null
  readonly record: JsonObject | null
}
export interface ClientInFull extends RegisteredClient {
  /** What it may do (RFC 7591 metadata); keys are not told. */
  readonly metadata: JsonObject
  /** The newest first. */
  readonly history: readonly ClientPast[]
}
/** Who decides, and why. */
export interface Decision {
  readonly by: string
  readonly reason: string
}
export interface ClientDesk {
  /** @throws GH_IDENTITY_CLIENT */
  check(metadata: ClientMetadata): void
  list(after: string, limit: number): Promise<readonly RegisteredClient[]>
  show(id: string): Promise<ClientInFull | undefined>
  /** `notice`: how customers were told before access was denied, or why they were not. `undefined`: it is not there, or not active. */
  suspend(id: string, decision: Decision, notice: string): Promise<RegisteredClient | undefined>
  resume(id: string, decision: Decision): Promise<RegisteredClient | undefined>
  /**
   * A client that the bank knows by itself; it manages nothing itself. `undefined`: there is one of this id.
   * @throws GH_IDENTITY_CLIENT
   */
  register(metadata: JsonObject, decision: Decision): Promise<RegisteredClient | undefined>
  /** For ever: its software may be registered anew. `undefined`: it is not there, or was removed before. */
  remove(id: string, decision: Decision): Promise<RegisteredClient | undefined>
  /** Of a partner that waits. */
  approve(id: string, decision: Decision): Promise<RegisteredClient | undefined>
}

const HISTORY = 50
const ID = /^[\w-]{1,64}$/

export function clientDesk({
  store,
  clock,
  check,
}: {
  readonly store: Store
  readonly clock: Clock
  /** @throws GH_IDENTITY_CLIENT */
  readonly check: (metadata: ClientMetadata) => void
}): ClientDesk {
  async function decide(
    id: string,
    { by, reason }: Decision,
    change: {
      readonly from: ClientState
      readonly state: 'active' | 'suspended'
      readonly what: 'suspended' | 'resumed' | 'approved'
    },
    record: (client: StoredClient, at: number) => JsonObject | Promise<JsonObject> | null,
  ): Promise<RegisteredClient | undefined> {
    const before = await store.run(findClient, { id })
    if (before === null) return undefined
    const at = clock.now()
    const kept = await record(before, at)
    const done = await store.run(decideClient, {
      id,
      from: [change.from],
      state: change.state,
      what: change.what,
      act: { at, actor: by, reason, record: kept === null ? null : JSON.stringify(kept) },
    })
    return done === null ? undefined : summaryOf(done)
  }

  return {
    check,
    async list(after, limit) {
      return (await store.run(listClients, { after, limit })).map(summaryOf)
    },
    async show(id) {
      const found = await store.run(findClient, { id })
      if (found === null) return undefined
      const history = await store.run(clientHistory, { id, limit: HISTORY })
      const { jwks: _, ...metadata } = objectOf(found.metadata)
      return {
        ...summaryOf(found),
        metadata,
        history: history.map(({ at, what, actor, reason, record }) => ({
          at,
          what,
          by: actor,
          reason,
          record: record === null ? null : objectOf(record),
        })),
      }
    },
    suspend: (id, decision, notice) =>
      decide(
        id,
        decision,
        { from: 'active', state: 'suspended', what: 'suspended' },
        (client, at) => suspensionRecord(client, decision, notice, at),
      ),
    resume: (id, decision) =>
      decide(
        id,
        decision,
        { from: 'suspended', state: 'active', what: 'resumed' },
        async (_, at) => {
          const [last] = (await store.run(clientHistory, { id, limit: HISTORY })).filter(
            ({ what }) => what === 'suspended',
          )
          return { law: LAW, begunAt: time(last?.at ?? at), endedAt: time(at) }
        },
      ),
    async register(metadata, { by, reason }) {
      const { client_id: id, client_name: name } = metadata
      if (typeof id !== 'string' || !ID.test(id))
        throw new GatehouseError(
          'GH_IDENTITY_CLIENT',
          'client_id must be 1 to 64 letters, digits, - or _',
        )
      check({ ...metadata, client_id: id })
      if ((await store.run(findClient, { id })) !== null) return undefined
      const at = clock.now()
      const client: StoredClient = {
        id,
        software: JSON.stringify(['bank', id]),
        organization: null,
        name: typeof name === 'string' ? name : id,
        state: 'active',
        registerState: null,
        metadata: JSON.stringify(metadata),
        evidence: JSON.stringify({ identity: 'bank' }),
        token: null,
        tokenBefore: null,
        statement: null,
        version: 1,
        createdAt: at,
        updatedAt: at,
      }
      const act = { at, actor: by, reason, record: null }
      const done = await store.run(registerClient, {
        client,
        claim: null,
        act,
        maxClients: MAX_CLIENTS,
      })
      return done === 'registered' ? summaryOf(client) : undefined
    },
    async remove(id, { by, reason }) {
      const act = { at: clock.now(), actor: by, reason, record: null }
      const done = await store.run(removeClient, { id, by: 'bank', act })
      return done === null ? undefined : summaryOf(done)
    },
    approve: (id, decision) =>
      decide(id, decision, { from: 'pending', state: 'active', what: 'approved' }, () => null),
  }
}

const LAW = 'PSD2 Art. 68(5), (6)'

function suspensionRecord(
  client: StoredClient,
  { by, reason }: Decision,
  notice: string,
  at: number,
): JsonObject {
  const { organization, name, id } = client
  // ETSI TS 119 495 §5.2.1: PSD, country, authority, number.
  const [, authority = null] = /^PSD([A-Z]{2}-[A-Z0-9]{2,8})-/.exec(organization ?? '') ?? []
  return {
    law: LAW,
    reason,
    begunAt: time(at),
    endedAt: null,
    customerNotice: notice,
    authority,
    authorityDraft: [
      `To the competent authority${authority === null ? '' : ` (${authority})`}`,
      `On ${time(at)} we denied ${name}${organization === null ? '' : ` (${organization})`}, client ${id}, access to payment accounts.`,
      `Reason: ${reason}`,
      `Customers: ${notice}`,
      `Decided by: ${by}`,
      'Access is given back as soon as the reason is over.',
    ].join('\n'),
  }
}

function time(at: number): string {
  return new Date(at).toISOString()
}

function summaryOf(client: StoredClient): RegisteredClient {
  const { id, name, state, organization, registerState, evidence, createdAt } = client
  const { roles } = objectOf(evidence)
  return {
    id,
    name,
    status: state === 'active' && !isActive(client) ? 'suspended' : state,
    organization,
    registerStatus: registerState,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    registeredAt: createdAt,
  }
}

function objectOf(text: string): JsonObject {
  const value = JSON.parse(text) as JsonValue // sound: JSON that was written here
  return isJsonObject(value) ? value : {}
}
