import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'

/** Longest path that a unix socket address holds, less its final zero (sun_path: 108 bytes on Linux, 104 elsewhere). */
const MAX_SOCKET_PATH = 103

/**
 * The control socket of a data directory. One with a long name gets a short one in a folder of the temporary folder that is this user's
 * alone: a plain name there could be taken by anybody first.
 * @throws GH_CLI_IO when that folder belongs to somebody else or is open to others
 */
export function socketPath(dataDir: string, temporary = tmpdir()): string {
  const inside = join(dataDir, 'control.sock')
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH) return inside
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 24)
  return join(privateFolder(temporary), `${name}.sock`)
}

function privateFolder(temporary: string): string {
  const user = process.getuid?.() ?? 0
  const folder = join(temporary, `gatehouse-${user}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Not `stat`: a link would be somebody's choice of folder.
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== user || (found.mode & 0o077) !== 0)
    throw new GatehouseError('GH_CLI_IO', `${folder} is not a private folder of this user`)
  return folder
}
