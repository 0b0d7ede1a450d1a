/** The customers' elements as the store keeps them: sealed there, opened for the moment in which an answer is judged. */
import type { JsonObject } from '../../lib/index.ts'
import type { Sealing, Store } from '../../store/index.ts'
import { sealedAs } from '../sealing.ts'
import type { EnrolledFactor, FactorKind } from './factor.ts'
import {
  addFactor,
  type EndedFactor,
  type EnrolledBy,
  endedFactors,
  factorsOf,
  type FactorRow,
  resealFactor,
  revokeFactor,
} from './units.ts'

/** Elements of one customer. */
export const MAX_FACTORS = 20
/** That ended, and are told of. */
const MAX_ENDED_TOLD = 20

export interface FactorBook {
  /** @throws GH_SCA_SEALED */
  of(subject: string): Promise<readonly EnrolledFactor[]>
  /** Newest first; those before are not told. */
  ended(subject: string): Promise<readonly EndedFactor[]>
  /** By which the customer knows it. False: there is none of this id in use. */
  rename(subject: string, id: string, label: string): Promise<boolean>
  /** `by`: what it comes by; absent: development. `void`: that was ended meanwhile. */
  add(
    subject: string,
    factor: NewFactor,
    by?: EnrolledBy,
  ): Promise<'added' | 'full' | 'taken' | 'void'>
  /** False: there is none of this id in use. What it held is destroyed (RTS Art. 27). */
  revoke(subject: string, id: string, now: number): Promise<boolean>
}

export interface NewFactor {
  readonly id: string
  readonly kind: FactorKind
  /** The others of its kind end with it. */
  readonly single: boolean
  readonly secret: JsonObject
  readonly credential?: string
  readonly counter?: number
  readonly createdAt: number
}

export function factorBook(store: Store, sealing: Sealing): FactorBook {
  const hashed = (subject: string): string => sealing.hashed('subject', subject)

  function open({
    id,
    kind,
    counter,
    createdAt,
    usedAt,
    subject,
    body,
  }: FactorRow): EnrolledFactor {
    const secret = JSON.parse(sealing.open(sealedAs.factor(id, subject), body)) as JsonObject // sound: sealed by `add`
    return { id, kind, counter, createdAt, usedAt, secret }
  }

  return {
    async of(subject) {
      const rows = await store.run(factorsOf, { subject: hashed(subject) })
      return rows.map(open)
    },
    ended: (subject) =>
      store.run(endedFactors, { subject: hashed(subject), limit: MAX_ENDED_TOLD }),
    async rename(subject, id, label) {
      const owner = hashed(subject)
      const rows = await store.run(factorsOf, { subject: owner })
      const row = rows.find((one) => one.id === id)
      if (row === undefined) return false
      const secret = JSON.stringify({ ...open(row).secret, label })
      const body = sealing.seal(sealedAs.factor(id, owner), secret)
      return store.run(resealFactor, { id, subject: owner, body })
    },
    add(subject, { id, kind, single, secret, credential, counter = 0, createdAt }, by) {
      const owner = hashed(subject)
      const row = {
        id,
        subject: owner,
        kind,
        credential: credential === undefined ? null : sealing.hashed('credential', credential),
        counter,
        created_at: createdAt,
        body: sealing.seal(sealedAs.factor(id, owner), JSON.stringify(secret)),
      }
      return store.run(addFactor, { row, most: MAX_FACTORS, replaces: single, by: by ?? null })
    },
    revoke: (subject, id, now) => store.run(revokeFactor, { id, subject: hashed(subject), now }),
  }
}

/** The customer's of one kind. */
export function ofKind(
  enrolled: readonly EnrolledFactor[],
  kind: FactorKind,
): readonly EnrolledFactor[] {
  return enrolled.filter((one) => one.kind === kind)
}
