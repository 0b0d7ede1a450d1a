import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { createLog, MAX_TEXT_CHARS, REPEATS_PER_MINUTE, type LogSettings } from './log.ts'

function logging(settings: LogSettings = { level: 'info', format: 'json' }) {
  const lines: string[] = []
  const clock = new FakeClock()
  const log = createLog(
    () => settings,
    (line) => void lines.push(line),
    clock,
  )
  const objects = (): Record<string, unknown>[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>) // sound: format json
  return { log, lines, clock, objects }
}

test('`createLog` writes one JSON object per line', () => {
  const { log, objects } = logging()
  log.info('started', 'listening on x', { plan: 'sha256:00', apis: 3, none: undefined, gone: null })
  assert.deepEqual(objects(), [
    {
      time: '2026-01-05T09:00:00.000Z',
      level: 'info',
      code: 'started',
      message: 'listening on x',
      plan: 'sha256:00',
      apis: 3,
      gone: null,
    },
  ])
})

test('`createLog`: a field cannot pretend to be the level or the time', () => {
  const { log, objects } = logging()
  log.error('x', 'y', { level: 'debug', time: 'never', message: 'z', code: 'q' })
  assert.deepEqual(objects(), [
    { level: 'error', time: '2026-01-05T09:00:00.000Z', message: 'y', code: 'x' },
  ])
})

test('`createLog` leaves out what is below the level, and hears when it changes', () => {
  const settings = { level: 'warn' as LogSettings['level'], format: 'json' as const }
  const { log, objects } = logging(settings)
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level, '')
  settings.level = 'debug'
  log.debug('debug', '')
  assert.deepEqual(
    objects().map(({ code }) => code),
    ['warn', 'error', 'debug'],
  )
})

test('`createLog` in text: one line for people, whatever breaks lines', () => {
  const { log, lines } = logging({ level: 'info', format: 'text' })
  log.warn('remark', 'first\nsecond', { api: 'a\r\nb' })
  assert.deepEqual(lines, ['2026-01-05T09:00:00.000Z warn  remark first second api=a b'])
})

test('`createLog` holds repeats back and says how many, by kind and API', () => {
  const { log, objects, clock } = logging()
  for (let at = 0; at < REPEATS_PER_MINUTE + 5; at++) {
    log.error('alarm', `no ${at}`)
    log.error('alarm', `no ${at}`, { api: 'a' })
  }
  assert.equal(objects().length, 2 * REPEATS_PER_MINUTE)
  clock.advance(60_000)
  log.error('alarm', 'again')
  assert.equal(objects().at(-1)?.['leftOut'], 5)
  log.error('alarm', 'and again')
  assert.equal(objects().at(-1)?.['leftOut'], undefined)
})

test('`createLog` cuts what is too long', () => {
  const { log, objects } = logging()
  log.info('x', 'y'.repeat(MAX_TEXT_CHARS))
  log.info('x', 'y'.repeat(MAX_TEXT_CHARS + 1))
  assert.deepEqual(
    objects().map(({ message }) => String(message).length),
    [MAX_TEXT_CHARS, MAX_TEXT_CHARS + 1],
  )
  assert.ok(String(objects()[1]?.['message']).endsWith('y…'))
})

const SECRETS = [
  'eyJhbGciOiJQUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl',
  'Bearer 0123456789abcdef',
  'basic dXNlcjpwYXNzd29yZA==',
  'DE89370400440532013000',
  'GB29 NWBK 6016 1331 9268 19',
  '4111 1111 1111 1111',
  '4111111111111111',
]
test('`createLog`: no token and no account number gets through, wherever it stands', () => {
  const word = fc.constantFrom('the', 'file', '/etc/x.yaml', ':', '"', '\n', 'at')
  fc.assert(
    fc.property(
      fc.constantFrom(...SECRETS),
      fc.array(word, { maxLength: 6 }),
      fc.array(word, { maxLength: 6 }),
      fc.constantFrom('json', 'text'),
      (secret, before, after, format) => {
        const { log, lines } = logging({ level: 'info', format })
        const text = [...before, secret, ...after].join(' ')
        log.info('x', text, { detail: text })
        const core = secret.replace(/^(?:bearer|basic) /i, '')
        assert.ok(!lines.join().includes(core), lines.join())
      },
    ),
    { numRuns: 2_000 },
  )
})

test('`createLog`: a password in a URL stays behind', () => {
  const { log, lines } = logging()
  log.info('x', 'postgres://gate:hunter2@db.bank.example/gate')
  assert.doesNotMatch(lines.join(), /hunter2/)
  assert.match(lines.join(), /db\.bank\.example/)
})

test('`createLog`: what is no secret stays readable', () => {
  const { log, objects } = logging()
  const text = `plan sha256:${'0123456789abcdef'.repeat(4)} of 01jd3v8q6w2t5k9m4n7p1r0xyz at 2026-11-28T21:00:00.000Z, 10.0.0.1:8080`
  log.info('x', text)
  assert.equal(objects()[0]?.['message'], text)
})
