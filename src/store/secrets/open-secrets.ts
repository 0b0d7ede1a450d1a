/**
 * The secrets of an installation while it runs. What is in the configuration as the secret takes the place of the one before by itself: as soon as
 * every process has it, it seals; then all payloads are sealed anew, page by page; then the one before is needed no more, and is said to be so.
 */
import type { KeyObject } from 'node:crypto'
import { type Clock, GatehouseError, type Scheduler, singleFlight } from '../../lib/index.ts'
import { openUnder, payloadKeys, sealUnder } from '../sealing.ts'
import type { Store } from '../unit.ts'
import {
  keysOfSecret,
  LASTING_PURPOSES,
  type LastingPurpose,
  markOf,
  type SealingKeys,
} from './keys.ts'
import {
  type Pass,
  savePage,
  sealedPage,
  type SealedPlace,
  type SealedRow,
  takePass,
} from './pass-units.ts'
import { placeOf, type Reseal, reseal, ROOT_COLUMN, type SealedColumn } from './sealed-column.ts'
import {
  addRoot,
  endSecrets,
  enterSecrets,
  type KnownSecret,
  leaveSecrets,
  readRoot,
  ROOT,
} from './units.ts'

export interface SecretsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly secret: string
  /** Those before, and the one to come: whatever may still be sealed under. */
  readonly previous: readonly string[]
  /** All places of sealed payloads. */
  readonly columns: readonly SealedColumn[]
  /** Told of what changed, by marks. */
  readonly told: (change: SecretChange) => Promise<void>
  /** Told when it cannot be looked after. */
  readonly say: (failure: unknown) => void
}
export type SecretChange =
  | { readonly kind: 'seals'; readonly before: string; readonly mark: string }
  | { readonly kind: 'ended'; readonly mark: string }

export interface InstallationSecrets extends SealingKeys {
  status(): SecretStatus
  /** Says that it runs, and does all that can be done now. */
  look(): Promise<void>
  close(): Promise<void>
}
/** By marks, which say nothing of what a secret is. */
export interface SecretStatus {
  readonly secret: string
  /** Under which it seals: another while a process runs that does not have the secret as its own. */
  readonly seals: string
  readonly previous: readonly {
    readonly secret: string
    /** Whether something may still be sealed under it: then it may not be taken out of the configuration. */
    readonly needed: boolean
  }[]
  /** What is waited for, while one is needed. */
  readonly waits: 'processes' | 'payloads' | 'browsers' | null
  /** The pass that seals payloads anew; `null`: there was none. */
  readonly pass: {
    /** Places that are done, of how many. */
    readonly done: number
    readonly of: number
    readonly resealed: number
    /** Payloads that none of the secrets opens. */
    readonly unreadable: number
  } | null
}

const MIN_SECRET_CHARS = 43 // 32 bytes in base64url
const LOOK_EVERY_MS = 60_000
const PAGE_ROWS = 100
/** What browsers carry under seal lives no longer (an interaction, the login at the bank), with what other processes are late. */
export const CARRIED_MS = 900_000
/** Payloads by which the secret of an installation of before is found: one could be damaged. */
const SAMPLES = 5
const LASTING_BYTES = 32
const MAX_TURNS = 20

