/**
 * A question to a device between two screens: the device sees what it is about and answers by itself, the screen on which the customer began shows the
 * number and learns that there is an answer. The number is for that screen; no device is ever told it.
 */
import type { Clock, Result } from '../../lib/index.ts'
import type { Sealing, Store } from '../../store/index.ts'
import { fitsNumber, readApproval } from '../factors/approval.ts'
import { type FactorBook, ofKind } from '../factors/book.ts'
import type { TransactionDesk } from './desk.ts'
import { keepAnswer } from './device-units.ts'
import type { LinkedTransaction, TransactionRequest } from './linked.ts'
import { notIn, refused, type ScaRefusal } from './refusal.ts'
import type { Shown } from './shown.ts'
import { loadTransaction, sealAsked } from './stored.ts'

/** What a device shows, and signs. */
export interface DeviceQuestion {
  readonly id: string
  readonly kind: LinkedTransaction['kind']
  readonly what?: LinkedTransaction['what']
  /** Who asked the customer for it. */
  readonly client: string
  readonly shown: Shown
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** base64url */
  readonly challenge: string
  /** Ids of the customer's devices; any of them may answer. */
  readonly devices: readonly string[]
}

/** What the screen on which he began has to say. */
export interface ScreenState {
  readonly state: 'open' | 'refused' | 'over'
  /** To be typed on the device; absent: none was asked. */
  readonly number?: string
  /** The device has approved. */
  readonly answered: boolean
  /** A code was sent. */
  readonly sent: boolean
}

/** Whose a transaction must be for a screen to speak of it. */
export type ScreenOf = Pick<TransactionRequest, 'subject' | 'client' | 'audience' | 'consentId'>

export interface DeviceDesk {
  /** For whoever speaks to devices. What no device was asked, or has answered, is not there. */
  question(id: string): Promise<Result<DeviceQuestion, ScaRefusal>>
  /** What the device signed. An approval is kept for the screen; without its number it is a refusal, for there is one try. */
  answer(id: string, signed: string): Promise<Result<'approve' | 'refuse', ScaRefusal>>
  /** `undefined`: there is none, or it is another's. */
  screen(id: string, of: ScreenOf): Promise<ScreenState | undefined>
}

export function deviceDesk({
  store,
  sealing,
  clock,
  book,
  transactions,
}: {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly book: FactorBook
  readonly transactions: Pick<TransactionDesk, 'refuse'>
}): DeviceDesk {
  const unknown = refused('GH_SCA_TRANSACTION_UNKNOWN')

  /** With a question that waits for a device. */
  async function waiting(id: string) {
    const stored = await loadTransaction(store, sealing, id)
    const refusal = notIn('open', stored, clock.now())
    if (refusal !== undefined || stored === undefined) return refusal ?? unknown
    const { approval } = stored.asked
    if (approval === undefined || approval['answer'] !== undefined) return unknown
    const enrolled = ofKind(await book.of(stored.transaction.subject), 'approval')
    return { ok: true, value: { stored, enrolled, approval } } as const
  }

  return {
    async question(id) {
      const found = await waiting(id)
      if (!found.ok) return found
      const { stored, enrolled } = found.value
      const { kind, what, client, shown, challenge } = stored.transaction
      return {
        ok: true,
        value: {
          id,
          kind,
          ...(what === undefined ? {} : { what }),
          client,
          shown,
          expiresAt: stored.expiresAt,
          challenge: challenge.toString('base64url'),
          devices: enrolled.map((one) => one.id),
        },
      }
    },

    async answer(id, signed) {
      const found = await waiting(id)
      if (!found.ok) return found
      const { stored, enrolled, approval } = found.value
      const said = readApproval(signed, enrolled, stored.transaction)
      if (said === undefined) return refused('GH_SCA_FAILED')
      if (said.decision === 'refuse') {
        const ended = await transactions.refuse(id, signed)
        return ended.ok ? { ok: true, value: 'refuse' } : ended
      }
      // Who is pressed to say yes does not know it.
      if (!fitsNumber(said, approval)) {
        const ended = await transactions.refuse(id)
        return ended.ok ? refused('GH_SCA_TRANSACTION_REFUSED') : ended
      }
      const now = clock.now()
      const asked = { ...stored.asked, approval: { ...approval, answer: signed } }
      const kept = await store.run(keepAnswer, {
        id,
        asked: sealAsked(sealing, id, asked),
        version: stored.askedVersion,
        now,
      })
      if (kept) return { ok: true, value: 'approve' }
      return notIn('open', await loadTransaction(store, sealing, id), now) ?? unknown
    },

    async screen(id, of) {
      const stored = await loadTransaction(store, sealing, id)
      if (stored === undefined || !isOf(stored.transaction, of)) return undefined
      const open = notIn('open', stored, clock.now()) === undefined
      const { approval } = stored.asked
      const number = approval?.['number']
      return {
        state: open ? 'open' : stored.state === 'refused' ? 'refused' : 'over',
        ...(typeof number === 'string' ? { number } : {}),
        answered: approval?.['answer'] !== undefined,
        sent: stored.asked['one-time-code'] !== undefined,
      }
    },
  }
}

function isOf(transaction: LinkedTransaction, of: ScreenOf): boolean {
  return (
    transaction.subject === of.subject &&
    transaction.client === of.client &&
    transaction.audience === of.audience &&
    transaction.consentId === of.consentId
  )
}
