import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Longest path that a unix socket address holds, less its final zero (sun_path: 108 bytes on Linux, 104 elsewhere). */
const MAX_SOCKET_PATH = 103

/** The control socket of a data directory; a directory with a long name gets a short one in the temporary folder instead. */
export function socketPath(dataDir: string): string {
  const inside = join(dataDir, 'control.sock')
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH) return inside
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 24)
  return join(tmpdir(), `gatehouse-${process.getuid?.() ?? 0}-${name}.sock`)
}
