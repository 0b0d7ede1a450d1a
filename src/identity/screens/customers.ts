/** Who the bank's customers are: a port, and a small store of its own for development and tests. */
import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '../../lib/index.ts'

export interface CustomerAccount {
  /** As the API has it in its paths. */
  readonly id: string
  readonly name: string
  /** As the customer knows it, in part: `•• 5698`. */
  readonly number: string
  /** Under which third parties may name it, each as `canonicalAccount` writes it: `iban:GB29…`. */
  readonly references: readonly string[]
  /** Customers who must agree, itself included. */
  readonly signatories: number
}
export interface LoggedIn {
  readonly subject: string
  /** How well, as `acr` says it; absent: nobody says. */
  readonly acr?: string
  /** By what (RFC 8176). */
  readonly amr?: readonly string[]
  /** When, in seconds since the epoch; absent: now. */
  readonly at?: number
}
export interface Customers {
  /** `undefined`: not so, and nothing more is said. Absent: they log in somewhere else. */
  login?(username: string, password: string): Promise<LoggedIn | undefined>
  /** How `login` authenticates them; absent: nobody knows. */
  readonly acrValues?: readonly string[]
  exists(subject: string): Promise<boolean>
  /** Whom a third party means (`login_hint`, `PSU-ID`); `undefined`: nobody. */
  named(hint: string): Promise<string | undefined>
  accountsOf(subject: string): Promise<readonly CustomerAccount[]>
}

export interface DevelopmentCustomer {
  readonly subject: string
  readonly username: string
  /** `scrypt:SALT:HASH`, both in hexadecimal, of N 16384, r 8, p 1 and 32 bytes. */
  readonly password: string
  readonly acr: string
  readonly accounts: readonly CustomerAccount[]
}

/** RTS (EU) 2018/389 Art. 4(3)(b): five failures in a row, then a while nothing counts. */
export const MAX_FAILURES = 5
export const BLOCKED_MS = 300_000
/** User names whose failures are remembered; beyond it the oldest is forgotten. */
export const NAMES_REMEMBERED = 10_000
const HASH_BYTES = 32
const MAX_SECRET_CHARS = 256
/** Nobody's: who names nobody waits as long as who names somebody. */
const NOBODY = `scrypt:${'00'.repeat(16)}:${'00'.repeat(HASH_BYTES)}`

const derive = promisify<string, Buffer, number, Buffer>(scrypt)

export function developmentCustomers(
  list: readonly DevelopmentCustomer[],
  clock: Pick<Clock, 'monotonic'>,
): Required<Customers> {
  const byName = new Map(list.map((one) => [one.username, one]))
  const bySubject = new Map(list.map((one) => [one.subject, one]))
  const failures = new Map<string, { count: number; at: number }>()

  return {
    acrValues: [...new Set(list.map(({ acr }) => acr))],
    async login(username, password) {
      if (username.length > MAX_SECRET_CHARS || password.length > MAX_SECRET_CHARS) return undefined
      const now = clock.monotonic()
      const before = failures.get(username)
      const fresh = before !== undefined && now - before.at < BLOCKED_MS
      const blocked = fresh && before.count >= MAX_FAILURES
      const customer = byName.get(username)
      // Counted before it is known: many at once are many.
      failures.delete(username)
      failures.set(username, {
        count: (fresh ? before.count : 0) + 1,
        at: blocked ? before.at : now,
      })
      if (failures.size > NAMES_REMEMBERED) failures.delete(failures.keys().next().value ?? '')
      const fits = await matches(password, customer?.password ?? NOBODY)
      if (customer === undefined || !fits || blocked) return undefined
      failures.delete(username)
      return { subject: customer.subject, acr: customer.acr }
    },
    exists: (subject) => Promise.resolve(bySubject.has(subject)),
    named: (hint) => Promise.resolve((byName.get(hint) ?? bySubject.get(hint))?.subject),
    accountsOf: (subject) => Promise.resolve(bySubject.get(subject)?.accounts ?? []),
  }
}

async function matches(password: string, kept: string): Promise<boolean> {
  const [, salt = '', hash = ''] = kept.split(':')
  const want = Buffer.from(hash, 'hex')
  const got = await derive(password, Buffer.from(salt, 'hex'), HASH_BYTES)
  return want.length === HASH_BYTES && timingSafeEqual(got, want)
}
