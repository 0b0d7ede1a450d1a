/**
 * What customers are asked on a device of their own: kept until somebody answers, answered once, told to whoever asked. The store decides
 * which of two answers came first; what follows from it is done again after a restart, and doing it twice changes nothing twice.
 */
import type { ScaOutcome } from '../consents/sca-outcome.ts'
import type { Clock } from '../../lib/index.ts'
import {
  addApproval,
  decideApproval,
  deliveredApproval,
  forgetApprovals,
  type FoundApproval,
  openApproval,
  readApproval,
  type Store,
  undeliveredApprovals,
  waitingApprovals,
} from '../../store/index.ts'
import type { DecoupledAnswer } from '../decoupled.ts'
import { sealedAs, type Sealing } from '../sealing.ts'

export interface Asking {
  /** What kind of request waits for the answer, and its name there: no two have both. */
  readonly kind: string
  readonly key: string
  readonly subject: string
  readonly client: string
  /** Id of the consent that is to be authorised. */
  readonly consent: string
  /** That the other device shows too. */
  readonly message?: string
  /** That the other device shows and the customer types here. */
  readonly number?: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}
export interface Answer {
  readonly approved: boolean
  readonly acr: string
  readonly amr: readonly string[]
  /** Those that the customer picked, where none was named. */
  readonly accounts?: readonly string[]
  /** Absent: there is no such step here, or it was refused. */
  readonly sca?: ScaOutcome
}
export interface Approval extends Asking {
  /** By which its customer opens it; it opens nothing to anybody else. */
  readonly ref: string
  /** `expired`: nobody answered in time. */
  readonly status: 'waiting' | 'approved' | 'refused' | 'expired'
  readonly opened: boolean
}
/** Tells the answer to whoever asked. To be told twice is to be told once. */
export type Deliver = (asked: Asking, answer: Answer) => Promise<DecoupledAnswer>

export interface ApprovalsOptions {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  /** By the kind of what was asked. */
  readonly deliver: ReadonlyMap<string, Deliver>
  /** Told of an answer that could not be delivered; it is tried again. */
  readonly say: (failure: unknown) => void
}
export interface Approvals {
  ask(asking: Asking): Promise<'added' | 'asked-already' | 'too-many'>
  find(kind: string, key: string): Promise<Approval | undefined>
  /** Oldest first, no more than `MAX_WAITING`. */
  waitingFor(subject: string): Promise<readonly Approval[]>
  /** The customer has it before them; `undefined`: nothing of theirs that could still be answered. */
  open(ref: string, subject: string): Promise<Approval | undefined>
  /** `late`: it was answered before, or its time is over. */
  answer(ref: string, subject: string, answer: Answer): Promise<DecoupledAnswer | 'late'>
  /** Delivers what was answered before a process died, and forgets what is old. */
  look(): Promise<void>
}

/** That wait for one customer, whoever asked: more is no choice that a person makes. */
export const MAX_WAITING = 5
/** Of one client to one customer within `ASKED_WITHIN_MS`, not approved: whoever is pressed presses yes in the end. */
export const MAX_UNAPPROVED = 3
export const ASKED_WITHIN_MS = 900_000
/** Of one client within the same time, of whomever. */
const MAX_OF_CLIENT = 50_000
const KEPT_MS = 86_400_000
const AT_ONCE = 100

export function createApprovals(options: ApprovalsOptions): Approvals {
  const { store, sealing, clock, deliver, say } = options

  const refOf = (kind: string, key: string): string => sealing.hashed(`approval ${kind}`, key)
  const subjectOf = (subject: string): string => sealing.hashed('approval subject', subject)
  function read(found: FoundApproval): Approval {
    // Sound: it was sealed here, as JSON of this.
    const asking = JSON.parse(sealing.open(sealedAs.approval(found.id), found.body)) as Asking
    const expired = found.status === 'waiting' && clock.now() >= found.expiresAt
    const { id: ref, opened } = found
    return { ...asking, ref, opened, status: expired ? 'expired' : found.status }
  }
  async function tell(ref: string, asked: Asking, answer: Answer): Promise<DecoupledAnswer> {
    const result = (await deliver.get(asked.kind)?.(asked, answer)) ?? 'over'
    await store.run(deliveredApproval, { id: ref })
    return result
  }

  return {
    ask(asking) {
      const id = refOf(asking.kind, asking.key)
      const now = clock.now()
      return store.run(addApproval, {
        row: {
          id,
          subject: subjectOf(asking.subject),
          client: sealing.hashed('approval client', asking.client),
          createdAt: now,
          expiresAt: asking.expiresAt,
          forgetAt: now + KEPT_MS,
          body: sealing.seal(sealedAs.approval(id), JSON.stringify(asking)),
        },
        maxWaiting: MAX_WAITING,
        maxUnapproved: MAX_UNAPPROVED,
        maxOfClient: MAX_OF_CLIENT,
        since: now - ASKED_WITHIN_MS,
      })
    },
    async find(kind, key) {
      const found = await store.run(readApproval, { id: refOf(kind, key), subject: null })
      return found === null ? undefined : read(found)
    },
    async waitingFor(subject) {
      const of = { subject: subjectOf(subject), now: clock.now(), limit: MAX_WAITING }
      return (await store.run(waitingApprovals, of)).map(read)
    },
    async open(ref, subject) {
      const of = { id: ref, subject: subjectOf(subject) }
      const found = await store.run(readApproval, of)
      if (found === null) return undefined
      const approval = read(found)
      if (approval.status !== 'waiting') return undefined
      if (!approval.opened) await store.run(openApproval, of)
      return approval
    },
    async answer(ref, subject, answer) {
      const of = { id: ref, subject: subjectOf(subject) }
      const won = await store.run(decideApproval, {
        ...of,
        status: answer.approved ? 'approved' : 'refused',
        decision: sealing.seal(sealedAs.decision(ref), JSON.stringify(answer)),
        now: clock.now(),
      })
      const found = won ? await store.run(readApproval, of) : null
      return found === null ? 'late' : tell(ref, read(found), answer)
    },
    async look() {
      for (const found of await store.run(undeliveredApprovals, { limit: AT_ONCE }))
        try {
          const { id, decision } = found
          const text = sealing.open(sealedAs.decision(id), decision ?? new Uint8Array())
          await tell(id, read(found), JSON.parse(text) as Answer) // sound: sealed above
        } catch (error) {
          say(error)
        }
      const old = { now: clock.now(), limit: AT_ONCE }
      while ((await store.run(forgetApprovals, old)) === AT_ONCE);
    },
  }
}
