/** What a measured process tells its parent: where it listens, and how much CPU it has used, by the operating system's count. */
export function serveMeasurements(port: number): void {
  process.send?.({ port })
  process.on('message', (when) => {
    // Garbage of one round is not paid for by the next.
    if (when === 'before') globalThis.gc?.()
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    process.send?.({ cpuMicros: userCPUTime + systemCPUTime, maxRssKilobytes: maxRSS })
  })
  process.on('disconnect', () => process.exit())
}
