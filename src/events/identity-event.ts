/**
 * Identity event, version 1: what the authorization server, its consents and its keys did or refused. Recorded before it counts: there is no
 * code without the event of it, and no token. Customers and consents appear as keyed hashes, as in access events; no token, no code and no
 * name of a person appears at all.
 */
import type { ErrorCode } from '../lib/index.ts'

export interface IdentityEvent {
  /** Version of the format. */
  readonly v: 1
  /** Tells it from the other kinds. */
  readonly kind: 'identity'
  /**
   * Decision id: whoever was refused has it in the header `gatehouse-decision` or, through the customer's browser, in `error_description`. What is
   * recorded before it is done and then is not done stands twice, with another outcome: the last counts. OCSF `metadata.uid`.
   */
  readonly id: string
  /** Milliseconds since the epoch; OCSF `time`. */
  readonly at: number
  /** What was done, or asked for. */
  readonly action: IdentityAction
  /** A refusal changed nothing. */
  readonly outcome: 'done' | 'refused'
  /** Why it was refused: see errors.md; OCSF `status_code`. */
  readonly code: ErrorCode | null
  /** The word of the protocol for it, such as `invalid_grant`. */
  readonly error: string | null
  /** One sentence of the server; nothing of what was sent is quoted. */
  readonly why: string | null
  /** Who did it. */
  readonly by: IdentityActor
  /** `client_id`; OCSF `actor.app_uid`. */
  readonly client: string | null
  /** `hmac:` + 16 hex digits; OCSF `user.uid`. */
  readonly subject: string | null
  /** `hmac:` + 16 hex digits. */
  readonly consent: string | null
  /** Status of the consent or the client before; `null`: it has none, or was not there. */
  readonly before: string | null
  /** And after; of a refusal, as it stays. */
  readonly after: string | null
  /** Grant type of a token, purpose of a consent, kind of an element, or change of a register. */
  readonly purpose: string | null
  /** Key ids of the server's own keys that were used, made or changed; of `client-keys`, those of the third party that count from then on. */
  readonly keys: readonly string[]
  /** Of the certificate of the connection, where the caller is known by it: `organizationIdentifier` or subject of a company. */
  readonly caller: string | null
  /**
   * How the client authenticated, by its name in the registry of token endpoint authentication methods (RFC 7591 §4.2), such as `private_key_jwt`. Absent
   * where none did, in refusals, and in events from before it was recorded.
   */
  readonly authentication?: string
}

/** `time`: nobody; `register`: that of the authorities; `bank`: its staff; `gatehouse`: the server by itself. */
export type IdentityActor = 'third-party' | 'customer' | 'bank' | 'register' | 'time' | 'gatehouse'

export type IdentityAction =
  | 'login'
  | 'authorization-request'
  | 'authorization-code'
  | 'decoupled-request'
  | 'token'
  | 'token-revoke'
  | 'introspection'
  | 'consent-request'
  | 'consent-create'
  | 'consent-authorise'
  | 'consent-refuse'
  | 'consent-withdraw'
  | 'consent-cancel'
  | 'consent-terminate'
  | 'consent-expire'
  | 'consent-consume'
  | 'client-register'
  | 'client-change'
  | 'client-remove'
  | 'client-manage'
  | 'client-status'
  | 'client-keys'
  /** Of an element with which a customer authenticates: a code of the bank for it; it counts from now on; it does not any more. `purpose` is its kind. */
  | 'element-code'
  | 'element-add'
  | 'element-remove'
  /** Of what exemptions of strong authentication rest on: `purpose` is `trust` or `distrust` (payees), `series`, `end-series`, `own-accounts`, `process` or `process-end`. */
  | 'register-change'
  | 'key-make'
  | 'key-sign'
  | 'key-end'
  /** Another secret seals from now on: `before` and `after` are marks, which say nothing of what they mark. */
  | 'secret-seal'
  /** Nothing is sealed under it any more. */
  | 'secret-end'
