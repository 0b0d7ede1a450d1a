/** OCSP as a trust store asks it: once, in time, again before the end, and never good without an answer that counts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CLIENT_AUTH,
  makeParty,
  ocspAnswer,
  type Party,
  refusal,
  type Single,
} from '../../../test/support/ocsp-authority.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import type { OcspConfig } from '../../config/index.ts'
import {
  type AskResponder,
  type CertificateStatus,
  certificateStatus,
  KEPT_MS,
  MAX_QUESTIONS,
  MAX_STATUSES,
} from './certificate-status.ts'

const HOUR_MS = 3_600_000
const CONFIG: OcspConfig = {
  responder: 'http://ocsp.example/',
  mode: 'required',
  timeoutMs: 2_000,
  maxAgeSeconds: 3_600,
  certificateId: 'sha1',
  nonce: false,
}
const START = new FakeClock().now()
const ca = makeParty({ name: 'CA', now: START, ca: true, notAfter: START + 9_000 * HOUR_MS })
const client = makeParty({ name: 'client', now: START, issuer: ca, uses: [CLIENT_AUTH] })
const never = (): boolean => false

interface Rig {
  readonly clock: FakeClock
  readonly status: CertificateStatus
  /** What was asked, and where. */
  readonly asked: { url: string; namedBy: string; request: Uint8Array; signal: AbortSignal }[]
  /** What the responder says from now on. */
  say(answer: () => Uint8Array | Promise<Uint8Array>): void
  good(more?: Partial<Single>): Uint8Array
  /** What is known of the client, once all that is being asked is answered. */
  known(of?: Party): Promise<string>
}

function rig(config: Partial<OcspConfig> = {}): Rig {
  const clock = new FakeClock()
  const asked: Rig['asked'] = []
  const good = (more: Partial<Single> = {}): Uint8Array =>
    ocspAnswer({
      signer: ca,
      singles: [
        {
          certificate: client.certificate,
          issuer: ca.certificate,
          thisUpdate: clock.now(),
          nextUpdate: clock.now() + HOUR_MS,
          ...more,
        },
      ],
    })
  let answer: () => Uint8Array | Promise<Uint8Array> = good
  const ask: AskResponder = async ({ url, namedBy }, request, signal) => {
    asked.push({ url, namedBy, request, signal })
    return answer()
  }
  const randomBytes = (count: number): Uint8Array => new Uint8Array(count).fill(5)
  const status = certificateStatus(
    'psd2',
    { ...CONFIG, ...config },
    { clock, scheduler: clock, randomBytes, ask },
  )
  return {
    clock,
    status,
    asked,
    good,
    say: (other) => (answer = other),
    async known({ certificate } = client) {
      const before = status.of(certificate, ca.certificate, never)
      const waiting = status.settled(certificate.thumbprint)
      if (waiting === undefined) return before.status
      await waiting
      return status.of(certificate, ca.certificate, never).status
    },
  }
}

test('unknown until the first answer, then as it says, with one question', async () => {
  const { status, known, asked, clock } = rig()
  assert.equal(status.of(client.certificate, ca.certificate, never).status, 'unknown')
  const { version } = status
  assert.equal(await known(), 'good')
  assert.ok(status.version > version, 'facts are made again')
  assert.deepEqual(status.of(client.certificate, ca.certificate, never), {
    status: 'good',
    until: clock.now() + HOUR_MS,
  })
  assert.equal(asked.length, 1)
  assert.equal(status.settled(client.certificate.thumbprint), undefined)
})

test('fifty at once are one question', async () => {
  const { known, asked } = rig()
  const all = await Promise.all(Array.from({ length: 50 }, () => known()))
  assert.deepEqual(new Set(all), new Set(['good']))
  assert.equal(asked.length, 1)
})

test('a certificate that is revoked is so at once, and stays so while nobody answers', async () => {
  const { known, say, good, status, clock } = rig()
  assert.equal(await known(), 'good')
  say(() => good({ status: 'revoked' }))
  const { version } = status
  clock.advance(HOUR_MS / 2 + 1_000)
  assert.equal(await known(), 'revoked')
  assert.ok(status.version > version)
  say(() => refusal(3))
  clock.advance(3 * HOUR_MS)
  assert.equal(await known(), 'revoked')
  say(() => good())
  clock.advance(60_000)
  assert.equal(await known(), 'good', 'a hold that was lifted')
})

