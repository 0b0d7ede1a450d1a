/** Where Gatehouse answers an Envoy that asks about each request (`ext_authz`). */
import { resolve } from 'node:path'
import { isScalar } from 'yaml'

import { isLoopback } from '../lib/index.ts'
import type { ListenAddress } from './addresses.ts'
import { label } from './check.ts'
import { listen } from './listen-shape.ts'
import { invalid, type Shape, text } from './shape.ts'
import { object, optional, required } from './shape-collections.ts'
import { secretRef } from './shape-references.ts'

/** A unix socket, or a port of this machine itself. */
export type AskAddress = { readonly socket: string } | ListenAddress

const UNIX = 'unix:'
/** The path of a unix socket, in bytes (sun_path: 108 on Linux, 104 elsewhere, with a final zero). */
const MAX_SOCKET_PATH = 103

const askAddress: Shape<AskAddress> = {
  read: (spot, check) => {
    const { node } = spot
    if (isScalar(node) && typeof node.value === 'string' && node.value.startsWith(UNIX)) {
      const written = text.read(spot, check)?.slice(UNIX.length)
      if (written === undefined) return undefined
      const socket = resolve(check.dir, written)
      if (written.trim() === '' || written.startsWith('~') || written.endsWith('/'))
        return invalid(spot, check, `${label(spot.path)} must name a file after "unix:".`)
      return Buffer.byteLength(socket) <= MAX_SOCKET_PATH
        ? { socket }
        : invalid(
            spot,
            check,
            `${label(spot.path)} is a path of more than ${MAX_SOCKET_PATH} bytes, which no unix socket can have.`,
          )
    }
    const address = listen.read(spot, check)
    if (address === undefined || isLoopback(bracketed(address.host))) return address
    return invalid(
      spot,
      check,
      `${label(spot.path)} must be an address of this machine itself (127.0.0.1, [::1]) or unix:PATH: what Envoy says there is not encrypted.`,
    )
  },
  schema: (words) => ({ anyOf: [listen.schema(words), { type: 'string', pattern: '^unix:' }] }),
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

export const extAuthz = object('extAuthz', {
  listen: required(
    askAddress,
    'Where Envoy asks: a unix socket, which only the user that runs Gatehouse can open, or a loopback address and port, which needs "secret".',
    'unix:run/ext-authz.sock',
    9191,
  ),
  secret: optional(
    secretRef,
    'Where the secret is kept that shows that it is our Envoy that asks: at least 32 characters. Envoy reads it from its environment.',
    { env: 'GATEHOUSE_EXT_AUTHZ_SECRET' },
  ),
  envoyListen: optional(
    listen,
    'Address and port where the exported Envoy takes plain HTTP; else only the listeners with "dataPlane: envoy".',
    '127.0.0.1:10000',
    10000,
  ),
})
