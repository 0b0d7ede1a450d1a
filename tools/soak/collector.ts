/**
 * Loaded into each thread of the gateway that is soaked (`--import`, `--expose-gc`): collects what is garbage before it measures, so that what
 * grows is kept and not only not yet collected. The main thread writes one line of JSON for each sample; the others only collect.
 */
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
import type { Sample } from './samples.ts'

const file = process.env['GATEHOUSE_SOAK_SAMPLES']
const everyMs = Number(process.env['GATEHOUSE_SOAK_EVERY_MS'])
const { gc } = globalThis

if (file !== undefined && gc !== undefined) {
  const startedAt = performance.now()
  const lag = isMainThread ? monitorEventLoopDelay({ resolution: 10 }) : undefined
  lag?.enable()
  setInterval(() => {
    const lagMs = (lag?.max ?? 0) / 1e6
    const lagP99Ms = (lag?.percentile(99) ?? 0) / 1e6
    gc()
    if (lag === undefined) return
    const { rss, heapUsed, external } = process.memoryUsage()
    const at = Math.round(performance.now() - startedAt)
    const sample: Sample = { at, rss, kept: heapUsed + external, lagMs, lagP99Ms }
    appendFileSync(file, `${JSON.stringify(sample)}\n`)
    // What it waited for our own collection is not its own doing.
    setImmediate(() => lag.reset())
  }, everyMs).unref()
}
