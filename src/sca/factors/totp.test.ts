/** RFC 6238 to its letter, with numbers of its own: a step of thirty seconds, six digits, one step around, each code once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock, JsonValue } from '../../lib/index.ts'
import type { AnswerContext, EnrolledFactor } from './factor.ts'
import { totpCode, totpFactor } from './totp.ts'

/** Of appendix B, and of RFC 4226 appendix D. */
const SEED = Buffer.from('12345678901234567890')
const clockAt = (now: number): Clock => ({ now: () => now, monotonic: () => now })
const factorAt = (now: number) => totpFactor(clockAt(now), (count) => new Uint8Array(count).fill(7))
const tokenOf = (id: string, counter: number, seed: JsonValue = SEED.toString('base64url')) =>
  ({ id, kind: 'totp', counter, createdAt: 0, usedAt: null, secret: { seed } }) as EnrolledFactor
/** Step that is used up by it; `undefined`: it is wrong. */
async function judged(value: JsonValue, now: number, counter = -1): Promise<number | undefined> {
  // Sound: of all that an answer may be about, this factor looks at the time only.
  const context = { now, asked: {} } as unknown as AnswerContext
  const judgement = await factorAt(now).judge(value, [tokenOf('t', counter)], context)
  return judgement.ok ? judgement.use.counter : undefined
}

test('codes are those of the standard', () => {
  for (const [seconds, code] of [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ] as const) {
    const step = Math.floor(seconds / 30)
    assert.equal(totpCode(SEED, step, 8), code)
    assert.equal(totpCode(SEED, step), code.slice(2), 'six digits are the last six')
  }
})

test('a code is good in its thirty seconds and the thirty before and after, to the millisecond', async () => {
  // Of the step that begins at 01:58:00 on 18 March 2005.
  const [code, step, begin] = ['081804', 37_037_036, 1_111_111_080_000] as const
  for (const [at, used] of [
    [-30_001, undefined],
    [-30_000, step],
    [-1, step],
    [0, step],
    [29_999, step],
    [59_999, step],
    [60_000, undefined],
  ] as const)
    assert.equal(await judged(code, begin + at), used, `${at} ms after its beginning`)
})

test('a step that was used is used, and those before it', async () => {
  assert.equal(await judged('287082', 59_000, 0), 1)
  assert.equal(await judged('287082', 59_000, 1), undefined)
  assert.equal(await judged('287082', 59_000, 2), undefined)
})

test('of two steps with one code the later is used up, so that it is not good again a step later', async () => {
  const [step, code] = [910_737, '911617'] as const
  assert.equal(totpCode(SEED, step), code)
  assert.equal(totpCode(SEED, step + 1), code)
  const used = await judged(code, step * 30_000)
  assert.equal(used, step + 1)
  assert.equal(await judged(code, (step + 1) * 30_000, used), undefined)
})

test('only text of six digits is a code', async () => {
  for (const value of [287_082, ['287082'], null, '', '87082', '0287082', '287082 ', '94287082'])
    assert.equal(await judged(value, 59_000), undefined, JSON.stringify(value))
  const context = { now: 59_000, asked: {} } as unknown as AnswerContext // sound: see above
  const judge = (...tokens: EnrolledFactor[]) => factorAt(0).judge('287082', tokens, context)
  assert.deepEqual(await judge(tokenOf('odd', -1, null)), { ok: false })
  assert.deepEqual(await judge(tokenOf('spent', 1), tokenOf('second', 0)), {
    ok: true,
    use: { id: 'second', counter: 1 },
  })
})

test('who enrols shows that the token has the seed: 160 bits, thirty seconds, six digits', async () => {
  const factor = factorAt(59_000)
  const begun = await factor.beginEnrolment({} as Parameters<typeof factor.beginEnrolment>[0])
  assert.ok(begun.ok)
  const seed = begun.options['seed']
  assert.deepEqual(begun.options, { seed, algorithm: 'SHA1', digits: 6, period: 30 })
  assert.ok(typeof seed === 'string')
  assert.equal(Buffer.from(seed, 'base64url').length, 20)
  const pending = { seed: SEED.toString('base64url') }
  const finished = await factor.finishEnrolment(pending, '287082')
  assert.deepEqual(finished, { ok: true, secret: pending, counter: 1 })
  const wrong = { ok: false, fault: 'wrong-answer' }
  assert.deepEqual(await factor.finishEnrolment(pending, '287083'), wrong)
  assert.deepEqual(await factor.finishEnrolment({}, '287082'), wrong)
})
