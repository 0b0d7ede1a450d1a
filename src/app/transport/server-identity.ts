/** Certificate and key of a TLS listener, read again whenever they change: a pair that does not fit leaves the last good one in force. */
import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { ListenerConfig } from '../../config/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { MAX_PEM_CHARS } from '../../proof/index.ts'
import { readSecret } from '../secrets.ts'
import { watchedFile } from './watched-file.ts'

export interface ServerIdentity {
  /** PEM. @throws GH_GATEWAY_TRUST_FILE where there was never a pair that fits */
  readonly pair: { readonly cert: string; readonly key: string }
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  readonly problem: string | undefined
  /** Never rejects; whether the pair is another now. */
  check(): Promise<boolean>
}

export function serverIdentity({
  certificate,
  key,
  name,
}: Pick<ListenerConfig, 'certificate' | 'key' | 'name'>): ServerIdentity {
  const chain = watchedFile(certificate, MAX_PEM_CHARS, (bytes) => bytes.toString('latin1'))
  let pair: ServerIdentity['pair'] | undefined
  let notAfter = 0
  let problem: string | undefined
  return {
    get pair() {
      if (pair === undefined)
        throw new GatehouseError(
          'GH_GATEWAY_TRUST_FILE',
          `listener ${name}: ${problem ?? 'no certificate'}`,
        )
      return pair
    },
    get notAfter() {
      return notAfter
    },
    get problem() {
      return problem === undefined ? undefined : `listener ${name}: ${problem}`
    },
    async check() {
      await chain.check()
      problem = chain.problem
      const cert = chain.value
      if (cert === undefined) return false
      try {
        const secret = readSecret(key)
        if (pair?.cert === cert && pair.key === secret) return false
        // OpenSSL says whether the key belongs to the certificate.
        createSecureContext({ cert, key: secret })
        notAfter = Date.parse(new X509Certificate(cert).validTo)
        pair = { cert, key: secret }
        return true
      } catch (error) {
        // What OpenSSL says may quote the file; its code does not.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unusable'
        problem = `certificate and key do not make a pair (${code})`
        return false
      }
    },
  }
}
