/** Configurations and plans that nobody means well, pushed at a gateway that serves: the last good one stays, and the reason is told. */
import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'node:test'
import fc from 'fast-check'
import { assemble, readConfig, type Running } from '../../src/app/index.ts'
import { controlDesk } from '../../src/app/control-desk.ts'
import { type Generation, makeGeneration } from '../../src/app/generation.ts'
import { createLog } from '../../src/app/log.ts'
import { createReload } from '../../src/app/reload.ts'
import type { AssembledApart } from '../../src/app/start/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { MemorySink } from '../support/memory-sink.ts'
import { call, up } from './gateway-process.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'
import { installation } from './installation.ts'

const PUSHES = 10_000 * Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 1)
const SOCKET_PUSHES = 40
/** What a run may leave behind; each push makes many times as much garbage. */
const MAX_GROWTH_BYTES = 96 * 1024 * 1024

/** A piece of text replaced by something that may or may not be YAML, a number too large, a place that is not there. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(40),
  put: fc.oneof(
    fc.string({ maxLength: 12, unit: 'binary' }),
    fc.constantFrom(
      '\n',
      ': ',
      '- ',
      '{',
      '[',
      '&a',
      '*a',
      '!!js',
      '\t',
      '\0',
      '"',
      '../',
      'apis:\n',
      '9e999',
      'null',
      '~',
      '|',
      '---\n',
    ),
  ),
})
const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 })
type Mutation = { readonly at: number; readonly cut: number; readonly put: string }

function mutated(text: string, changes: readonly Mutation[]): string {
  let now = text
  for (const { at, cut, put } of changes) {
    const place = Math.floor(at * now.length)
    now = now.slice(0, place) + put + now.slice(place + cut)
  }
  return now
}

function assembled(file: string): AssembledApart {
  const { config, diagnostics } = readConfig(file, {})
  if (config === undefined) return { ok: false, diagnostics }
  const { apis, policy, diagnostics: specMistakes } = assemble(config)
  const { placeOf: _, ...settings } = config
  return {
    ok: true,
    running: {
      config: settings,
      policy,
      records: apis.map(({ record }) => record),
      objectives: apis.map(({ objective }) => objective),
      specMistakes,
    },
  }
}

/** Bytes that something still holds: what waits to be collected is no growth. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

test(`${PUSHES} hostile pushes in this process: the last good configuration stays, each reason is told, memory is bounded`, async (t) => {
  const place = installation(t, meadowConfig('http://127.0.0.1:1'), MEADOW_FILES)
  const good = meadowConfig('http://127.0.0.1:1')
  const first = assembled(place.config)
  assert.ok(first.ok)
  let generation: Generation = makeGeneration(first.running)
  t.after(() => generation.keys.close())
  await generation.keys.ready
  let pushed: () => AssembledApart = () => first
  let swaps = 0
  const reload = createReload({
    elsewhere: () => [],
    clock: new FakeClock(),
    assemble: () => Promise.resolve().then(() => pushed()),
    current: () => generation,
    open: () => Promise.resolve({ take: () => undefined, discard: () => undefined }),
    swap(next) {
      swaps++
      const old = generation
      generation = next
      old.keys.close(next.keys)
      return Promise.resolve([])
    },
  })
  const sink = new MemorySink()
  const clock = new FakeClock()
  const desk = controlDesk({
    actions: {
      reload: reload.action,
      'observe-all': reload.action,
      'observe-all-end': reload.action,
    },
    events: sink,
    clock,
    uuid: () => 'id',
    pause: () => Promise.resolve(),
    log: createLog(
      () => ({ level: 'error', format: 'json' }),
      () => undefined,
      clock,
    ),
  })
  const seen = { refused: 0, unchanged: 0, done: 0 }
  const settle = async (): Promise<void> => {
    const before = generation
    const outcome = await desk.ask('reload', { who: 'mallory' }, 'socket')
    seen[outcome.outcome]++
    const event = sink.appended.pop()?.event
    assert.ok(event?.kind === 'control' && event.outcome === outcome.outcome)
    if (outcome.outcome === 'refused') {
      assert.equal(generation, before, 'what was refused changed nothing')
      assert.ok(outcome.code !== null && outcome.details.length > 0, JSON.stringify(outcome))
    }
    // Whatever was pushed, what is in force serves.
    assert.ok(generation.running.policy.plan.apis.every(({ state }) => state === 'active'))
  }

  const heapBefore = heapInUse()
  // Configurations, through the checker and the compiler.
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      place.write('gatehouse.yaml', mutated(good, changes))
      pushed = () => assembled(place.config)
      await settle()
    }),
    { numRuns: Math.floor(PUSHES / 4) },
  )
  // Plans, as if whoever assembles them had been taken over.
  const text = JSON.stringify(first.running.policy.plan)
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const altered = mutated(text, changes)
      pushed = () => {
        const plan = JSON.parse(altered) as Running['policy']['plan'] // sound: it is judged, not believed
        return {
          ok: true,
          running: { ...first.running, policy: { ...first.running.policy, plan } },
        }
      }
      await settle()
    }),
    { numRuns: PUSHES - Math.floor(PUSHES / 4) },
  )
  assert.ok(seen.refused > PUSHES / 2, `refused ${seen.refused} of ${PUSHES}: the check is blind`)
  assert.equal(swaps, seen.done)
  const grown = heapInUse() - heapBefore
  assert.ok(grown < MAX_GROWTH_BYTES, `${Math.round(grown / 1024 / 1024)} MiB`)
  place.write('gatehouse.yaml', `${good}    degraded: true\n`)
  pushed = () => assembled(place.config)
  const last = await desk.ask('reload', { who: 'olga' }, 'socket')
  assert.equal(last.outcome, 'done', 'and a good one is taken afterwards')
  t.diagnostic(`${PUSHES} pushes: ${JSON.stringify(seen)}`)
})

test('hostile pushes through the socket of a real process: it serves on and says why', async (t) => {
  const bank = await meadowBank(t)
  const good = meadowConfig(bank.origin)
  const place = installation(t, good, MEADOW_FILES)
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  const spec = MEADOW_FILES['accounts.yaml']
  for (const changes of fc.sample(mutations, { numRuns: SOCKET_PUSHES, seed: 4 })) {
    const which = changes.length % 2 === 0
    place.write(which ? 'gatehouse.yaml' : 'accounts.yaml', mutated(which ? good : spec, changes))
    const { code, err } = await place.run('reload')
    assert.ok([0, 1, 4, 69].includes(code), `${code}: ${err}`)
    assert.doesNotMatch(err, /\n\s+at /)
    assert.notEqual((await call(gateway, { path: '/v2/pot-accounts', token })).status, 503)
    place.write('gatehouse.yaml', good)
    place.write('accounts.yaml', spec)
  }
  assert.equal((await place.run('reload')).code, 0)
  assert.equal((await call(gateway, { path: '/v2/pot-accounts', token })).status, 200)
  assert.equal(gateway.child.exitCode, null)
})
