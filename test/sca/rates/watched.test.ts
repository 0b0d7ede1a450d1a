/** The file of rates in a running instance: read at the start, read again when it changes, and what is broken leaves what was before. */
import assert from 'node:assert/strict'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { ageProblem, RATES_CHECK_MS, watchRates } from '../../../src/app/sca/watched-rates.ts'
import { MAX_RATE_AGE_MS, MAX_RATES_BYTES } from '../../../src/sca/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const NOW = Date.UTC(2026, 10, 29, 12)
const never = AbortSignal.timeout(60_000)
const RATES = 'Date,USD\n2026-11-27,1.25\n'

function watched(t: TestContext, content: string | undefined) {
  const file = join(temporaryFolder(t), 'rates.csv')
  const put = (text: string): void => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  if (content !== undefined) put(content)
  const clock = new FakeClock(NOW)
  const said: string[] = []
  const rates = watchRates(
    { file, source: 'tests' },
    { clock, scheduler: clock, say: (text) => void said.push(text) },
  )
  t.after(() => rates.stop())
  const usd = () => rates.rate({ currency: 'USD', target: 'EUR', at: clock.now() }, never)
  /** At the next look, and once it has ended. */
  const looked = async (done: () => boolean | Promise<boolean>): Promise<void> => {
    clock.advance(RATES_CHECK_MS)
    for (let turns = 0; !(await done()); turns++) {
      assert.ok(turns < 10_000, `it was not looked at: ${said.join('\n')}`)
      await turn()
    }
  }
  return { file, put, clock, said, rates, usd, looked }
}

test('the first question waits for the first look, and a change is a change of the rate', async (t) => {
  const { put, said, rates, usd, looked } = watched(t, RATES)
  const day = Date.UTC(2026, 10, 27)
  assert.deepEqual(await usd(), { value: '1/1.25', source: 'tests', at: day })
  assert.deepEqual(rates.problems(), [])
  put('Date,USD\n2026-11-28,1.5\n2026-11-27,1.25\n')
  await looked(async () => (await usd())?.value === '1/1.5')
  assert.deepEqual(said, [])
})

test('a file that is broken leaves the rates of before, is told once with its place, and once when it is mended', async (t) => {
  const { file, put, said, rates, usd, looked } = watched(t, RATES)
  assert.equal((await usd())?.value, '1/1.25')
  put('Date,USD\n2026-11-27,1.25\n2026-11-28,hush\n')
  await looked(() => said.length === 1)
  assert.match(said[0] ?? '', /rates\.csv:3:12: GH_SCA_RATES .*those of before go on/)
  assert.equal(said[0]?.includes('hush'), false, 'what is in the file is not quoted')
  assert.equal(rates.problems().length, 1)
  assert.equal((await usd())?.value, '1/1.25')
  rmSync(file)
  await looked(() => said.length === 2)
  assert.match(said[1] ?? '', /:1:1: GH_SCA_RATES .*ENOENT/)
  assert.equal((await usd())?.value, '1/1.25')
  put(RATES)
  await looked(() => said.length === 3)
  assert.deepEqual(rates.problems(), [])
  assert.doesNotMatch(said[2] ?? '', /GH_SCA_RATES/)
})

for (const [what, content] of [
  ['is not there', undefined],
  ['is empty', ''],
  ['is no file of rates', '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n'],
  ['is too large', `${RATES}${'\n'.repeat(MAX_RATES_BYTES)}`],
] as const)
  test(`a file that ${what} at the start gives no rate and is told with its place`, async (t) => {
    const { put, said, rates, usd, looked } = watched(t, content)
    assert.equal(await usd(), undefined)
    await rates.ready
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', /rates\.csv:1:1: GH_SCA_RATES .*there are no rates/)
    assert.doesNotMatch(said[0] ?? '', /PRIVATE|MIIE/)
    put(RATES)
    await looked(async () => (await usd())?.value === '1/1.25')
  })

test('a day that has not come yet is refused, and read once it has come', async (t) => {
  const { clock, rates, usd, looked } = watched(t, 'Date,USD\n2026-12-01,1.5\n')
  await rates.ready
  assert.equal(rates.problems().length, 1)
  clock.advance(Date.UTC(2026, 11, 1) - NOW)
  await looked(async () => (await usd())?.value === '1/1.5')
  assert.deepEqual(rates.problems(), [])
})

test('rates that nobody brings up to date are told once they compare nothing', async (t) => {
  const { clock, said, rates, looked } = watched(t, RATES)
  await rates.ready
  const day = Date.UTC(2026, 10, 27)
  clock.advance(day + MAX_RATE_AGE_MS - NOW - RATES_CHECK_MS)
  await looked(() => true)
  assert.deepEqual(rates.problems(), [])
  clock.advance(1)
  assert.equal(rates.problems().length, 1)
  await looked(() => said.length === 1)
  assert.match(said[0] ?? '', /2026-11-27/)
  assert.doesNotMatch(said[0] ?? '', /go on/)
})

test('`ageProblem` begins a millisecond after the last rate that compares', () => {
  const rates = { days: 1, newest: NOW, rate: () => undefined }
  assert.equal(ageProblem(rates, 'r', NOW + MAX_RATE_AGE_MS), undefined)
  assert.match(ageProblem(rates, 'r', NOW + MAX_RATE_AGE_MS + 1) ?? '', /2026-11-29/)
})
