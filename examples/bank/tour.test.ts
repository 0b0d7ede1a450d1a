/** The whole of `npm start` on free ports, in a folder that goes: the bank, `bin/gatehouse` before it, and every step of the journey. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { certificates } from './certificates.ts'
import { rig } from './rig.ts'
import { tour } from './tour.ts'
import type { Step } from './tour-parts.ts'

const clock = (): number => Date.now()

/** What becomes of each step, in the order of the journey. */
const WANTED: readonly (readonly [title: string, answer: string])[] = [
  ['A statement that was altered on the way', '400 invalid_software_statement'],
  ['A certificate that no trust store vouches for', '401 invalid_client'],
  ['Certificate, statement and register agree', '201'],
  ['The same statement once more', '400 invalid_client_metadata'],
  ['It asks for accounts, balances and transactions', '201'],
  ['She authenticates at her bank, and picks two accounts', '200'],
  ['Her accounts', '200'],
  ['Their balances', '200'],
  ['Her transactions, with a token of five minutes', '200'],
  ['The credit card that she did not pick', '403 GH_GATEWAY_OBJECT_FORBIDDEN'],
  ["Priya's account", '403 GH_GATEWAY_OBJECT_FORBIDDEN'],
  ['Her statements, which she did not share', '403 GH_GATEWAY_PERMISSION_MISSING'],
  ['A path trick', '400 GH_GATEWAY_TARGET_MALFORMED'],
  ['The token with another certificate', '401 GH_GATEWAY_TOKEN_BINDING'],
  ['No client certificate', 'no answer'],
  ["Past the gateway, in Amira's name", '401 not from the gateway'],
  ['Ines proposes it for small ones, and the monitoring', '200'],
  ['She approves it herself', '403 GH_SCA_SECOND_PERSON'],
  ['Tom approves it', '200'],
  ['A museum ticket, €12.50, asked for', '201'],
  ['She logs in and says yes; no code is asked for', '200'],
  ['The ticket', '201'],
  ['Her rent, £950.00 to Penrose Lettings, asked for', '201'],
  ['She authenticates amount and payee at her bank', '200'],
  ['Funds for it? Yes or no, and not how much', '200'],
  ['The rent, sent twice at once', '201'],
  ['Ten times what she authenticated', '403 GH_GATEWAY_PAYMENT_AMOUNT'],
  ['Another payment under the same key', '422 GH_GATEWAY_IDEMPOTENCY_KEY_REUSED'],
  ['A payment that nobody signed', '400 GH_GATEWAY_REQUEST_INVALID'],
  ['A payment that somebody else signed', '400 GH_GATEWAY_SIGNATURE_INVALID'],
  ['A certificate for accounts alone, to pay', '403 GH_GATEWAY_CERTIFICATE_ROLE'],
  ['A helmet, by passcode and a code of her device', '200'],
  ['The code, a second time', '403 GH_SCA_CODE_SPENT'],
  ['A code of hers, for ten times as much', '403 GH_SCA_LINK_MISMATCH'],
  ['A code of hers, for another payee', '403 GH_SCA_LINK_MISMATCH'],
  ['A code of hers, brought by another program', '403 GH_SCA_CODE_INVALID'],
  ['Amira ends her permission, on a page of the bank', '200'],
  ['Her accounts, right after it', '403 GH_GATEWAY_CONSENT_INACTIVE'],
  ['Its token, to be renewed', '400 invalid_grant'],
  ['Where the payment stands', '200'],
  ['The bank suspends Budget Buddy', '200'],
  ['The same, right after it', '403 GH_GATEWAY_CLIENT_INACTIVE'],
  ['A new token', '401 invalid_client'],
  ['The bank gives access back, and the same', '200'],
]
/** What the bank says and no third party may hear. */
const NEVER = [
  'FraudScore',
  'CoreReference',
  'ClearingQueue',
  'CIF-',
  'AvailableBalance',
  '2714.90',
  'RiskScore',
  '_debug',
]
/** A change counts at the gateway so soon after somebody made it; the rest is for a machine that is busy. */
const COUNTS_WITHIN_MS = 2_000

