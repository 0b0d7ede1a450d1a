/** A unix socket as a place to listen: `unix:PATH`, from the folder of the file. */
import { resolve } from 'node:path'
import { isScalar } from 'yaml'

import { label, type Spot } from './check.ts'
import { invalid, type Shape, textAt } from './shape.ts'

const UNIX = 'unix:'
/** The path of a unix socket, in bytes (sun_path: 108 on Linux, 104 elsewhere, with a final zero). */
const MAX_SOCKET_PATH = 103

export const isUnixSocket = ({ node }: Spot): boolean =>
  isScalar(node) && typeof node.value === 'string' && node.value.startsWith(UNIX)

/** Abstract names (`unix:@…`) have no file, and so no permissions: anybody on the machine could connect. */
export const unixSocket: Shape<{ readonly socket: string }> = {
  read: (spot, check) => {
    const text = textAt(spot, check, 'unix: and the path of a socket')
    if (text === undefined) return undefined
    const refuse = (why: string): undefined => invalid(spot, check, `${label(spot.path)} ${why}.`)
    if (!text.startsWith(UNIX)) return refuse('must be unix: and the path of a socket')
    const written = text.slice(UNIX.length)
    if (/^[@\0]/.test(written))
      return refuse('must name a file after "unix:": an abstract name has no permissions')
    if (written.trim() === '' || written.startsWith('~') || written.endsWith('/'))
      return refuse('must name a file after "unix:"')
    const socket = resolve(check.dir, written)
    return Buffer.byteLength(socket) <= MAX_SOCKET_PATH
      ? { socket }
      : refuse(`is a path of more than ${MAX_SOCKET_PATH} bytes, which no unix socket can have`)
  },
  schema: () => ({ type: 'string', pattern: '^unix:' }),
}
