/** The process itself: time, memory and how late its loop is. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { version } from '../version.ts'
import { gauge, type Samples } from './samples.ts'

export interface ProcessMetrics {
  samples(): Samples
  close(): void
}

/** A timer each 20 ms costs nothing that can be measured, and sees every turn that a client would notice. */
const RESOLUTION_MS = 20
const NANOS = 1e9

export function createProcessMetrics(): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let last = performance.eventLoopUtilization()
  return {
    samples() {
      const { user, system } = process.cpuUsage()
      const { rss, heapUsed } = process.memoryUsage()
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      last = now
      const late = (nanos: number): number => Math.max(0, nanos / NANOS - RESOLUTION_MS / 1000)
      const samples: Samples = {
        gatehouse_build_info: [gauge(1, version, process.version)],
        process_cpu_seconds_total: [gauge((user + system) / 1e6)],
        process_resident_memory_bytes: [gauge(rss)],
        process_start_time_seconds: [gauge(performance.timeOrigin / 1000)],
        nodejs_heap_used_bytes: [gauge(heapUsed)],
        nodejs_eventloop_delay_p50_seconds: [gauge(late(delay.percentile(50)))],
        nodejs_eventloop_delay_p99_seconds: [gauge(late(delay.percentile(99)))],
        nodejs_eventloop_delay_max_seconds: [gauge(late(delay.max))],
        nodejs_eventloop_utilization_ratio: [gauge(utilization)],
      }
      delay.reset()
      return samples
    },
    close: () => delay.disable(),
  }
}