test('an answer is renewed before it ends, without a request', async () => {
  const { known, asked, clock, status } = rig()
  assert.equal(await known(), 'good')
  const { version } = status
  clock.advance(HOUR_MS / 2 - 1_000)
  assert.equal(asked.length, 1)
  clock.advance(1_000)
  assert.equal(asked.length, 2)
  await status.settled(client.certificate.thumbprint)
  clock.advance(1_000)
  assert.equal(status.version, version + 1)
  const now = status.of(client.certificate, ca.certificate, never)
  assert.ok(now.status === 'good' && now.until > clock.now() + HOUR_MS - 5_000)
})

test('an answer that holds for a week is asked for again within the age that is allowed', async () => {
  const { known, asked, clock, say, good } = rig()
  say(() => good({ nextUpdate: clock.now() + 168 * HOUR_MS }))
  assert.equal(await known(), 'good')
  clock.advance(HOUR_MS + 1_000)
  assert.equal(asked.length, 2)
})

test('nobody answers any more: good until the last answer ends, then unknown', async () => {
  const { known, clock, say, status } = rig()
  assert.equal(await known(), 'good')
  say(() => Promise.reject(new Error('gone')))
  clock.advance(HOUR_MS - 1_000)
  assert.equal(await known(), 'good')
  assert.match(
    status.problems.join(),
    /^trust store psd2: the OCSP responder http:\/\/ocsp\.example: /,
  )
  clock.advance(2_000)
  assert.equal(await known(), 'unknown')
})

for (const [title, answer] of [
  ['tryLater', () => refusal(3)],
  ['malformed', () => Buffer.from('no')],
  ['too large', () => Buffer.alloc(1_000_000)],
  ['no connection', () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))],
] as const)
  test(`${title}: unknown, asked again later and later, and good once it answers`, async () => {
    const { known, say, asked, clock, status, good } = rig()
    say(answer)
    assert.equal(await known(), 'unknown')
    assert.equal(await known(), 'unknown')
    assert.equal(asked.length, 1, 'not before its time')
    const counts: number[] = []
    for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
      clock.advance(wait * 1_000)
      await known()
      counts.push(asked.length)
    }
    assert.deepEqual(counts, [2, 3, 4, 5, 6, 7, 8, 9])
    assert.equal(status.problems.length, 1)
    say(() => good())
    clock.advance(60_000)
    assert.equal(await known(), 'good')
    assert.deepEqual(status.problems, [])
  })

test('a slow one is late after the time-out, and its question is ended', async () => {
  const { say, status, clock, asked } = rig()
  say(() => new Promise(() => undefined))
  assert.equal(status.of(client.certificate, ca.certificate, never).status, 'unknown')
  const waiting = status.settled(client.certificate.thumbprint)
  clock.advance(2_000)
  await waiting
  assert.equal(asked[0]?.signal.aborted, true)
  assert.match(status.problems.join(), /no answer in time/)
  assert.equal(status.of(client.certificate, ca.certificate, never).status, 'unknown')
})

test('what was true once is not true again: an older answer changes nothing', async () => {
  const { known, say, good, clock } = rig()
  const old = good()
  clock.advance(10_000)
  say(() => good({ status: 'revoked' }))
  assert.equal(await known(), 'revoked')
  say(() => old)
  clock.advance(HOUR_MS / 4)
  assert.equal(await known(), 'revoked')
})

test('the responder that a certificate names, unless one is configured; only over HTTP', async () => {
  const of = (ocsp?: string): Party =>
    makeParty({ name: 'named', now: START, issuer: ca, ...(ocsp !== undefined && { ocsp }) })
  const open = rig({ responder: null })
  await open.known(of('http://aia.example/ocsp'))
  assert.deepEqual(
    [open.asked[0]?.url, open.asked[0]?.namedBy],
    ['http://aia.example/ocsp', 'certificate'],
  )
  for (const party of [
    of(),
    of('ldap://aia.example/'),
    of('file:///etc/passwd'),
    of('http://u:p@aia.example/'),
  ])
    assert.equal(await open.known(party), 'unknown')
  assert.equal(open.asked.length, 1)
  const configured = rig()
  await configured.known(of('http://aia.example/ocsp'))
  assert.equal(configured.asked[0]?.namedBy, 'configuration')
})

test('with a nonce, an answer that was made before counts for nothing', async () => {
  const { known, asked } = rig({ nonce: true })
  assert.equal(await known(), 'unknown')
  assert.ok(Buffer.from(asked[0]?.request ?? []).includes(Buffer.alloc(32, 5)))
})

