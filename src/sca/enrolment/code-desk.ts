/**
 * Codes of the bank, with which customers enrol elements. One person proposes and another approves (the bank answers for whose elements they are, RTS
 * Art. 24), and no channel gives all elements (Art. 25): what is known goes by one, what is had by another, and what is both at once (a passkey) wants
 * a code of each. Where a sender is configured nobody at the bank sees them.
 */
import type { Clock } from '../../lib/index.ts'
import { samePerson } from '../../lib/index.ts'
import type { Sealing, Store } from '../../store/index.ts'
import type { FactorBook } from '../factors/book.ts'
import type { Factor, FactorKind } from '../factors/factor.ts'
import { areStrong } from '../factors/independence.ts'
import { sealedAs } from '../sealing.ts'
import type { Channel, EnrolmentDesk } from './enrolment.ts'
import {
  giveBackEnrolment,
  putEnrolment,
  spendEnrolment,
  takeEnrolment,
  findEnrolment,
} from './units.ts'

/** In which another person approves; later it is proposed again. */
export const PROPOSAL_MS = 7 * 86_400_000
/** Of what the bank saw of the customer, in letters. */
export const MAX_IDENTITY_CHARS = 200

export interface CodeRequest {
  readonly kinds: readonly FactorKind[]
  /** One or two, each once: the first for what is known, the last for what is had. */
  readonly channels: readonly Channel[]
  readonly lifeMs: number
  readonly recovers: boolean
  /** How the bank made sure who is before it: then one channel, the branch, may do for all. */
  readonly identity?: string
}
export interface CodeProposal extends CodeRequest {
  readonly who: string
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly until: number
}
/** `needless`: the customer can authenticate with what he has. `one-channel`: whoever reads it alone has all elements. */
export type CodeFault = 'needless' | 'one-channel'

/** For the bank to send; the text says what it is for. */
export interface ActivationMessage {
  readonly subject: string
  readonly channel: Channel
  readonly kind: FactorKind
  readonly code: string
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly recovers: boolean
  /** Another code of the same element goes by another channel; both are typed. */
  readonly inTwo: boolean
}
/** Sends activation codes to customers. Resolves when the message is on its way. */
export type ActivationSender = (message: ActivationMessage) => Promise<void>

export interface GivenCode {
  readonly kind: FactorKind
  readonly channel: Channel
  /** Absent: it was sent. */
  readonly code?: string
}
export type Approved =
  | { readonly kind: 'given'; readonly codes: readonly GivenCode[] }
  | { readonly kind: 'none' | 'same-person' }
  | { readonly kind: CodeFault }

export interface CodeDesk {
  /** Why it may not be; absent: it may. */
  fault(subject: string, request: CodeRequest): Promise<CodeFault | undefined>
  /** Another proposal for the customer takes the place of the one that waits. */
  propose(subject: string, request: CodeRequest, by: { who: string; reason: string }): Promise<void>
  proposed(subject: string): Promise<CodeProposal | undefined>
  /** Once. What cannot be sent is no code, and the proposal waits on. @throws what the sender throws */
  approve(subject: string, who: string): Promise<Approved>
}