function answerOf({ status, code }: Step): string {
  if (status === 0) return 'no answer'
  return code === undefined ? `${status}` : `${status} ${code}`
}

/** Of `gatehouse sca report --json`. */
interface Figures {
  readonly payments: readonly {
    readonly how: string
    readonly payments: number
    readonly value: string
    readonly unvalued: number
  }[]
}

test('the journey: what is served, what is refused, and that what was authenticated or exempt is paid once', async (t) => {
  const { parts, payments, refused } = await rig(t)
  const { certificates: certs, amira } = parts
  const journey = await tour(parts)
  const { seen } = amira
  const { steps } = journey
  assert.deepEqual(
    steps.map((step) => [step.title, answerOf(step)]),
    WANTED,
  )
  for (const { body, title } of steps)
    for (const word of NEVER) assert.ok(!JSON.stringify(body ?? '').includes(word), title)
  // Two for the third party, of which one was exempt, and one of the bank's own; none of the codes that were stolen bought anything.
  assert.deepEqual(
    payments.orders.map(({ kind }) => kind),
    ['domestic-payment', 'domestic-payment', 'web-payment'],
  )
  // Everything that the gateway sent was taken, and nothing else.
  assert.deepEqual(refused, ['bank: refused GET /open-banking/v4.0/aisp/accounts: no context'])
  // Pounds are in the sums, by the rate of the day: the rent and the helmet.
  const now = new Date(clock())
  const quarter = `${now.getUTCFullYear()}Q${Math.floor(now.getUTCMonth() / 3) + 1}`
  const report = (await parts.operate('sca', 'report', '--quarter', quarter)) as Figures // sound: as the command promises
  assert.deepEqual(
    report.payments.map(({ how, payments: paid, value, unvalued }) => [how, paid, value, unvalued]),
    [
      ['all', 3, '123125', 0],
      ['sca', 2, '121875', 0],
      ['low-value', 1, '1250', 0],
    ],
  )
  // The customer was asked three times, and came to her own page by a login of its own.
  assert.equal(seen.filter((page) => page.startsWith('Budget Buddy asks')).length, 3)
  const ends = steps.flatMap(({ note }) => /^after (\d+) ms$/.exec(note ?? '')?.[1] ?? [])
  assert.equal(ends.length, 2)
  for (const ms of ends) assert.ok(Number(ms) < COUNTS_WITHIN_MS, `${ms} ms`)

  // A key is for its owner alone, and all of it is kept while it is good.
  for (const file of ['qwac-key.pem', 'identity-secret', 'enrolments.json', 'web-bank-key.json'])
    assert.equal(statSync(join(certs.folder, file)).mode & 0o077, 0, file)
  const before = readFileSync(certs.pem('qwac'), 'utf8')
  const never = (): Promise<never> => Promise.reject(new Error('made again'))
  await certificates(certs.folder, clock, never)
  assert.equal(readFileSync(certs.pem('qwac'), 'utf8'), before)
  const signed = readFileSync(join(certs.folder, 'directory', 'statement.jwt'), 'utf8')
  await certificates(certs.folder, () => clock() + 86_400_000, never)
  assert.notEqual(readFileSync(join(certs.folder, 'directory', 'statement.jwt'), 'utf8'), signed)
  // A folder that an earlier example made, before there were customers.
  const earlier = `${certs.folder}-earlier`
  cpSync(certs.folder, earlier, { recursive: true })
  rmSync(join(earlier, 'customers.json'))
  await assert.rejects(certificates(earlier, clock, never), /made again/)
  await assert.rejects(
    certificates(certs.folder, () => clock() + 61 * 86_400_000, never),
    /made again/,
  )
})
