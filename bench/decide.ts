/**
 * What a decision costs in an installation of 10,000 operations: compiling the policy, preparing the kernel, finding the route, and the
 * whole of `kernel.next` with the facts at hand, each call timed by itself, over every operation in an order of chance.
 *
 *   npm run -s bench:decide -- --json [--operations 10000] [--calls 200000] [--rounds 3]
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Facts, Kernel, Plan } from '../src/decide/index.ts'
import { prepare } from '../src/decide/index.ts'
import { addRoute, findPath, pathNode } from '../src/decide/router.ts'
import { judgeTarget } from '../src/decide/target.ts'
import { parseTemplate } from '../src/decide/template.ts'
import { compilePolicy } from '../src/policy/index.ts'
import { linearRegex } from '../test/support/linear-regex.ts'
import { BASE, largeSource, largeSpec, pathOf } from './decide/large-api.ts'
import { factsFor, type Outcome } from './decide/requests.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    operations: { type: 'string', default: '10000' },
    calls: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
  },
})
const operations = Number(values.operations)
const calls = Number(values.calls)
const rounds = Number(values.rounds)

/** Cheapest of some runs, in milliseconds, and the last result. */
function timed<T>(runs: number, work: () => T): { readonly ms: number; readonly result: T } {
  let ms = Number.POSITIVE_INFINITY
  let result: T | undefined
  for (let run = 0; run < runs; run++) {
    const from = performance.now()
    result = work()
    ms = Math.min(ms, performance.now() - from)
  }
  if (result === undefined) throw new Error('nothing was run')
  return { ms, result }
}

/** A fixed order of chance: mulberry32. */
function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, at) => at)
  let state = 20_261_128
  for (let at = count - 1; at > 0; at--) {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    const other = ((mixed ^ (mixed >>> 14)) >>> 0) % (at + 1)
    const held = order[at] ?? 0
    order[at] = order[other] ?? 0
    order[other] = held
  }
  return order
}

interface Quantiles {
  readonly p50Micros: number
  readonly p99Micros: number
}
function quantiles(micros: Float64Array): Quantiles {
  const sorted = micros.toSorted()
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
  const round = (value: number): number => Math.round(value * 100) / 100
  return { p50Micros: round(at(0.5)), p99Micros: round(at(0.99)) }
}

/** The best round by its p99; calls and facts are made before the clock starts. */
function decisions(kernel: Kernel, outcome: Outcome): Quantiles {
  const order = shuffled(operations)
  const facts: Facts[] = Array.from(order, (at) => factsFor(at, outcome))
  const micros = new Float64Array(calls)
  let best: Quantiles | undefined
  for (let round = 0; round <= rounds; round++) {
    for (let call = 0; call < calls; call++) {
      const asked = facts[call % facts.length]
      if (asked === undefined) throw new Error('no facts')
      const from = performance.now()
      const answer = kernel.next(asked)
      micros[call] = (performance.now() - from) * 1000
      const got = answer.kind === 'deny' ? answer.code : answer.kind
      if (got !== outcome) throw new Error(`${got} in place of ${outcome}`)
    }
    if (round === 0) continue // the first is for the compiler
    const now = quantiles(micros)
    if (best === undefined || now.p99Micros < best.p99Micros) best = now
  }
  return best ?? quantiles(micros)
}

/** Nanoseconds for a judged path to its operation, whole rounds timed. */
function routing(plan: Plan): number {
  const [api] = plan.apis
  if (api?.state !== 'active') throw new Error('the large API is closed')
  const root = pathNode<string>()
  for (const { method, path, id } of api.operations) addRoute(root, method, parseTemplate(path), id)
  const order = shuffled(operations)
  const segments = Array.from(order, (at) => {
    const target = judgeTarget(`${BASE}${pathOf(at).replaceAll(/\{\w+\}/g, 'A1')}`)
    if ('fault' in target) throw new Error(target.fault)
    return target.segments
  })
  const { ms, result } = timed(rounds + 1, () => {
    let found = 0
    for (let call = 0; call < calls; call++)
      if (findPath(root, segments[call % segments.length] ?? [], 1)?.has('GET') === true) found++
    return found
  })
  if (result !== calls) throw new Error('a path was not found')
  return (ms * 1e6) / calls
}

/** What an operation's first request pays for being prepared then. */
function firstUse(plan: Plan): Quantiles {
  const kernel = prepare(plan, { regex: linearRegex })
  const order = shuffled(operations)
  const facts = Array.from(order, (at) => factsFor(at, 'allow'))
  const micros = Float64Array.from(facts, (asked) => {
    const from = performance.now()
    kernel.next(asked)
    return (performance.now() - from) * 1000
  })
  return quantiles(micros)
}

const spec = largeSpec(operations)
const source = largeSource(spec)
const compiled = timed(rounds, () => compilePolicy(source))
const { plan } = compiled.result
const prepared = timed(rounds, () => prepare(plan, { regex: linearRegex }))
const OUTCOMES: readonly Outcome[] = [
  'allow',
  'GH_GATEWAY_OBJECT_FORBIDDEN',
  'GH_GATEWAY_SCOPE_MISSING',
  'GH_GATEWAY_TOKEN_MISSING',
  'GH_GATEWAY_ROUTE_UNKNOWN',
]
const report = {
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
  operations,
  calls,
  rounds,
  compileMs: Math.round(compiled.ms),
  prepareMs: Math.round(prepared.ms),
  routeNanos: Math.round(routing(plan)),
  firstUse: firstUse(plan),
  decide: Object.fromEntries(OUTCOMES.map((one) => [one, decisions(prepared.result, one)])),
}
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else {
  const { decide, machine, ...rest } = report
  process.stdout.write(`${JSON.stringify(machine)}\n${JSON.stringify(rest)}\n`)
  for (const [name, { p50Micros, p99Micros }] of Object.entries(decide))
    process.stdout.write(`${name.padEnd(30)} p50 ${p50Micros} µs  p99 ${p99Micros} µs\n`)
}