export function codeDesk(parts: {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly factors: readonly Factor[]
  readonly book: FactorBook
  readonly enrolment: Pick<EnrolmentDesk, 'activation' | 'waiting' | 'isStrong'>
  /** Absent: whoever approves hands them over. */
  readonly send?: ActivationSender | undefined
}): CodeDesk {
  const { store, sealing, clock, factors, book, enrolment, send } = parts
  const rowOf = (subject: string) =>
    ({ id: sealing.hashed('proposed codes', subject), step: 'proposed' }) as const
  const open = (id: string, body: Uint8Array): CodeProposal =>
    JSON.parse(sealing.open(sealedAs.enrolment('proposed', id), body)) as CodeProposal // sound: sealed by `propose`

  /** By which channels the code of a kind goes. */
  function channelsOf(
    kind: FactorKind,
    [first, last = first]: readonly Channel[],
  ): readonly Channel[] {
    const factor = factors.find((one) => one.kind === kind)
    if (first === undefined || last === undefined || factor === undefined) return []
    if (areStrong([factor], 'account-access')) return first === last ? [first] : [first, last]
    return [factor.elements.every(({ category }) => category === 'knowledge') ? first : last]
  }

  async function fault(subject: string, request: CodeRequest): Promise<CodeFault | undefined> {
    const { kinds, channels, recovers, identity } = request
    if (!recovers && (await enrolment.isStrong(subject))) return 'needless'
    const asked = kinds.map((kind) => ({ kind, by: channelsOf(kind, channels) }))
    const waiting = (await enrolment.waiting(subject))
      .filter(({ kind }) => !kinds.includes(kind))
      .map(({ kind, channel, second }) => ({
        kind,
        by: second === undefined ? [channel] : [channel, second],
      }))
    const had = (await book.of(subject)).flatMap(({ kind, secret: { cameBy } }) =>
      kinds.includes(kind) && factors.some((one) => one.kind === kind && one.single)
        ? []
        : [{ kind, by: [cameBy] }],
    )
    for (const channel of channels) {
      // In the branch the customer is seen; the bank says how it knew him.
      if (channel === 'branch' && identity !== undefined) continue
      const alone = [...asked, ...waiting, ...had].filter(
        ({ by }) => by.length === 1 && by[0] === channel,
      )
      const reached = factors.filter(({ kind }) => alone.some((one) => one.kind === kind))
      if (areStrong(reached, 'account-access')) return 'one-channel'
    }
    return undefined
  }

  return {
    fault,
    async propose(subject, request, { who, reason }) {
      const { id, step } = rowOf(subject)
      const at = clock.now()
      const until = at + PROPOSAL_MS
      const proposal: CodeProposal = { ...request, who, reason, at, until }
      await store.run(putEnrolment, {
        id,
        step,
        kind: 'proposal',
        subject: sealing.hashed('subject', subject),
        created_at: at,
        expires_at: until,
        body: sealing.seal(sealedAs.enrolment(step, id), JSON.stringify(proposal)),
      })
    },

    async proposed(subject) {
      const { id, step } = rowOf(subject)
      const body = await store.run(findEnrolment, { id, step, now: clock.now() })
      return body === null ? undefined : open(id, body)
    },

    async approve(subject, who) {
      const hand = rowOf(subject)
      const of = { ...hand, subject: sealing.hashed('subject', subject), now: clock.now() }
      const body = await store.run(takeEnrolment, of)
      if (body === null) return { kind: 'none' }
      const back = (): Promise<null> => store.run(giveBackEnrolment, { ...hand, body: null })
      try {
        const proposal = open(hand.id, body)
        const wrong = samePerson(proposal.who, who) ? 'same-person' : await fault(subject, proposal)
        if (wrong !== undefined) {
          await back()
          return { kind: wrong }
        }
        const codes: GivenCode[] = []
        for (const kind of proposal.kinds) codes.push(...(await give(subject, kind, proposal)))
        await store.run(spendEnrolment, hand)
        return { kind: 'given', codes }
      } catch (error) {
        await back()
        throw error
      }
    },
  }

  /** One code, or two of which each goes by a channel of its own. */
  async function give(
    subject: string,
    kind: FactorKind,
    { channels, lifeMs, recovers }: CodeProposal,
  ): Promise<readonly GivenCode[]> {
    const [channel, second] = channelsOf(kind, channels)
    if (channel === undefined) throw new TypeError('a code goes by a channel')
    const until = clock.now() + lifeMs
    const by = second === undefined ? [channel] : [channel, second]
    const inTwo = second !== undefined
    const given: GivenCode[] = []
    await enrolment.activation(
      { subject, kind, channel, lifeMs, recovers, ...(inTwo ? { second } : {}) },
      async (codes) => {
        for (const [at, code] of codes.entries()) {
          const way = by[at] ?? channel
          await send?.({ subject, channel: way, kind, code, until, recovers, inTwo })
          given.push({ kind, channel: way, ...(send === undefined ? { code } : {}) })
        }
      },
    )
    return given
  }
}
