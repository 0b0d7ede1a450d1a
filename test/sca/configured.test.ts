/** What a bank may choose of its factors and limits, and elements that are given for development. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { BLOCKS_MS, MAX_FAILURES } from '../../src/sca/attempts/limits.ts'
import { ocraCode, parseOcraSuite } from '../../src/sca/factors/ocra.ts'
import { STEP_SECONDS, totpCode } from '../../src/sca/factors/totp.ts'
import {
  type Answer,
  type Sca,
  TRANSACTION_SUITES,
  type TransactionSuite,
} from '../../src/sca/index.ts'
import { textAt } from '../../src/identity/consents/shape.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  AUDIENCE,
  CLIENT,
  createTransaction,
  enrol,
  enrolPasscode,
  PASSCODE,
  paymentOf,
  type Rig,
} from './rig.ts'

const SEED = randomBytes(32)
const seed = SEED.toString('base64url')
const PASSCODE_ANSWER: Answer = { kind: 'passcode', value: PASSCODE }

function code(suite: string, key: Uint8Array, question: unknown): string {
  const parsed = parseOcraSuite(suite)
  assert.ok(parsed !== undefined && typeof question === 'string')
  return ocraCode(parsed, key, { question })
}
async function asked(rig: Rig, sca: Sca) {
  const id = await createTransaction(rig, paymentOf(rig.anna))
  const shown = await sca.transactions.present(id)
  assert.ok(shown.ok)
  return { id, questions: shown.value.questions }
}
async function pay(rig: Rig, sca: Sca, by: (question: unknown) => string): Promise<string> {
  const { id, questions } = await asked(rig, sca)
  const value = by(questions['transaction-code']?.['question'])
  const answers = [PASSCODE_ANSWER, { kind: 'transaction-code', value } as const]
  const outcome = await sca.transactions.verify({ id, answers, network: rig.anna })
  return outcome.ok ? '' : outcome.error.code
}

onBothStores(
  'elements that are given work as enrolled ones do, once, and are judged',
  async (rig) => {
    const { given } = rig.sca
    const put = (subject: string, passcode: string) =>
      given.put(subject, { kind: 'passcode', passcode })
    assert.equal(await put(rig.anna, '123456'), 'common')
    assert.equal(await put(rig.anna, 'x'), 'too-short')
    assert.equal(await put(rig.anna, PASSCODE), 'put')
    assert.equal(await put(rig.anna, 'another passcode'), 'there')
    assert.equal(await given.put(rig.anna, { kind: 'transaction-code', seed }), 'put')
    assert.equal(await given.put(rig.anna, { kind: 'transaction-code', seed }), 'there')
    const suite = TRANSACTION_SUITES[0]
    assert.equal(await pay(rig, rig.sca, (question) => code(suite, SEED, question)), '')
    assert.equal(await pay(rig, rig.sca, () => '00000000'), 'GH_SCA_FAILED')
    const without = rig.another({ kinds: new Set(['passcode']) })
    assert.equal(await without.given.put(rig.anna, { kind: 'totp', seed }), 'not-allowed')
  },
)

onBothStores(
  'a code by the clock that is given leaves the present one to its customer',
  async (rig) => {
    await enrolPasscode(rig, rig.anna)
    assert.equal(await rig.sca.given.put(rig.anna, { kind: 'totp', seed }), 'put')
    const step = Math.floor(rig.clock.now() / 1000 / STEP_SECONDS)
    const enter = async (at: number): Promise<boolean> => {
      const purpose = { kind: 'account-access' } as const
      const of = { subject: rig.anna, client: CLIENT, audience: AUDIENCE, purpose }
      const id = await createTransaction(rig, of)
      const answers = [PASSCODE_ANSWER, { kind: 'totp', value: totpCode(SEED, at) } as const]
      return (await rig.sca.transactions.verify({ id, answers, network: rig.anna })).ok
    }
    assert.equal(await enter(step - 1), false, 'that one was used to give it')
    assert.equal(await enter(step), true)
  },
)

onBothStores(
  'another suite is for tokens from now on; those before go on as they began',
  async (rig) => {
    await enrolPasscode(rig, rig.anna)
    const newer: TransactionSuite = 'OCRA-1:HOTP-SHA512-8:QH64'
    const keys: Uint8Array[] = []
    const token = (by: Pick<Rig, 'sca'>) =>
      enrol(by, rig.anna, 'transaction-code', (options) => {
        const key = Buffer.from(textAt(options, 'seed'), 'base64url')
        keys.push(key)
        return code(textAt(options, 'suite'), key, options['question'])
      })
    await token(rig)
    const sca = rig.another({ transactionSuite: newer })
    await token({ sca })
    const [first = SEED, second = SEED] = keys
    assert.equal(
      await pay(rig, sca, (question) => code(TRANSACTION_SUITES[0], first, question)),
      '',
    )
    assert.equal(await pay(rig, sca, (question) => code(newer, second, question)), '')
    // Not with the suite of the other.
    const mixed = await pay(rig, sca, (question) => code(newer, first, question))
    assert.equal(mixed, 'GH_SCA_FAILED')
  },
)

onBothStores('a factor that the bank does not have is neither asked nor taken', async (rig) => {
  await enrolPasscode(rig, rig.anna)
  await rig.sca.given.put(rig.anna, { kind: 'transaction-code', seed })
  const sca = rig.another({ kinds: new Set(['passcode', 'totp']) })
  const { id, questions } = await asked(rig, sca)
  assert.deepEqual(Object.keys(questions), ['passcode'])
  const value = code(
    TRANSACTION_SUITES[0],
    SEED,
    (await asked(rig, rig.sca)).questions['transaction-code']?.['question'],
  )
  const answers = [PASSCODE_ANSWER, { kind: 'transaction-code', value } as const]
  const outcome = await sca.transactions.verify({ id, answers, network: rig.anna })
  assert.equal(outcome.ok ? '' : outcome.error.code, 'GH_SCA_FACTORS')
})

onBothStores(
  'a stricter bank blocks sooner; where nobody can be told, nobody is locked for good',
  async (rig) => {
    const sca = rig.another({ maxFailures: 2, alertPayer: undefined })
    await enrolPasscode(rig, rig.anna)
    await rig.sca.given.put(rig.anna, { kind: 'transaction-code', seed })
    const wrong = (): Promise<string> => pay(rig, sca, () => '00000000')
    for (const ms of [...BLOCKS_MS, ...BLOCKS_MS.slice(-1), ...BLOCKS_MS.slice(-1)]) {
      assert.equal(await wrong(), 'GH_SCA_FAILED')
      assert.equal(await wrong(), 'GH_SCA_BLOCKED')
      assert.equal(await sca.blocked(rig.anna), true)
      rig.clock.advance(Math.max(ms, 3_600_000))
    }
    assert.equal(await pay(rig, sca, (asks) => code(TRANSACTION_SUITES[0], SEED, asks)), '')
  },
)

onBothStores('a looser bank than the law is none', async (rig) => {
  for (const maxFailures of [MAX_FAILURES + 1, 0, 2.5])
    assert.throws(() => rig.another({ maxFailures }), TypeError)
  await Promise.resolve()
})