test('a certificate that has ended is asked about no more', async () => {
  const { known, asked, clock } = rig()
  const short = makeParty({ name: 'short', now: START, issuer: ca, notAfter: START })
  clock.advance(1_000)
  assert.equal(await known(short), 'unknown')
  assert.equal(asked.length, 0)
})

test('nobody asks on about a certificate that is not used; its facts are made again when the answer ends', async () => {
  const { known, asked, clock, status } = rig({ maxAgeSeconds: 604_800 })
  assert.equal(await known(), 'good')
  let questions = 1
  for (let hour = 0; hour < 30; hour++) {
    clock.advance(HOUR_MS)
    await status.settled(client.certificate.thumbprint)
    await new Promise(setImmediate)
  }
  questions = asked.length
  assert.ok(questions > 20, `${questions}`)
  const { version } = status
  clock.advance(KEPT_MS)
  assert.equal(asked.length, questions)
  assert.equal(status.version, version)
  assert.equal(await known(), 'good')
  assert.equal(asked.length, questions + 1)
})

test('the cache has its bound: one more, and the least used goes', async () => {
  const { status, asked, clock } = rig()
  const copy = (at: number): Party['certificate'] => ({
    ...client.certificate,
    thumbprint: `t${at}`,
  })
  const ask = (at: number): void => {
    status.of(copy(at), ca.certificate, never)
  }
  for (let at = 0; at < MAX_STATUSES; at++) {
    ask(at)
    if (at % MAX_QUESTIONS === MAX_QUESTIONS - 1) await new Promise(setImmediate)
  }
  await new Promise(setImmediate)
  clock.advance(0)
  assert.equal(asked.length, MAX_STATUSES)
  ask(0)
  ask(MAX_STATUSES) // in place of 1
  await status.settled(`t${MAX_STATUSES}`)
  assert.equal(asked.length, MAX_STATUSES + 1)
  ask(0)
  assert.equal(asked.length, MAX_STATUSES + 1)
  ask(1)
  assert.equal(asked.length, MAX_STATUSES + 2)
})

test('questions at a time have their bound; the others are asked with the next look', async () => {
  const { status, asked, clock, say } = rig()
  const answers: (() => void)[] = []
  say(() => new Promise((resolve) => answers.push(() => resolve(refusal(3)))))
  for (let at = 0; at <= MAX_QUESTIONS; at++)
    status.of({ ...client.certificate, thumbprint: `t${at}` }, ca.certificate, never)
  assert.equal(asked.length, MAX_QUESTIONS)
  for (const one of answers) one()
  for (let at = 0; at < MAX_QUESTIONS; at++) await status.settled(`t${at}`)
  clock.advance(1_000)
  assert.ok(asked.length > MAX_QUESTIONS)
  status.close()
})

test('the first look asks, even if the clock goes on meanwhile', () => {
  const clock = new FakeClock()
  let reads = 0
  const ticking = { now: () => clock.now() + reads++, monotonic: () => clock.monotonic() }
  const status = certificateStatus('psd2', CONFIG, {
    clock: ticking,
    scheduler: clock,
    randomBytes: (count) => new Uint8Array(count),
    ask: () => new Promise(() => undefined),
  })
  assert.equal(status.of(client.certificate, ca.certificate, never).status, 'unknown')
  assert.ok(
    status.settled(client.certificate.thumbprint) !== undefined,
    'who comes first waits for the answer',
  )
  status.close()
})

test('what responders said is counted, and how old the oldest answer is that counts', async () => {
  const { known, say, good, status, clock } = rig()
  assert.deepEqual(status.counts, { good: 0, revoked: 0, unknown: 0, failed: 0 })
  assert.equal(status.oldestMs(), 0)
  say(() => good({ thisUpdate: clock.now() - 60_000 }))
  assert.equal(await known(), 'good')
  clock.advance(1_000)
  assert.equal(status.oldestMs(), 61_000)
  say(() => refusal(3))
  clock.advance(HOUR_MS / 2 + 1_000)
  assert.equal(await known(), 'good')
  clock.advance(HOUR_MS)
  assert.equal(status.oldestMs(), 0, 'it has ended')
  say(() => good({ status: 'revoked' }))
  // Questions under way when the time jumped are late; the next one is not.
  for (let time = 0; time < 3 && (await known()) !== 'revoked'; time++) clock.advance(60_000)
  assert.equal(await known(), 'revoked')
  const { failed, ...told } = status.counts
  assert.deepEqual(told, { good: 1, revoked: 1, unknown: 0 })
  assert.ok(failed >= 1)
})
