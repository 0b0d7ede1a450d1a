/**
 * Elements whose secret somebody wrote down beforehand: for development and examples, which play the customer's device. They pass the same judgement
 * as any other enrolment, so that a passcode that many people have is refused here as well.
 */
import { Buffer } from 'node:buffer'
import { type Clock, type JsonObject, type JsonValue, typeable } from '../../lib/index.ts'
import { type FactorBook, ofKind } from '../factors/book.ts'
import type { EnrolmentFault, Factor } from '../factors/factor.ts'
import { ocraCode, parseOcraSuite } from '../factors/ocra.ts'
import { STEP_SECONDS, totpCode } from '../factors/totp.ts'
import { TRANSACTION_SUITE } from '../factors/transaction-code.ts'

export type GivenElement =
  | { readonly kind: 'passcode'; readonly passcode: string }
  /** `seed`: base64url. */
  | { readonly kind: 'totp' | 'transaction-code'; readonly seed: string }

export interface GivenElements {
  /** `there`: the customer has one of this kind already, and keeps it. Else why it cannot be enrolled. */
  put(
    subject: string,
    element: GivenElement,
  ): Promise<'put' | 'there' | EnrolmentFault | 'full' | 'taken' | 'void'>
}

export function givenElements(parts: {
  readonly book: FactorBook
  readonly factors: readonly Factor[]
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
}): GivenElements {
  const { book, factors, clock, randomBytes } = parts
  return {
    async put(subject, element) {
      const { kind } = element
      const factor = factors.find((one) => one.kind === kind)
      if (factor === undefined) return 'not-allowed'
      if (ofKind(await book.of(subject), kind).length > 0) return 'there'
      const { pending, answer } = playedBy(element, clock.now())
      const enrolled = await factor.finishEnrolment(pending, answer)
      if (!enrolled.ok) return enrolled.fault
      const { secret, counter = 0 } = enrolled
      const id = typeable(Buffer.from(randomBytes(16)).toString('base64url'))
      const { single } = factor
      const outcome = await book.add(subject, {
        id,
        kind,
        single,
        secret,
        counter,
        createdAt: clock.now(),
      })
      return outcome === 'added' ? 'put' : outcome
    },
  }
}

/** What was asked for it, and what its device would have answered. */
function playedBy(
  element: GivenElement,
  now: number,
): { readonly pending: JsonObject; readonly answer: JsonValue } {
  if (element.kind === 'passcode') return { pending: {}, answer: element.passcode }
  const { seed } = element
  const bytes = Buffer.from(seed, 'base64url')
  if (element.kind === 'totp')
    // A step that is over: the present one is left for the customer.
    return {
      pending: { seed },
      answer: totpCode(bytes, Math.floor(now / 1000 / STEP_SECONDS) - 1),
    }
  const suite = parseOcraSuite(TRANSACTION_SUITE)
  if (suite === undefined) throw new TypeError('TRANSACTION_SUITE must be a suite')
  const question = '00'
  return {
    pending: { seed, question, suite: TRANSACTION_SUITE },
    answer: ocraCode(suite, bytes, { question }),
  }
}
