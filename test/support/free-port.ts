import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports that systems give to whoever asks for any: no server on port 0 and no connection gets one of these while it is nobody's. */
const FROM = 10_000
const TO = 20_000
/** Test files run at once: each begins elsewhere, and gives none twice. */
let next = randomInt(FROM, TO)

/** A port of loopback that nobody has a moment later, for what must be told of it before it listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = next
    next = port + 1 < TO ? port + 1 : FROM
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
