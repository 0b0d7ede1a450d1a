/** `npm run fuzz` itself: what it prints, what it refuses, how it ends. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { fuzzOptions } from '../../tools/fuzz/options.ts'
import { defineSuite, runSuite } from './suite.ts'

const FUZZ = join(import.meta.dirname, '..', '..', 'tools', 'fuzz', 'fuzz.ts')
const KNOWN = ['templates', 'plans']

test('`npm run fuzz` runs what it is asked and tells it in JSON', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [FUZZ, '--only', 'templates', '--runs', '300', '--seed', '7', '--json'],
    { encoding: 'utf8' },
  )
  assert.equal(status, 0, stderr)
  const told = JSON.parse(stdout) as Record<string, unknown> // sound: read as unknowns
  assert.deepEqual([told['seed'], told['cases']], [7, 300])
  assert.match(stderr, /^seed 7, 300 cases of each of 1 suites/)
})

test('`npm run fuzz` ends cleanly when it is interrupted, and says how far it came', async () => {
  const child = spawn(
    process.execPath,
    [FUZZ, '--only', 'templates', '--runs', '1000000000', '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  await once(child.stderr, 'data')
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null] // sound: as node:child_process says
  assert.equal(code, 130)
  assert.match(out, /"ended":"stopped"/)
})

test('`fuzzOptions` takes defaults from the environment and refuses what it does not know', () => {
  const env = { GATEHOUSE_FUZZ_RUNS: '5', GATEHOUSE_FUZZ_SEED: '6' }
  const options = fuzzOptions([], env, 1, KNOWN)
  assert.ok(typeof options !== 'string')
  assert.deepEqual([options.runs, options.seed, options.only, options.json], [5, 6, KNOWN, false])
  const own = fuzzOptions(['--runs', '9', '--seed', '8', '--only', 'plans'], env, 1, KNOWN)
  assert.ok(typeof own !== 'string')
  assert.deepEqual([own.runs, own.seed, own.only], [9, 8, ['plans']])
  for (const args of [['--only', 'x'], ['--runs', '0'], ['--seed', 'x'], ['--what'], ['stray']])
    assert.equal(typeof fuzzOptions(args, {}, 1, KNOWN), 'string', args.join(' '))
})

test('`runSuite` finds a fault, shrinks it, and gives the same again for the same seed', async () => {
  const suite = defineSuite<number>({ name: 'faulty', holds: 'no number is large' }, () => ({
    input: fc.nat(),
    check: (value) => assert.ok(value < 1_000, 'too large'),
  }))
  const first = await runSuite(suite, { cases: 100, seed: 3 })
  assert.equal(first.failure?.input, 1_000)
  const again = await runSuite(suite, { cases: 100, seed: 3 })
  assert.deepEqual(again.failure?.input, first.failure?.input)
})

test('`runSuite` calls a case that takes too long a fault', async () => {
  const suite = defineSuite<number>({ name: 'slow', holds: 'it is quick' }, () => ({
    input: fc.constant(1),
    check() {
      const until = performance.now() + 20_000
      const before = process.cpuUsage()
      while (performance.now() < until && process.cpuUsage(before).user < 1_300_000);
    },
  }))
  const { failure } = await runSuite(suite, { cases: 1, seed: 1 })
  assert.match(failure?.error ?? '', /one case took/)
})
