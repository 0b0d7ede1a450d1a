/** `sca.sender` of the file is where codes of the bank go, over real HTTP; without it, whoever approves has them. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { openStrong } from '../../src/app/sca/open-strong.ts'
import type { ScaConfig, ScaServiceConfig } from '../../src/config/index.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { keysOfSecret } from '../../src/store/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { memoryUnits } from './memory-units.ts'

async function opened(t: TestContext, sender: ScaServiceConfig | null) {
  const clock = new FakeClock()
  const said: string[] = []
  const events: unknown[] = []
  const store = memoryUnits(scaMigrations)
  const sca: ScaConfig = {
    jurisdiction: 'EU',
    acr: 'urn:bank:sca',
    factors: { passcode: true, transactionCode: null, totp: true, passkeys: null },
    limits: { failures: 5 },
    monitoring: null,
    payeeCheck: null,
    sender,
    push: null,
    notices: null,
    rates: null,
    developmentMonitoring: null,
    developmentEnrolments: null,
  }
  const { codes, stop } = await openStrong({
    // Sound: of the authorization server only its name is asked.
    config: { identity: { issuer: 'https://login.bank.example' } as never, sca },
    // Sound: nothing is decided here.
    ledger: {} as never,
    names: {} as never,
    evidence: { write: (event: unknown) => Promise.resolve(String(events.push(event))) },
    store,
    secrets: keysOfSecret('of codes that are sent'.repeat(3)),
    clock,
    scheduler: clock,
    randomBytes,
    plan: () => ({ apis: [] }),
    say: (text) => said.push(text),
  })
  t.after(async () => {
    stop()
    await store.close()
  })
  assert.ok(codes)
  const request = {
    kinds: ['passcode', 'totp'],
    channels: ['post', 'message'],
    lifeMs: 60_000,
    recovers: false,
  } as const
  await codes.propose('cust-1', request, { who: 'ann', reason: 'new' })
  const approved = () => codes.approve('cust-1', 'ines')
  return { approved, records: () => JSON.stringify([said, events]) }
}

test('codes go to the service of the file and come back to nobody; one that does not take them has none', async (t) => {
  const bodies: string[] = []
  let status = 202
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // sound: it listens on a port
  const url = `http://127.0.0.1:${port}/codes`
  const { approved, records } = await opened(t, { url, token: null, tls: null, timeoutMs: 5_000 })
  status = 500
  await assert.rejects(approved(), { code: 'GH_SCA_BANK_UNREACHABLE' })
  status = 202
  bodies.length = 0
  const done = await approved()
  assert.ok(done.kind === 'given')
  assert.deepEqual(done.codes, [
    { kind: 'passcode', channel: 'post' },
    { kind: 'totp', channel: 'message' },
  ])
  const sent = bodies.map((body) => JSON.parse(body) as { activation: object; code: string })
  assert.deepEqual(
    sent.map(({ activation }) => activation),
    [
      { kind: 'passcode', channel: 'post' },
      { kind: 'totp', channel: 'message' },
    ].map((of) => ({
      subject: 'cust-1',
      ...of,
      until: 1767603660000,
      recovers: false,
      inTwo: false,
    })),
  )
  for (const { code } of sent) assert.ok(!records().includes(code))
})

test('without a service the codes are the answer to whoever approved', async (t) => {
  const { approved, records } = await opened(t, null)
  const done = await approved()
  assert.ok(done.kind === 'given')
  for (const { code = '' } of done.codes) {
    assert.match(code, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$/)
    assert.ok(!records().includes(code))
  }
})
