/** Where Gatehouse answers an Envoy that asks about each request (`ext_authz`). */
import { isLoopback } from '../lib/index.ts'
import type { ListenAddress } from './addresses.ts'
import { label } from './check.ts'
import { listen } from './listen-shape.ts'
import { invalid, type Shape } from './shape.ts'
import { object, optional, required } from './shape-collections.ts'
import { secretRef } from './shape-references.ts'
import { isUnixSocket, unixSocket } from './unix-socket.ts'

/** A unix socket, or a port of this machine itself. */
export type AskAddress = { readonly socket: string } | ListenAddress

const askAddress: Shape<AskAddress> = {
  read: (spot, check) => {
    if (isUnixSocket(spot)) return unixSocket.read(spot, check)
    const address = listen.read(spot, check)
    if (address === undefined || isLoopback(bracketed(address.host))) return address
    return invalid(
      spot,
      check,
      `${label(spot.path)} must be an address of this machine itself (127.0.0.1, [::1]) or unix:PATH: what Envoy says there is not encrypted.`,
    )
  },
  schema: (words) => ({ anyOf: [listen.schema(words), unixSocket.schema(words)] }),
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
