/** A registered client as it is kept, and what gateways are told of it. */
import type { RegisterStatus } from '../../feed/index.ts'
import type { Rows } from '../unit.ts'

/** `pending`: a partner that nobody approved yet. `removed` is for ever. */
export type ClientState = 'active' | 'pending' | 'suspended' | 'removed'

export interface StoredClient {
  readonly id: string
  readonly software: string | null
  readonly organization: string | null
  readonly name: string
  readonly state: ClientState
  readonly registerState: RegisterStatus | null
  /** JSON. */
  readonly metadata: string
  /** JSON; its member `roles` is what register, statement and certificate allow together. */
  readonly evidence: string
  /** Keyed hashes. */
  readonly token: string | null
  readonly tokenBefore: string | null
  readonly statement: string | null
  /** One more with every change. */
  readonly version: number
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly updatedAt: number
}

export interface HistoryEntry {
  readonly version: number
  readonly at: number
  readonly what: ClientEvent
  readonly actor: string
  readonly reason: string | null
  /** JSON. */
  readonly record: string | null
}
export type ClientEvent =
  | 'registered'
  | 'changed'
  | 'approved'
  | 'suspended'
  | 'resumed'
  | 'removed'
  | 'register-changed'

/** Whether it may do anything at all: the bank and the register both say so. */
export function isActive({ state, registerState }: Pick<StoredClient, 'state' | 'registerState'>) {
  return state === 'active' && !['suspended', 'withdrawn'].includes(registerState ?? '')
}

/** Where it keeps its keys, in the form that is called; `null`: they stand in its metadata, or it is gone. */
export function keysUriOf({
  state,
  metadata,
}: Pick<StoredClient, 'state' | 'metadata'>): string | null {
  const { jwks_uri: uri } = JSON.parse(metadata) as { readonly jwks_uri?: string } // sound: written by whoever registers
  return state === 'removed' || uri === undefined ? null : (URL.parse(uri)?.href ?? null)
}

/** The value of its `Change`, as the feed's client format has it; `null`: gone. `fetched`: the JWK set at its `jwks_uri`, JSON. */
export function clientChange(
  client: StoredClient,
  reason: string | null,
  fetched: string | null,
): string | null {
  const { id, name, organization, registerState, state, evidence, metadata } = client
  if (state === 'removed') return null
  const { roles } = JSON.parse(evidence) as { readonly roles?: readonly string[] } // sound: written by whoever registers
  const registered = JSON.parse(metadata) as { readonly jwks?: object } // sound: written by whoever registers
  const jwks = fetched === null ? registered.jwks : (JSON.parse(fetched) as object) // sound: `keepKeySet` is given a JWK set
  return JSON.stringify({
    id,
    name,
    status: isActive(client) ? 'active' : 'suspended',
    ...(reason === null || isActive(client) ? {} : { reason }),
    ...(organization === null ? {} : { organizationIdentifier: organization }),
    ...(registerState === null ? {} : { registerStatus: registerState }),
    ...(registerState === null || roles === undefined ? {} : { roles }),
    // What it signs messages with.
    ...(jwks === undefined ? {} : { jwks }),
  })
}

/** Of the roles that were granted, those that the register lists now. */
export function withRoles(evidence: string, listed: readonly string[]): string {
  const read = JSON.parse(evidence) as { readonly granted?: readonly string[] } // sound: written by whoever registers
  if (read.granted === undefined) return evidence
  return JSON.stringify({ ...read, roles: read.granted.filter((role) => listed.includes(role)) })
}

export function clientOf(row: Rows[number]): StoredClient {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    id: String(row['id']),
    software: text(row['software']),
    organization: text(row['organization']),
    name: String(row['name']),
    state: row['state'] as ClientState, // sound: units alone write it
    registerState: text(row['register_state']) as RegisterStatus | null, // sound: units alone write it
    metadata: String(row['metadata']),
    evidence: String(row['evidence']),
    token: text(row['token']),
    tokenBefore: text(row['token_before']),
    statement: text(row['statement']),
    version: Number(row['version']),
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
  }
}

export function columnsOf(client: StoredClient) {
  const { registerState, tokenBefore, createdAt, updatedAt, ...same } = client
  return {
    ...same,
    keys_uri: keysUriOf(client),
    register_state: registerState,
    token_before: tokenBefore,
    created_at: createdAt,
    updated_at: updatedAt,
  }
}
