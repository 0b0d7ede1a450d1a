/** What `npm run bench:gateway` says of its own figures: the ratio, the target, and who was not there. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { cpuMicrosOf, familyOf } from '../../bench/gateway/cpu-time.ts'
import { printed, report, type Result } from '../../bench/gateway/report.ts'
import { forged } from '../../bench/gateway/request.ts'

const SETTINGS = { connections: 32, requests: 1_000, rounds: 2 }
const result = (name: string, cpuMicros: number): Result => ({
  name,
  version: '1',
  cpuMicros,
  requestsPerSecond: 10_000.4,
  p99Ms: 1.234,
})

test('`report` divides ours by each, for the same size of answer', () => {
  const { results, target } = report(
    SETTINGS,
    [
      result('nginx', 20),
      result('envoy-jwt-cached', 40),
      result('gatehouse-ais', 44),
      result('nginx-10kb', 30),
      result('gatehouse-ais-10kb', 90),
    ],
    [],
  )
  assert.deepEqual(
    results.map(({ name, oursBy }) => [name, oursBy]),
    [
      ['nginx', 2.2],
      ['envoy-jwt-cached', 1.1],
      ['gatehouse-ais', 1],
      ['nginx-10kb', 3],
      ['gatehouse-ais-10kb', 1],
    ],
  )
  assert.deepEqual(target, { peer: 'envoy-jwt-cached', ratioLimit: 1.1, ratio: 1.1, met: true })
})

test('`report` calls a target missed beyond its edge, and unknown without its peer', () => {
  const ours = result('gatehouse-ais', 44.1)
  assert.equal(report(SETTINGS, [ours, result('envoy-jwt-cached', 40)], []).target.met, false)
  const absent = ['envoy', 'envoy-jwt-cached', 'envoy-jwt-uncached']
  const alone = report(SETTINGS, [ours], absent)
  assert.deepEqual(alone.target.met, null)
  assert.deepEqual(alone.absent, absent)
  assert.match(printed(alone), /absent on this machine: envoy, envoy-jwt-cached/)
  assert.match(printed(alone), /not measured/)
})

test('`forged` changes one letter of the signature, and nothing else', () => {
  const token = `${'h'.repeat(40)}.${'p'.repeat(200)}.${'A'.repeat(342)}`
  const other = forged(token)
  assert.equal(other.length, token.length)
  const changed = [...token].filter((letter, at) => letter !== other[at])
  assert.equal(changed.length, 1)
  assert.equal(other.split('.').slice(0, 2).join(), token.split('.').slice(0, 2).join())
})

test('`cpuMicrosOf` counts a process with its children, as nginx needs it', async (t) => {
  const busy = 'const end = Date.now() + 300; while (Date.now() < end); process.stdin.resume()'
  const script = `const { spawn } = require('node:child_process'); const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${busy}; console.log('done')`)}], { stdio: ['pipe', 'inherit', 'inherit'] }); process.stdin.resume()`
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => {
    for (const pid of familyOf(parent.pid ?? 0).toReversed()) process.kill(pid, 'SIGKILL')
  })
  await once(parent.stdout, 'data')
  const family = familyOf(parent.pid ?? 0)
  assert.equal(family.length, 2)
  const [, child = 0] = family
  assert.ok(
    cpuMicrosOf(child) > 20_000,
    'it was busy for a while, on a processor of its own or not',
  )
  assert.ok(cpuMicrosOf(parent.pid ?? 0) > cpuMicrosOf(child) - 1)
})
