/**
 * Everything between a customer and his payment, over one store: consents, the step in which he authenticates, the desk of transactions, the
 * ledger, the gateway. Real parts, put together as `app` does, without their sockets; passcodes are hashed by something that takes no time.
 */
import { createHmac, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { type Consent } from '../../../src/identity/consents/consent.ts'
import { type ConsentBook, consentBook } from '../../../src/identity/consents/consent-book.ts'
import { isOver } from '../../../src/identity/consents/machine.ts'
import { createSealing } from '../../../src/identity/sealing.ts'
import { type Strong, strongAuthentication } from '../../../src/identity/strong/strong.ts'
import type { ConsentFact } from '../../../src/decide/index.ts'
import {
  type JsonObject,
  type JsonValue,
  readAuthorizationDetails,
  type Scheduler,
} from '../../../src/lib/index.ts'
import {
  APPROVAL_TYPE,
  ENROLMENT_TYPE,
  governanceDesk,
  type RiskSignals,
  type ScaLedger,
  scaLedger,
  type TransactionDesk,
} from '../../../src/sca/index.ts'
import { attemptGate } from '../../../src/sca/attempts/gate.ts'
import { approvalFactor } from '../../../src/sca/factors/approval.ts'
import type { Argon2 } from '../../../src/sca/factors/argon2.ts'
import type { Factor, FactorKind } from '../../../src/sca/factors/factor.ts'
import { factorBook } from '../../../src/sca/factors/book.ts'
import { ocraCode, parseOcraSuite } from '../../../src/sca/factors/ocra.ts'
import { passcodeFactor } from '../../../src/sca/factors/passcode.ts'
import {
  TRANSACTION_SUITE,
  transactionCodeFactor,
} from '../../../src/sca/factors/transaction-code.ts'
import { scaSealing } from '../../../src/sca/sealing.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { deviceDesk } from '../../../src/sca/transactions/devices.ts'
import { transactionDesk } from '../../../src/sca/transactions/desk.ts'
import {
  authorizationMigrations,
  changeMigrations,
  consentMigrations,
  idempotencyMigrations,
  keysOfSecret,
  type Store,
  type UnitRef,
} from '../../../src/store/index.ts'
import { CLEAR } from '../../sca/ledger/rig.ts'
import { jws } from '../../sca/rig.ts'
import { memoryUnits } from '../../sca/memory-units.ts'
import { type Gateway, paymentGateway, paymentKernel } from './gateway.ts'

/** What the bank approved: nothing; monitoring alone; small payments by number, by sum; until the end of 2026; now and then. */
export const ENTITIES = ['nothing', 'monitored', 'payments', 'sum', 'ends', 'switched'] as const
export type Entity = (typeof ENTITIES)[number]
/** Midnight in Berlin: the end of a year and of a quarter. */
export const APPROVAL_ENDS = Date.UTC(2026, 11, 31, 23)
export const BEGIN = Date.UTC(2026, 0, 5)

export const PASSCODE = 'correct horse'
const KEYS = keysOfSecret('the secret of an installation'.padEnd(64, '.'))
const APP = 'https://bank.example/app'
const QUICK: Argon2 = {
  hash: (passcode) => Promise.resolve(quick(passcode)),
  matches: (passcode, known) => Promise.resolve(quick(passcode) === known),
}
const quick = (text: string): string => createHmac('sha256', 'quick').update(text).digest('hex')
/** Nothing here is late. */
const NO_TIMERS: Scheduler = { every: () => () => undefined, after: () => () => undefined }
const device = generateKeyPairSync('ed25519')
const SUITE = suiteOf(TRANSACTION_SUITE)

/** The process is gone, in the middle of what it did. */
class Died extends Error {}

function suiteOf(text: string): NonNullable<ReturnType<typeof parseOcraSuite>> {
  const suite = parseOcraSuite(text)
  if (suite === undefined) throw new TypeError(text)
  return suite
}

export interface Life {
  readonly strong: Strong
  readonly ledger: ScaLedger
}
export interface House {
  now: number
  signals: RiskSignals
  readonly transactions: TransactionDesk
  readonly book: ConsentBook
  readonly gateway: Gateway
  of(entity: Entity): Life
  consentFact(id: string): Promise<ConsentFact>
  /** A customer with a passcode, a token that makes codes, and a device. */
  enrol(subject: string): Promise<void>
  /** For `switched`: whether payments up to 30 euros may be exempt from now on. */
  exempt(on: boolean): Promise<void>
  exemptOn(at: number): boolean
  /** At the unit of work after so many more, before or after it is written. */
  dieAt(units: number, written: boolean): void
  isDead(): boolean
  /** Another process over the same data. */
  restart(): void
  close(): Promise<void>
}

export const AUDIENCE = APP

/** Of everything in the house. */
export const HOUSE_MIGRATIONS = [
  ...authorizationMigrations,
  ...consentMigrations,
  ...changeMigrations,
  ...idempotencyMigrations,
  ...scaMigrations,
]

/** `units`: absent, a database in memory. */
export async function openHouse(units: Store = memoryUnits(HOUSE_MIGRATIONS)): Promise<House> {
  let death: { left: number; readonly written: boolean } | undefined
  async function run<A, R>(ref: UnitRef<A, R>, arg: A): Promise<R> {
    const dies = death !== undefined && death.left-- === 0
    if (dies && death?.written !== true) throw new Died()
    const result = await units.run(ref, arg)
    if (dies || (death !== undefined && death.left < 0)) throw new Died()
    return result
  }
  const store: Store = {
    run,
    runBuffered: run,
    sync: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const kernel = paymentKernel()
  const clock = { now: () => house.now, monotonic: () => house.now }
  const sealing = scaSealing(KEYS, randomBytes)
  const factors = [
    passcodeFactor(QUICK, { has: () => false }),
    transactionCodeFactor(randomBytes),
    approvalFactor({ push: () => Promise.resolve() }, randomBytes),
  ]
  const elements = factorBook(store, sealing)
  const names = {
    subject: (subject: string) => quick(subject),
    of: (...parts: readonly string[]) => quick(parts.join('\0')),
  }
  const desk = (entity: Entity) =>
    governanceDesk({ store, clock, uuid: randomUUID, entity, jurisdiction: 'EU' })
  let secrets: ReturnType<typeof secretsOf> | undefined
  let switched: { readonly from: number; readonly until: number } | undefined
  let lives = new Map<Entity, Life>()

  const identity = createSealing(KEYS, randomBytes)

  function process(): Pick<House, 'transactions' | 'book' | 'gateway'> {
    const gate = attemptGate({ store, sealing, clock })
    const ledgerOf = (entity: Entity): ScaLedger => {
      const made = scaLedger({
        store,
        clock,
        scheduler: NO_TIMERS,
        uuid: randomUUID,
        names,
        entity,
        jurisdiction: 'EU',
        monitor: () => Promise.resolve(house.signals),
      })
      return {
        ...made,
        // As `openStrong` has it.
        decide: async (question) =>
          made.decide({ ...question, blocked: await gate.blocked(question.subject) }),
      }
    }
    const transactions = transactionDesk({
      store,
      sealing,
      keys: KEYS,
      clock,
      randomBytes,
      issuer: 'https://sca.bank.example',
      factors,
      book: elements,
      gate,
      maxOpen: 1e9,
      // What became of an act is told whichever entity decided it.
      ledger: ledgerOf('nothing'),
    })
    const devices = deviceDesk({ store, sealing, clock, book: elements, transactions })
    const acr = 'urn:test:sca'
    lives = new Map(
      ENTITIES.map((entity) => {
        const ledger = ledgerOf(entity)
        return [
          entity,
          {
            ledger,
            strong: strongAuthentication(
              { devices, transactions, ledger, acr },
              { clock, origin: 'https://as.bank.example' },
            ),
          },
        ]
      }),
    )
    return {
      transactions,
      book: consentBook({
        store,
        sealing: identity,
        clock,
        randomBytes,
        evidence: { write: () => Promise.resolve('recorded') },
        recordFor: () => null,
        changed: () => undefined,
        forgotten: () => undefined,
      }),
      gateway: paymentGateway({ kernel, store, clock, scheduler: NO_TIMERS }),
    }
  }

  let parts: ReturnType<typeof process>
  const house: House = {
    now: BEGIN,
    signals: CLEAR,
    get transactions() {
      return parts.transactions
    },
    get book() {
      return parts.book
    },
    get gateway() {
      return parts.gateway
    },
    of(entity) {
      const life = lives.get(entity)
      if (life === undefined) throw new TypeError(entity)
      return life
    },
    async consentFact(id) {
      const found = await parts.book.peek(id)
      return found === undefined ? { kind: 'unknown' } : factOf(found)
    },
    async enrol(subject) {
      const [passcode, code, approval] = await (secrets ??= secretsOf(factors))
      const add = (kind: FactorKind, secret: JsonObject): Promise<unknown> => {
        const id = idOf(kind, subject)
        return elements.add(subject, { id, kind, single: false, secret, createdAt: house.now })
      }
      await add('passcode', passcode)
      await add('transaction-code', { ...code, seed: seedOf(subject) })
      await add('approval', approval)
    },
    async exempt(on) {
      const governance = desk('switched')
      const until = house.now + 90 * 86_400_000
      if (on) await approveSmall(governance, 'payments', until)
      else await governance.stop('low-value', 'ann', 'a test')
      switched = on ? { from: house.now, until } : undefined
    },
    exemptOn: (at) => switched !== undefined && switched.from <= at && at < switched.until,
    dieAt(left, written) {
      death = { left, written }
    },
    isDead: () => death !== undefined && death.left < 0,
    restart() {
      death = undefined
      parts.gateway.stop()
      parts = process()
    },
    close() {
      parts.gateway.stop()
      return units.close()
    },
  }

  async function approveSmall(
    governance: ReturnType<typeof governanceDesk>,
    counts: 'payments' | 'sum',
    until: number,
  ): Promise<void> {
    const proposal = { name: 'low-value', from: house.now, until, settings: { counts } } as const
    if (governance.check(proposal).length > 0) throw new Error('it may not be proposed')
    await governance.propose(proposal, 'ann', 'a test')
    await governance.approve('low-value', 'ben')
  }

  parts = process()
  const far = BEGIN + 1000 * 86_400_000
  for (const entity of ENTITIES) {
    if (entity === 'nothing') continue
    const governance = desk(entity)
    const engine = { engine: 'watch 4' }
    const monitoring = { name: 'monitoring', from: BEGIN, until: far, settings: engine } as const
    await governance.propose(monitoring, 'ann', 'a test')
    await governance.approve('monitoring', 'ben')
    if (entity === 'payments' || entity === 'sum') await approveSmall(governance, entity, far)
    if (entity === 'ends') await approveSmall(governance, 'payments', APPROVAL_ENDS)
  }
  return house
}

/** What is kept of elements: made by the factors themselves, once; every customer has a seed of his own. */
async function secretsOf([passcode, code, approval]: readonly Factor[]): Promise<
  readonly [JsonObject, JsonObject, JsonObject]
> {
  const enrolled = async (
    factor: Factor | undefined,
    pending: JsonObject,
    value: JsonValue,
  ): Promise<JsonObject> => {
    const made = await factor?.finishEnrolment(pending, value)
    if (made?.ok !== true) throw new Error('an element was not taken')
    return made.secret
  }
  const question = '00'
  const seed = seedOf('nobody')
  const challenge = 'enrolling'
  const proof = jws(device.privateKey, { alg: 'EdDSA', typ: ENROLMENT_TYPE }, { challenge })
  const jwk = device.publicKey.export({ format: 'jwk' }) as Record<string, string>
  const first = ocraCode(SUITE, Buffer.from(seed, 'base64url'), { question })
  return [
    await enrolled(passcode, {}, PASSCODE),
    await enrolled(code, { seed, question, suite: TRANSACTION_SUITE }, first),
    await enrolled(approval, { challenge }, { jwk, label: 'Phone', proof }),
  ]
}

const seedOf = (subject: string): string => Buffer.from(quick(subject), 'hex').toString('base64url')
const idOf = (kind: FactorKind, subject: string): string =>
  quick(`${kind} of ${subject}`).slice(0, 22)

/** What the token of a customer shows for a transaction. */
export function codeFor(subject: string, { challenge }: { readonly challenge: Buffer }): string {
  return ocraCode(SUITE, Buffer.from(quick(subject), 'hex'), {
    question: challenge.toString('hex'),
  })
}

/** What his device signs. */
export function signedBy(
  subject: string,
  { id, challenge }: { readonly id: string; readonly challenge: Buffer },
  decision: 'approve' | 'refuse',
): string {
  return jws(
    device.privateKey,
    { alg: 'EdDSA', typ: APPROVAL_TYPE, kid: idOf('approval', subject) },
    { transaction: id, challenge: challenge.toString('base64url'), decision },
  )
}

/** As gateways hear of it. */
function factOf(consent: Consent): ConsentFact {
  const { id, client, status, authorisations, payments, expiresAt } = consent
  return {
    kind: 'known',
    id,
    clientId: client,
    subject: authorisations[0]?.subject ?? '',
    status,
    permissions: new Set(),
    accounts: new Set(),
    payments: readAuthorizationDetails(payments),
    revoked: isOver(consent) && status !== 'consumed',
    ...(status === 'consumed' && { used: true }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}
