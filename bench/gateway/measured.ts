/** What a measured process tells its parent: where it listens, and when the garbage of what was before is collected. */
export function serveMeasurements(port: number): void {
  process.send?.({ port })
  process.on('message', () => {
    globalThis.gc?.()
    process.send?.({ settled: true })
  })
  process.on('disconnect', () => process.exit())
}
