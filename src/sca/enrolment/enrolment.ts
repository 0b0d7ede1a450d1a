/** Enrolment as others see it: what is asked, what is answered, and what a desk does. */
import type { JsonObject, JsonValue, Result } from '../../lib/index.ts'
import type { EnrolmentFault, FactorKind } from '../factors/factor.ts'
import type { EndedFactor } from '../factors/units.ts'
import type { ScaRefusal } from '../transactions/refusal.ts'

/** In which an enrolment that was begun is finished. */
export const ENROLMENT_MS = 600_000
/** Wrong answers to one enrolment: a finger that slips needs no new authentication, who guesses does. */
export const MAX_ENROLMENT_TRIES = 5
/** How long an activation code waits for its customer, at the most: a letter takes days. */
export const MAX_ACTIVATION_MS = 30 * 86_400_000
/** What a code for enrolling is for: the `audience` of its transaction. */
export const ENROLMENT_AUDIENCE = 'urn:gatehouse:sca:enrolment'

/** How something reached the customer. */
export type Channel = 'app' | 'branch' | 'browser' | 'email' | 'message' | 'post'

export interface ActivationRequest {
  readonly subject: string
  /** What may be enrolled with it. */
  readonly kind: FactorKind
  /** By which the bank sends the code. */
  readonly channel: Channel
  /** There are two codes, and the other one goes by this: both are needed. */
  readonly second?: Channel
  readonly lifeMs: number
  /** The customer was blocked, or lost what he had: what is blocked is not any more once he has enrolled. */
  readonly recovers: boolean
}

export type EnrolmentAuthorisation =
  /** Of a transaction `{ kind: 'risky-act', what: 'credentials', element: kind }` for `ENROLMENT_AUDIENCE`. */
  | { readonly kind: 'code'; readonly code: string; readonly client: string }
  | { readonly kind: 'activation'; readonly code: string; readonly network: string }

export interface BeginRequest {
  readonly subject: string
  readonly kind: FactorKind
  /** By which the element reaches the customer now. */
  readonly channel: Channel
  readonly authorisation: EnrolmentAuthorisation
  /** What the factor needs to know: a number to send to, a name to show. */
  readonly given?: JsonObject
}

/** One element, without anything that could stand for it. */
export interface Device {
  readonly id: string
  readonly kind: FactorKind
  readonly label?: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly usedAt: number | null
}

/** `authenticate`: the customer can authenticate with what he has, so a code that is not for recovery does not do instead. */
export type EnrolmentRefusal = ScaRefusal & {
  readonly fault?: EnrolmentFault | 'authenticate' | 'full' | 'taken'
}
/** A code that waits for its customer; nothing of the code itself. */
export interface WaitingCode extends Activation {
  /** Milliseconds since the epoch. */
  readonly sentAt: number
  readonly until: number
}

/** What happens to an element, told before it does. */
export interface ElementNews {
  readonly what: 'code' | 'add' | 'remove'
  readonly subject: string
  readonly kind: FactorKind
  readonly by: 'customer' | 'bank'
  /** It did not happen after all. */
  readonly refused?: string
}

export interface EnrolmentDesk {
  /** Those that this bank has. */
  readonly kinds: readonly FactorKind[]
  /**
   * The code, or both with a space between them, for the bank to send; they are kept nowhere, and those before them for the same kind end. `deliver` sends
   * them: what cannot be sent does not count. @throws TypeError for a life that is too long, and what `deliver` throws
   */
  activation(
    request: ActivationRequest,
    deliver?: (codes: readonly string[]) => Promise<void>,
  ): Promise<string>
  begin(
    request: BeginRequest,
  ): Promise<Result<{ id: string; options: JsonObject }, EnrolmentRefusal>>
  /** What the customer answers to `options`; once. */
  finish(request: {
    readonly subject: string
    readonly id: string
    readonly value: JsonValue
    /** By which the customer will know it: 1 to 64 characters that can be seen. */
    readonly label?: string
  }): Promise<Result<Device, EnrolmentRefusal>>
  devices(subject: string): Promise<readonly Device[]>
  /** Those that ended lately, newest first. */
  ended(subject: string): Promise<readonly EndedFactor[]>
  waiting(subject: string): Promise<readonly WaitingCode[]>
  /** Whether he could authenticate strongly for a change of his elements. */
  isStrong(subject: string): Promise<boolean>
  /** Under which the person stands in the store: what `forgetPerson` needs. */
  namesOf(subject: string): readonly string[]
  /** Whether a block of his is in force: nothing is counted. */
  blocked(subject: string): Promise<boolean>
  /** False: it is no label, or the customer has none of this id. */
  rename(subject: string, id: string, label: string): Promise<boolean>
  /** At once and for good (RTS Art. 27). False: the customer has none of this id. */
  revoke(subject: string, id: string, by?: ElementNews['by']): Promise<boolean>
  /** How many codes, proposals and enrolments are under way. */
  pending(subject: string): Promise<number>
  /**
   * All his elements at once and for good, with all codes that wait and enrolments that were begun, and what was authenticated with them and is not done
   * (`transactions`): whatever is under way comes to nothing.
   */
  revokeAll(subject: string): Promise<{
    readonly elements: number
    readonly codes: number
    readonly transactions: number
  }>
  /** Codes that wait, and enrolments that were begun, of one kind or all; gives how many. */
  dropCodes(subject: string, kind?: FactorKind): Promise<number>
}

export interface Activation {
  readonly kind: FactorKind
  readonly channel: Channel
  /** Of a second code. */
  readonly second?: Channel
  readonly recovers: boolean
}
