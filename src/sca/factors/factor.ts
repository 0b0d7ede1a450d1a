/**
 * What a factor is. One file each, collected in `list.ts`. A factor judges answers and keeps nothing: what it needs later it gives back to be
 * sealed, and whether an answer is the first of its kind the store decides.
 */
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import type { LinkedTransaction } from '../transactions/linked.ts'
import type { FactorUse } from './units.ts'

export type FactorKind =
  | 'approval'
  | 'one-time-code'
  | 'passcode'
  | 'passkey'
  | 'totp'
  | 'transaction-code'

/** PSD2 Art. 4(30): what only the customer knows, has, or is. */
export type Category = 'inherence' | 'knowledge' | 'possession'

/** One element of authentication (RTS Art. 6 to 8) and what a thief must have to breach it. */
export interface Element {
  readonly category: Category
  /** `local`: asked for by the authenticator itself, which tells nobody. */
  readonly carrier: 'device' | 'local' | 'memory' | 'subscription' | 'token'
}

export interface EnrolledFactor {
  readonly id: string
  readonly kind: FactorKind
  readonly counter: number
  readonly createdAt: number
  /** Milliseconds since the epoch; `null`: never. */
  readonly usedAt: number | null
  /** What the factor gave to be sealed. */
  readonly secret: JsonObject
}

export interface AnswerContext {
  readonly transaction: LinkedTransaction
  /** What was asked of the customer's devices for this transaction, by kind of factor. */
  readonly asked: Asked
  readonly now: number
}
/** By kind; what a factor gave to be sealed with the transaction. */
export type Asked = Readonly<Partial<Record<FactorKind, JsonObject>>>

export interface Answer {
  readonly kind: FactorKind
  /** As it came from outside. */
  readonly value: JsonValue
}

export type Judgement = { readonly ok: true; readonly use: FactorUse } | { readonly ok: false }
export const WRONG: Judgement = { ok: false }

/** Why an element cannot be enrolled; the customer is told, for it is his own and he is authenticated. */
export type EnrolmentFault =
  | 'malformed'
  | 'common'
  | 'too-short'
  | 'too-long'
  | 'wrong-answer'
  | 'not-allowed'

export type Enrolled =
  | {
      readonly ok: true
      readonly secret: JsonObject
      /** By which it names itself; nobody else may have it. */
      readonly credential?: string
      readonly counter?: number
    }
  | { readonly ok: false; readonly fault: EnrolmentFault }

export interface Factor {
  readonly kind: FactorKind
  /** All of them are proven by one answer. */
  readonly elements: readonly Element[]
  /** The answer is to this transaction and no other (RTS Art. 5(1)(b)). */
  readonly linked: boolean
  /** A customer has one, and another takes its place. */
  readonly single: boolean
  /** The same work whether or not there is anything to compare with. `enrolled`: the customer's of this kind. */
  judge(
    value: JsonValue,
    enrolled: readonly EnrolledFactor[],
    context: AnswerContext,
  ): Promise<Judgement>
  /** What the customer's device or page needs in order to answer; absent: nothing. */
  question?(
    enrolled: readonly EnrolledFactor[],
    context: AnswerContext,
  ): JsonObject | Promise<JsonObject>
  /** Asks the customer's device, or sends to it; absent: nothing is asked. `undefined`: the customer has nothing to ask. */
  ask?(enrolled: readonly EnrolledFactor[], context: AnswerContext): Promise<Question | undefined>
  /** `options` go to the customer, `pending` is kept for `finishEnrolment`. */
  beginEnrolment(request: EnrolmentRequest): Promise<EnrolmentBegun>
  finishEnrolment(pending: JsonObject, value: JsonValue): Promise<Enrolled>
}

/** One question to a device. */
export interface Question {
  /** Kept with the transaction, under seal. */
  readonly asked: JsonObject
  /** For the screen on which the customer began. */
  readonly shown: JsonObject
  /** Once it is kept. */
  readonly deliver: () => Promise<void>
}

export interface EnrolmentRequest {
  /** Keyed hash of the customer, base64url: it may leave the house. */
  readonly subject: string
  /** Random, and of this enrolment only; base64url. */
  readonly nonce: string
  /** What the customer or the bank gives for it: a number to send to, a name to show. */
  readonly given: JsonObject
  /** The customer's of this kind. */
  readonly enrolled: readonly EnrolledFactor[]
}
export type EnrolmentBegun =
  | { readonly ok: true; readonly options: JsonObject; readonly pending: JsonObject }
  | { readonly ok: false; readonly fault: EnrolmentFault }
