/** The whole of `npm start` on free ports, in a folder that goes: the bank, the issuer, `bin/gatehouse` between, and every call of the tour. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { JSONWebKeySet } from 'jose'
import type { CallResult } from '../third-party/calls.ts'
import { type Certificates, certificates, payingClient } from './certificates.ts'
import { contextVerifier, type VerifyContext } from './context.ts'
import { feedRecords } from './feed-records.ts'
import { startDevelopmentIssuer } from './issuer/development-issuer.ts'
import { paymentBook, type PaymentBook } from './payments.ts'
import { startBank } from './server.ts'
import { tour } from './tour.ts'

const GATEHOUSE = join(import.meta.dirname, '..', '..', 'bin', 'gatehouse')
const NAMED = 'https://api.examplebank.example'
const run = promisify(execFile)
const clock = (): number => Date.now()

/** What becomes of each call, in the order of the tour. */
const WANTED: readonly (readonly [title: string, answer: string])[] = [
  ["Amira's rent, proposed and signed", '201'],
  ["Amira's accounts, basic consent", '200'],
  ["Amira's balances, a token of this certificate", '200'],
  ["Amira's transactions, a token of this DPoP key", '200'],
  ["Priya's transactions, full detail", '200'],
  ["Priya's token on Amira's account", '403 GH_GATEWAY_OBJECT_FORBIDDEN'],
  ["Amira's statements, which she did not share", '403 GH_GATEWAY_PERMISSION_MISSING'],
  ["Tom's balances, months after his consent ended", '403 GH_GATEWAY_CONSENT_EXPIRED'],
  ["Amira's consent in another client's hands", '403 GH_GATEWAY_CONSENT_MISSING'],
  ['A client that the register withdrew', '403 GH_GATEWAY_CLIENT_INACTIVE'],
  ['A path trick', '400 GH_GATEWAY_TARGET_MALFORMED'],
  ['No client certificate', 'no answer'],
  ['A token stolen from another certificate', '401 GH_GATEWAY_TOKEN_BINDING'],
  ['The DPoP proof once more', '401 GH_GATEWAY_PROOF_REPLAYED'],
  ['Funds for it? Yes or no, and not how much', '200'],
  ['The rent, sent twice at once: one signed answer', '201'],
  ['Ten times what she authenticated', '403 GH_GATEWAY_PAYMENT_AMOUNT'],
  ['Another payment under the same key', '422 GH_GATEWAY_IDEMPOTENCY_KEY_REUSED'],
  ['A payment that nobody signed', '400 GH_GATEWAY_REQUEST_INVALID'],
  ['A payment that somebody else signed', '400 GH_GATEWAY_SIGNATURE_INVALID'],
  ['A certificate for accounts alone, to pay', '403 GH_GATEWAY_CERTIFICATE_ROLE'],
  ["Straight to the bank, in Amira's name", '401 not from the gateway'],
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

function answerOf({ status, code }: CallResult): string {
  if (status === 0) return 'no answer'
  return code === undefined ? `${status}` : `${status} ${code}`
}

interface Played {
  readonly results: readonly CallResult[]
  readonly payments: PaymentBook
  readonly certs: Certificates
  readonly folder: string
  /** What the bank's own log says. */
  readonly refused: readonly string[]
}

async function played(t: TestContext): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tour-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['spec', 'feed'])
    cpSync(join(import.meta.dirname, name), join(folder, name), { recursive: true })
  const certs = await certificates(join(folder, 'certs'), clock, (...words) =>
    run(GATEHOUSE, words),
  )
  const feed = feedRecords(join(folder, 'feed'))
  feed.keep('clients', payingClient(certs.pem))
  const payments = paymentBook(clock, NAMED)
  const refused: string[] = []
  let verifier: VerifyContext = () => Promise.reject(new Error('not yet'))
  const bank = await startBank({
    port: 0,
    clock,
    publicOrigin: NAMED,
    payments,
    verify: (request) => verifier(request),
    say: (text) => refused.push(text),
  })
  const issuer = await startDevelopmentIssuer({
    port: 0,
    clock,
    intent: payments.intent,
    keepConsent: (record) => feed.keep('consents', record),
    thumbprint: certs.thumbprint,
  })
  t.after(() => {
    for (const server of [bank, issuer.server]) {
      server.close()
      server.closeAllConnections()
    }
  })
  const config = join(folder, 'npm-start.yaml')
  writeFileSync(config, configuration(bank, issuer.server))
  const bankOrigin = `http://127.0.0.1:${portOf(bank)}`
  const { stdout } = await run(GATEHOUSE, ['context', 'keys', '--config', config, '--json'])
  const keys = JSON.parse(stdout) as JSONWebKeySet // sound: as the command promises
  verifier = contextVerifier({ keys, audience: bankOrigin, clock })
  const gateway = spawn(GATEHOUSE, ['up', '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(async () => {
    if (gateway.exitCode !== null) return
    gateway.kill('SIGTERM')
    await once(gateway, 'exit')
  })
  const [plain = '', tls = ''] = await addresses(gateway)
  const origins = { plain, tls, bank: bankOrigin, named: NAMED, authority: certs.pem('ca') }
  const results = await tour({ origins, issuer, certificates: certs, clock })
  return { results, payments, certs, folder, refused }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port // sound: listening on TCP

/** The example's own, on free ports. */
function configuration(bank: Server, issuer: Server): string {
  const text = readFileSync(join(import.meta.dirname, 'npm-start.yaml'), 'utf8')
  const moved = text
    .replaceAll(/listen: 127\.0\.0\.1:\d+/g, 'listen: 127.0.0.1:0')
    .replace(/publicOrigins: .*/, `publicOrigins: ["${NAMED}"]`)
    .replaceAll('http://127.0.0.1:9080', `http://127.0.0.1:${portOf(bank)}`)
    .replace('http://127.0.0.1:9081/jwks', `http://127.0.0.1:${portOf(issuer)}/jwks`)
  assert.ok(!/:(8080|8443|9080)\b/.test(moved))
  return moved
}

async function addresses({ stdout, stderr }: ChildProcess): Promise<readonly string[]> {
  assert.ok(stdout !== null && stderr !== null)
  let said = ''
  stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for await (const line of createInterface({ input: stdout })) {
    const { addresses: found } = JSON.parse(line) as { readonly addresses?: readonly string[] } // sound: read as optional
    if (found !== undefined) return found
  }
  throw new Error(said)
}

test('the tour: what is served, what is refused, and that one payment is made', async (t) => {
  const { results, payments, certs, folder, refused } = await played(t)
  assert.deepEqual(
    results.map((result) => [result.call.title, answerOf(result)]),
    WANTED,
  )
  for (const { body, call } of results)
    for (const word of NEVER) assert.ok(!JSON.stringify(body ?? '').includes(word), call.title)
  assert.equal(payments.orders.length, 1)
  // Everything that the gateway sent was taken, and nothing else.
  assert.deepEqual(refused, ['bank: refused GET /open-banking/v4.0/aisp/accounts: no context'])

  // A key is for its owner alone, and the certificates are kept while they are good.
  assert.equal(statSync(certs.pem('qwac-pis-key')).mode & 0o077, 0)
  const before = certs.thumbprint('qwac-pis')
  const never = (): Promise<never> => Promise.reject(new Error('made again'))
  const kept = await certificates(join(folder, 'certs'), clock, never)
  assert.equal(kept.thumbprint('qwac-pis'), before)
  await assert.rejects(
    certificates(join(folder, 'certs'), () => clock() + 61 * 86_400_000, never),
    /made again/,
  )
})
