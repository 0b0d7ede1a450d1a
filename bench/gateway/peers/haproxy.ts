/** HAProxy as a plain reverse proxy: one thread, connections to the bank kept alive and used by all clients. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerProgram } from '../../../test/support/peer-programs.ts'
import { freePort } from '../../../test/support/free-port.ts'
import { type RunningPeer, startPeer } from '../../../test/support/running-peer.ts'

export async function startHaproxy(
  program: PeerProgram,
  folder: string,
  upstream: URL,
): Promise<RunningPeer> {
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 65s
  timeout server 65s
  timeout http-keep-alive 65s
  http-reuse always
frontend clients
  bind 127.0.0.1:${port}
  default_backend bank
backend bank
  server one ${upstream.host}
`,
  )
  return startPeer(program, ['-db', '-f', file], port)
}
