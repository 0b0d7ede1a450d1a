/**
 * TLS in, in place of plain TCP: versions and suites of BCP 195 (RFC 9325 §4.2), one full handshake for each connection, and the client
 * certificate judged once for each. Who is refused here is an event, and never gets to HTTP.
 */
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type SecureContextOptions, type TlsOptions, type TLSSocket } from 'node:tls'
import type { CertificateFact, TransportFact } from '../../decide/index.ts'
import type { Clock, ErrorCode } from '../../lib/index.ts'
import type { Core } from '../core/index.ts'

export interface TlsListener {
  readonly minVersion: '1.2' | '1.3'
  /** `required`: a connection without one that is trusted and in force ends before any HTTP. `optional`: the rules of the API decide. */
  readonly clientCertificate: 'required' | 'optional' | 'none'
  /** Certificate chain and key of the server, and the anchors that clients are told of. */
  readonly identity: () => TlsIdentity
  /** Calls back whenever `identity` would answer something else; gives what ends it. */
  readonly onChange: (changed: () => void) => () => void
  /** Counts up with each change of what is trusted or revoked. */
  readonly trustVersion: () => number
  /** What the certificates of a handshake are worth now: DER, the leaf first. */
  readonly judge: (chain: readonly Uint8Array[]) => CertificateFact
  /** What is still being asked about these certificates; the first connection waits for it, so that it is judged on an answer. */
  readonly settled?: (chain: readonly Uint8Array[]) => Promise<unknown> | undefined
  /** The certificate that a proxy vouches for, if the certificate of its connection makes it one that is believed; else `undefined`. */
  readonly forwarded?: (
    own: CertificateFact,
    rawHeaders: readonly string[],
  ) => CertificateFact | undefined
}

export type TlsIdentity = Pick<SecureContextOptions, 'cert' | 'key' | 'ca'>

/** RFC 9325 §4.2 and, for TLS 1.3, RFC 8446 §9.1. Nothing without forward secrecy, nothing that is not AEAD. */
export const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':')
/** Without SHA-1 and DSA (RFC 9155). */
const SIGNATURES =
  'ed25519:ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512'

/**
 * No renegotiation (RFC 9325 §3.5), no compression (§3.3). No tickets: a resumed connection brings no chain of certificates along, and
 * would be judged on less than the first one.
 */
const OPTIONS =
  constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION | constants.SSL_OP_NO_TICKET

function secureOptions(
  { minVersion, clientCertificate }: TlsListener,
  handshakeMs: number,
): TlsOptions {
  return {
    minVersion: `TLSv${minVersion}`,
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    sigalgs: SIGNATURES,
    honorCipherOrder: true,
    secureOptions: OPTIONS,
    handshakeTimeout: handshakeMs,
    ALPNProtocols: ['http/1.1'],
    requestCert: clientCertificate !== 'none',
    // OpenSSL judges the path as well (`authorizationError`); what becomes of it is decided here, with an event.
    rejectUnauthorized: false,
    allowPartialTrustChain: true,
  }
}

/** How the requests of one connection came: asked for each, because what is trusted and what is revoked may have changed since. */
export type Transport = (rawHeaders: readonly string[]) => TransportFact

export interface TlsServer {
  /** A connection, before its handshake. */
  take(socket: Socket): void
  /** Connections that have not ended, handshakes under way among them. */
  readonly size: number
  /** Ends what has not said a word of HTTP, handshakes under way among them. */
  destroyAll(): void
  close(): void
}

/** `open` is called for each connection that is let in, `gone` for each that has ended. */
export function createTlsServer(
  listener: TlsListener,
  parts: { readonly core: Core; readonly clock: Clock; readonly handshakeTimeoutMs: number },
  open: (socket: TLSSocket, transport: Transport) => void,
  gone: () => void,
): TlsServer {
  const { core, clock } = parts
  const context = secureOptions(listener, parts.handshakeTimeoutMs)
  const sockets = new Set<Socket>()
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, ...context, ...listener.identity() },
    (socket) => {
      const own = ownTransport(listener, socket)
      const answers = unsettled(listener, socket, own())
      if (answers === undefined) return admit(socket, own)
      // What it sends meanwhile waits in the kernel; who goes away meanwhile is not missed.
      socket.on('error', ignored)
      void answers.then(() => {
        socket.off('error', ignored)
        if (!socket.destroyed) admit(socket, own)
      })
    },
  )
  function admit(socket: TLSSocket, own: () => TransportFact): void {
    const refused =
      listener.clientCertificate === 'required' ? certificateRefusal(own(), clock.now()) : undefined
    if (refused === undefined) return open(socket, withForwarded(listener, own))
    core.refusedEarly(refused.code, refused.cause, socket.remoteAddress ?? '')
    socket.on('error', ignored) // it is gone either way
    socket.destroy()
  }
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const cause = error.code ?? 'UNKNOWN'
    // Who goes away was not refused.
    if (!GONE.has(cause))
      core.refusedEarly(
        'GH_GATEWAY_HANDSHAKE_REFUSED',
        cause.slice(0, 64),
        socket.remoteAddress ?? '',
      )
    socket.destroy()
  })
  const stop = listener.onChange(() =>
    server.setSecureContext({ ...context, ...listener.identity() }),
  )
  return {
    take(socket) {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        gone()
      })
      // What its own listening would do, had it an address of its own.
      server.emit('connection', socket)
    },
    get size() {
      return sockets.size
    },
    destroyAll() {
      for (const socket of sockets) socket.destroy()
    },
    close: stop,
  }
}