/** @throws GH_IDENTITY_SECRET (too short), GH_IDENTITY_SECRET_MISSING (it is not the one that was used), GH_IDENTITY_SEALED (what stands in the store was altered) */
export async function openSecrets(options: SecretsOptions): Promise<InstallationSecrets> {
  const { store, clock, scheduler, randomBytes, told, say } = options
  const own = [...new Set([options.secret, ...options.previous])]
  if (own.some((secret) => secret.length < MIN_SECRET_CHARS))
    throw new GatehouseError('GH_IDENTITY_SECRET')
  const columns = [ROOT_COLUMN, ...options.columns]
  const anew = reseal(randomBytes)
  const byMark = new Map(own.map((secret) => [markOf(secret), secret]))
  const marks: [string, ...string[]] = [markOf(options.secret), ...options.previous.map(markOf)]
  const process = Buffer.from(randomBytes(12)).toString('hex')
  /** What it seals under, and since the last look. */
  let sealedUnder: string | null = null
  let secrets: readonly [string, ...string[]] = [options.secret]
  let needed: ReadonlySet<string> = new Set()
  let pass: Pass | null = null
  /** Some process may still seal under another. */
  let others = false
  let closed = false

  /** Says that it runs, and takes over what all have decided. */
  async function enter(): Promise<void> {
    const at = { process, marks, sealedUnder, now: clock.now() }
    const {
      missing,
      seals,
      before,
      secrets: known,
    } = await amongMany(() => store.run(enterSecrets, at))
    const secret = byMark.get(seals ?? '')
    if (seals === null || secret === undefined || missing.length > 0) throw missingSecret(missing)
    sealedUnder = seals
    secrets = [secret, ...own.filter((other) => other !== secret)]
    needed = new Set(known.flatMap(({ mark, state }) => (state === 'ended' ? [] : [mark])))
    if (before !== null) await told({ kind: 'seals', before, mark: seals })
  }

  /** Seals page after page anew, as far as nothing stands in its way. */
  async function renew(): Promise<void> {
    const mark = marks[0]
    others = sealedUnder !== mark
    if (others) return
    const first = placeOf(columns[0] ?? ROOT_COLUMN)
    for (;;) {
      const taken = await store.run(takePass, { mark, first, now: clock.now() })
      others = taken === null
      pass = taken ?? pass
      if (taken === null || taken.endedAt !== null || closed) break
      await page(taken)
    }
    const ended = await store.run(endSecrets, { mark, carriedMs: CARRIED_MS, now: clock.now() })
    needed = new Set([...needed].filter((one) => !ended.includes(one)))
    for (const one of ended) await told({ kind: 'ended', mark: one })
  }

  async function page(from: Pass): Promise<void> {
    const at = columns.findIndex((column) => placeOf(column) === from.place)
    const column = columns[at]
    // Of another version: what is not known here is passed over by beginning again.
    const next = columns[at + 1]
    const goesOn = next === undefined ? null : { place: placeOf(next), after: [] }
    const now = clock.now()
    if (column === undefined) {
      const nowhere = { table: '', column: '', key: [], beside: [] }
      const none = { place: nowhere, rows: [], unreadable: 0 }
      await store.run(savePage, { ...none, pass: from, next: goesOn, now })
      return
    }
    const place = plain(column)
    const rows = await store.run(sealedPage, { place, after: from.after, limit: PAGE_ROWS })
    const last = rows.length < PAGE_ROWS ? undefined : rows.at(-1)
    const done = anew.page(column, rows, secrets)
    await store.run(savePage, {
      ...done,
      pass: from,
      place,
      next:
        last === undefined
          ? goesOn
          : { place: from.place, after: column.key.map((of) => last.names[of] ?? '') },
      now,
    })
  }

  const lasting = await readLasting(options, own, anew)
  await enter()
  const flight = singleFlight(async () => {
    if (closed) return
    await enter()
    await renew()
  })
  const look = (): void => void flight.start().catch(say)
  const stop = scheduler.every(LOOK_EVERY_MS, look)
  look()

  return {
    get secrets() {
      return secrets
    },
    lasting: (purpose) => lasting[purpose],
    look: flight.next,
    status() {
      const previous = marks.slice(1).map((secret) => ({ secret, needed: needed.has(secret) }))
      const done = pass === null ? 0 : columns.findIndex((each) => placeOf(each) === pass?.place)
      const { endedAt = null, resealed = 0, unreadable = 0 } = pass ?? {}
      const of = columns.length
      return {
        secret: marks[0],
        seals: sealedUnder ?? marks[0],
        previous,
        waits: !previous.some((one) => one.needed)
          ? null
          : others
            ? 'processes'
            : endedAt === null
              ? 'payloads'
              : 'browsers',
        pass:
          pass === null ? null : { done: endedAt === null ? done : of, of, resealed, unreadable },
      }
    },
    async close() {
      closed = true
      stop()
      await flight.next().catch(() => undefined)
      await store.run(leaveSecrets, { process }).catch(() => undefined) // then it counts as one that runs, for a while
    },
  }
}

