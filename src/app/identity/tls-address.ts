/** HTTPS for the authorization server: certificates of clients are asked for and judged by our trust stores, never demanded of a browser. */
import { constants } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import { judgeCertificate, judgeSeal, type TrustStore } from '../../gateway/core/index.ts'
import type { CertificateFact } from '../../decide/index.ts'
import type { Presented } from '../../identity/index.ts'
import { type Clock, GatehouseError } from '../../lib/index.ts'

export interface TlsAddressParts {
  /** PEM. */
  readonly pair: () => { readonly cert: string; readonly key: string }
  /** Whose client certificates are believed; none: none is asked for. */
  readonly stores: () => readonly TrustStore[]
  /** Another number when anything of them is. */
  readonly storesVersion: () => number
  readonly clock: Clock
  /** Whoever connects is asked for a certificate, and may have none. */
  readonly asksForCertificates: boolean
}
export interface TlsAddress {
  readonly presented: Presented
  /** Gives `https://127.0.0.1:9443`. @throws GH_GATEWAY_LISTEN_FAILED */
  open(
    at: { readonly host: string; readonly port: number },
    listener: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string>
  /** Takes up another certificate or other anchors; connections go on. */
  renew(): void
  close(): Promise<void>
}

/** FAPI 2.0 Security Profile §5.2.2: of TLS 1.2 only what BCP 195 recommends. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':')
/** No tickets: a resumed connection brings no chain of certificates along. */
const OPTIONS =
  constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION | constants.SSL_OP_NO_TICKET
const HANDSHAKE_MS = 10_000
const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
const MAX_HEADER_BYTES = 16_384
const MAX_CONNECTIONS = 10_000
const MAX_CHAIN = 10
const DRAIN_MS = 2_000

export function listenOverTls(parts: TlsAddressParts): TlsAddress {
  const { pair, stores, storesVersion, clock, asksForCertificates } = parts
  const of = oncePerConnection((socket) => socket.getPeerX509Certificate())
  const judged = oncePerConnection((socket) => {
    let version = NaN
    let fact: CertificateFact | undefined
    // What is known of it may change while the connection lives, and its times pass. Whoever was not believed is judged anew: that asks again, too.
    return (): boolean => {
      const now = clock.now()
      const current = storesVersion()
      if (fact !== undefined && version === current && inForce(fact, now)) return true
      fact = judgeCertificate(stores(), chainOf(socket), now)
      version = current
      return inForce(fact, now)
    }
  })
  const secrets = () => ({
    ...pair(),
    ca: stores().flatMap((store) => [...store.anchors.values()].flat().map(({ der }) => pem(der))),
  })
  const fixed = {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: OPTIONS,
  } as const
  let serve = (_: IncomingMessage, response: ServerResponse): void => void response.destroy()
  const server = createServer(
    {
      ...fixed,
      ...secrets(),
      requestCert: asksForCertificates && stores().length > 0,
      // Judged below, by our own trust stores and lists.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      ALPNProtocols: ['http/1.1'],
    },
    (request, response) => serve(request, response),
  )
  server.maxConnections = MAX_CONNECTIONS

  return {
    presented: {
      of: ({ socket }) => (socket instanceof TLSSocket ? of(socket) : undefined),
      trusted: ({ socket }) => socket instanceof TLSSocket && judged(socket)(),
      believesSeal: (der) => inForce(judgeSeal(stores(), der, clock.now()), clock.now()),
    },
    async open({ host, port }, listener) {
      serve = listener
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) =>
          reject(
            new GatehouseError('GH_GATEWAY_LISTEN_FAILED', `identity: ${error.code ?? 'failed'}`),
          ),
        )
        server.listen(port, host, resolve)
      })
      const at = server.address() as AddressInfo // sound: it listens on TCP
      return `https://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`
    },
    renew: () => server.setSecureContext({ ...fixed, ...secrets() }),
    close: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve()
        const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref()
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** The certificate of a connection stays the same: there is no renegotiation, and nothing is asked after the handshake. */
function oncePerConnection<T>(read: (socket: TLSSocket) => T): (socket: TLSSocket) => T {
  const known = new WeakMap<TLSSocket, { readonly value: T }>()
  return (socket) => {
    let found = known.get(socket)
    if (found === undefined) known.set(socket, (found = { value: read(socket) }))
    return found.value
  }
}

function chainOf(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let one = socket.getPeerX509Certificate()
  while (one !== undefined && chain.length < MAX_CHAIN) {
    chain.push(one.raw)
    one = one.issuerCertificate
  }
  return chain
}

/** A path to an anchor, in force now, and not revoked as far as the trust store asks. */
function inForce(fact: CertificateFact, now: number): boolean {
  if (fact.kind !== 'trusted') return false
  const { notBefore, notAfter, revocation, revocationUntil } = fact
  const cleared = revocation === 'unasked' || (revocation === 'good' && now <= revocationUntil)
  return now >= notBefore && now <= notAfter && cleared
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