const ignored = (): void => undefined

/** Only where nothing is known yet: an answer that is renewed holds up nobody. */
function unsettled(
  { settled }: TlsListener,
  socket: TLSSocket,
  { certificate }: TransportFact,
): Promise<unknown> | undefined {
  const waits = certificate.kind === 'trusted' && certificate.revocation === 'unknown'
  return waits ? settled?.(chainOf(socket)) : undefined
}

const GONE = new Set(['ECONNRESET', 'EPIPE'])

/** The connection itself, whoever it may vouch for: judged once, and again when something else is trusted. */
function ownTransport(listener: TlsListener, socket: TLSSocket): () => TransportFact {
  const tls = socket.getProtocol() === 'TLSv1.3' ? '1.3' : '1.2'
  let version = -1
  let fact: TransportFact = { tls, certificate: { kind: 'absent' } }
  return () => {
    const now = listener.trustVersion()
    if (version === now) return fact
    version = now
    if (listener.clientCertificate !== 'none') fact = { tls, certificate: judged(listener, socket) }
    return fact
  }
}

function withForwarded({ forwarded }: TlsListener, own: () => TransportFact): Transport {
  if (forwarded === undefined) return own
  const factOf = transportFacts()
  return (rawHeaders) => {
    const fact = own()
    const certificate = forwarded(fact.certificate, rawHeaders)
    return certificate === undefined ? fact : factOf(fact.tls, certificate)
  }
}

/** A request of the same client again is the same fact; each use is for one version of TLS. */
export function transportFacts(): (
  tls: TransportFact['tls'],
  certificate: CertificateFact,
) => TransportFact {
  const known = new WeakMap<CertificateFact, TransportFact>()
  return (tls, certificate) => {
    let made = known.get(certificate)
    if (made === undefined) known.set(certificate, (made = { tls, certificate }))
    return made
  }
}

/** Times are judged by the rules and by `certificateRefusal`, on our clock. */
const OF_TIME: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']

function judged(listener: TlsListener, socket: TLSSocket): CertificateFact {
  const fact = listener.judge(chainOf(socket))
  if (fact.kind !== 'trusted' || socket.authorized) return fact
  const error = String(socket.authorizationError)
  return OF_TIME.includes(error)
    ? fact
    : { kind: 'untrusted', thumbprint: fact.thumbprint, why: `OpenSSL says ${error.slice(0, 64)}` }
}
const MAX_CHAIN = 10

function chainOf(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let one = socket.getPeerX509Certificate()
  while (one !== undefined && chain.length < MAX_CHAIN) {
    chain.push(one.raw)
    one = one.issuerCertificate
  }
  return chain
}

/** Why a connection ends before HTTP where a certificate is required. What is not known of revocation is left to each API. */
export function certificateRefusal(
  { certificate }: TransportFact,
  now: number,
): { readonly code: ErrorCode; readonly cause: string } | undefined {
  if (certificate.kind === 'absent')
    return { code: 'GH_GATEWAY_CERTIFICATE_MISSING', cause: 'NO_CERTIFICATE' }
  if (certificate.kind === 'untrusted')
    return { code: 'GH_GATEWAY_CERTIFICATE_UNTRUSTED', cause: 'NO_PATH' }
  if (!(now >= certificate.notBefore && now <= certificate.notAfter))
    return { code: 'GH_GATEWAY_CERTIFICATE_EXPIRED', cause: 'NOT_IN_FORCE' }
  if (certificate.revocation === 'revoked')
    return { code: 'GH_GATEWAY_CERTIFICATE_REVOKED', cause: 'REVOKED' }
  return undefined
}
