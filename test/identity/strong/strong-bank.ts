/** A bank whose customers authenticate strongly: a passcode, and a token that makes codes over what it is told. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock } from '../../../src/app/system-ports.ts'
import type { AutomaticCustomer } from '../../../src/identity/automatic-customer.ts'
import { textAt } from '../../../src/identity/consents/shape.ts'
import type { EmbeddedMethod } from '../../../src/identity/index.ts'
import type { StrongOptions } from '../../../src/identity/strong/strong.ts'
import type { Clock, JsonObject, JsonValue } from '../../../src/lib/index.ts'
import {
  type CodeSender,
  type DevicePush,
  type FactorKind,
  type PayeeCheckPort,
  type PasskeySettings,
  openSca,
  type Sca,
  scaLedger,
  type ScaNames,
  type ScaQuestion,
  scaRegisters,
} from '../../../src/sca/index.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { keysOfSecret, openSqliteStore, type Store } from '../../../src/store/index.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import type { TestClient } from '../client.ts'
import { type Bank, startBank } from '../consents/bank.ts'
import { identityMigrations } from '../migrations.ts'

export const STRONG = 'urn:bank:sca'
export const PASSCODE = 'violet harbour'
/** As it is served. */
export const PASSKEY_SCRIPT = readFileSync(
  join(import.meta.dirname, '../../../src/browser/passkeys.js'),
  'utf8',
)

export interface StrongBank extends Bank {
  readonly sca: Sca
  readonly questions: ScaQuestion[]
  /** Gives the code that the customer's token makes of a question. */
  readonly token: (question: string) => string
  /** What became of the decision of the journey that was asked about last. */
  readonly record: () => Promise<Awaited<ReturnType<ReturnType<typeof scaLedger>['evidence']>>>
}

export async function startStrongBank(
  t: TestContext,
  testClients: readonly TestClient[],
  {
    clock = systemClock,
    exempt = false,
    decoupled,
    passkeys,
    typed = true,
    scripted = true,
    automatic,
    embedded,
    failure,
    payeeCheck,
    push,
    sender,
  }: {
    readonly clock?: Clock
    readonly exempt?: boolean
    readonly decoupled?: 'page'
    /** Pages ask for them too. */
    readonly passkeys?: PasskeySettings
    /** Has amira a passcode and a token? */
    readonly typed?: boolean
    /** May the pages ask for passkeys? */
    readonly scripted?: boolean
    readonly automatic?: AutomaticCustomer
    /** What third parties may bring of customers themselves. */
    readonly embedded?: readonly EmbeddedMethod[]
    /** What becomes of asking for a decision, at this moment: a service of the bank that is asked for it may be away. */
    readonly failure?: () => Error | undefined
    readonly payeeCheck?: PayeeCheckPort
    /** The bank asks devices, and sends codes. */
    readonly push?: DevicePush
    readonly sender?: CodeSender
  } = {},
): Promise<StrongBank> {
  const store = await openSqliteStore({
    dir: temporaryFolder(t),
    create: true,
    migrations: [...identityMigrations, ...scaMigrations],
  })
  t.after(() => store.close())
  const questions: ScaQuestion[] = []
  const ledger = ledgerOver(store, clock, payeeCheck)
  const keys = keysOfSecret(randomBytes(32).toString('base64url'))
  const sca = openSca({
    keys,
    issuer: 'https://login.bank.example',
    store,
    clock,
    randomBytes,
    commonPasscodes: { has: () => false },
    alertPayer: () => Promise.resolve(),
    ledger,
    ...(passkeys === undefined ? {} : { passkeys }),
    ...(push && { devices: push }),
    ...(sender && { sender }),
  })
  const strong: StrongOptions = {
    acr: STRONG,
    ...(passkeys === undefined || !scripted ? {} : { passkeyScript: PASSKEY_SCRIPT }),
    transactions: sca.transactions,
    devices: sca.devices,
    enrolment: sca.enrolment,
    registers: scaRegisters({ store, clock, names: NAMES, keys, randomBytes }),
    ledger: {
      ...ledger,
      // The rules of exemptions are the ledger's own business; here is what follows from them.
      async decide(question) {
        questions.push(question)
        const failed = failure?.()
        if (failed !== undefined) throw failed
        const answer = await ledger.decide(question)
        return exempt ? { ...answer, outcome: 'exempt' } : answer
      },
      settle: async (id, as, client) =>
        exempt && as === 'done' ? 'settled' : ledger.settle(id, as, client),
    },
  }
  const bank = await startBank(t, {
    testClients,
    store,
    clock,
    strong: () => strong,
    ...(decoupled === undefined ? {} : { decoupled }),
    elsewhere: {
      ...(automatic === undefined ? {} : { automatic }),
      ...(embedded === undefined ? {} : { embedded }),
    },
  })
  let seed = ''
  if (typed) await enrol(sca, 'cust-amira', 'passcode', () => PASSCODE)
  if (typed)
    await enrol(sca, 'cust-amira', 'transaction-code', (options) => {
      seed = textAt(options, 'seed')
      return ocra(seed, textAt(options, 'question'))
    })
  return {
    ...bank,
    sca,
    questions,
    token: (question) => ocra(seed, question),
    record: () => ledger.evidence(String(questions.at(-1)?.id)),
  }
}

const hashed = (...parts: readonly string[]): string =>
  createHmac('sha256', 'a key of tests').update(parts.join('\0')).digest('base64url')
const NAMES: ScaNames = { subject: (subject) => hashed('payer', subject), of: hashed }

function ledgerOver(store: Store, clock: Clock, payeeCheck?: PayeeCheckPort) {
  return scaLedger({
    store,
    clock,
    scheduler: realScheduler,
    uuid: randomUUID,
    names: NAMES,
    entity: 'bank',
    jurisdiction: 'EU',
    ...(payeeCheck && { payeeCheck }),
  })
}

/** RFC 6287 with `OCRA-1:HOTP-SHA256-8:QH64`, written from the text. */
export function ocra(seed: string, question: string): string {
  const suite = Buffer.from('OCRA-1:HOTP-SHA256-8:QH64\0')
  const padded = Buffer.from(question.padEnd(256, '0'), 'hex')
  const mac = createHmac('sha256', Buffer.from(seed, 'base64url'))
    .update(Buffer.concat([suite, padded]))
    .digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 100_000_000).padStart(8, '0')
}

export async function enrol(
  sca: Sca,
  subject: string,
  kind: FactorKind,
  answer: (options: JsonObject) => JsonValue | Promise<JsonValue>,
  more: JsonObject = {},
): Promise<void> {
  const code = await sca.enrolment.activation({
    subject,
    kind,
    channel: 'post',
    lifeMs: 86_400_000,
    // Whatever the customer has already.
    recovers: true,
  })
  const authorisation = { kind: 'activation', code, network: '192.0.2.1' } as const
  const given = { name: subject, label: 'Key of tests', ...more }
  const begun = await sca.enrolment.begin({ subject, kind, channel: 'app', authorisation, given })
  assert.ok(begun.ok, JSON.stringify(begun))
  const { id, options } = begun.value
  const done = await sca.enrolment.finish({ subject, id, value: await answer(options) })
  assert.ok(done.ok, JSON.stringify(done))
}