type Lasting = Readonly<Record<LastingPurpose, Buffer>>

/** The keys that outlive every secret, made when there are none. */
async function readLasting(
  { store, clock, randomBytes, columns, secret }: SecretsOptions,
  own: readonly string[],
  anew: Reseal,
): Promise<Lasting> {
  const keyOf = payloadKeys('root')
  for (;;) {
    const { wrapped, secrets } = await store.run(readRoot, null)
    if (wrapped !== null) return unwrapped(wrapped, { own, secrets, keyOf })
    if (secrets.length > 0) throw new GatehouseError('GH_IDENTITY_SEALED', 'sealing_root is empty')
    // What an installation of before this has hangs on its secret: its keys stay what they are.
    const before = await secretOfBefore(store, columns, (column, row) =>
      anew.opens(column, row, own),
    )
    const keys = before === undefined ? undefined : keysOfSecret(before)
    const made = LASTING_PURPOSES.map((purpose): [LastingPurpose, string] => [
      purpose,
      Buffer.from(keys?.lasting(purpose) ?? randomBytes(LASTING_BYTES)).toString('base64url'),
    ])
    const under = before ?? secret
    const text = JSON.stringify(Object.fromEntries(made))
    const root = sealUnder(keyOf(under), ROOT, text, randomBytes)
    await amongMany(() =>
      store.run(addRoot, { wrapped: root, mark: markOf(under), now: clock.now() }),
    )
  }
}

function unwrapped(
  wrapped: Uint8Array,
  {
    own,
    secrets,
    keyOf,
  }: {
    readonly own: readonly string[]
    readonly secrets: readonly KnownSecret[]
    readonly keyOf: (secret: string) => KeyObject
  },
): Lasting {
  for (const one of own) {
    const text = openUnder(keyOf(one), ROOT, wrapped)
    if (text === undefined) continue
    // Sound: sealed as this by `readLasting`.
    const keys = JSON.parse(text) as Readonly<Record<LastingPurpose, string>>
    const key = (purpose: LastingPurpose): Buffer => Buffer.from(keys[purpose], 'base64url')
    return {
      'identity names': key('identity names'),
      'sca names': key('sca names'),
      'sca passcodes': key('sca passcodes'),
      'sca authentication codes': key('sca authentication codes'),
    }
  }
  const marks = own.map(markOf)
  const missing = secrets.filter(({ mark, state }) => state !== 'ended' && !marks.includes(mark))
  if (missing.length > 0) throw missingSecret(missing.map(({ mark }) => mark))
  throw new GatehouseError('GH_IDENTITY_SEALED', 'sealing_root was altered')
}

/** `undefined`: nothing was ever sealed. @throws GH_IDENTITY_SECRET_MISSING: it was, under no secret that is known */
async function secretOfBefore(
  store: Store,
  columns: readonly SealedColumn[],
  opens: (column: SealedColumn, row: SealedRow) => string | undefined,
): Promise<string | undefined> {
  let seen = 0
  for (const column of columns) {
    const rows = await store.run(sealedPage, { place: plain(column), after: [], limit: SAMPLES })
    for (const row of rows.filter(({ sealed }) => sealed.length > 0)) {
      const secret = opens(column, row)
      if (secret !== undefined) return secret
      seen++
    }
  }
  if (seen > 0) throw missingSecret([])
  return undefined
}

/** Processes that start at once are in each other's way for a moment. */
async function amongMany<R>(work: () => Promise<R>): Promise<R> {
  for (let turn = 1; ; turn++)
    try {
      return await work()
    } catch (error) {
      const busy = error instanceof GatehouseError && error.code === 'GH_STORE_BUSY'
      if (!busy || turn === MAX_TURNS) throw error
    }
}

const plain = ({ table, column, key, beside }: SealedPlace): SealedPlace => ({
  table,
  column,
  key,
  beside,
})

const missingSecret = (marks: readonly string[]): GatehouseError =>
  new GatehouseError(
    'GH_IDENTITY_SECRET_MISSING',
    `what the store holds is sealed under ${marks.length === 0 ? 'another secret' : `secret ${marks.join(' and ')}`}, which is neither identity.secret nor one of identity.previousSecrets`,
  )
