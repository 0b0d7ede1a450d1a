/** What a measured process tells its parent: where it listens, and when the garbage of what was before is collected. */
/** `tlsPort`: where the same is served over TLS. */
export function serveMeasurements(port: number, tlsPort?: number): void {
  process.send?.({ port, ...(tlsPort === undefined ? {} : { tlsPort }) })
  process.on('message', () => {
    globalThis.gc?.()
    process.send?.({ settled: true })
  })
  process.on('disconnect', () => process.exit())
}
