/** Where the keys of issuers come from, and how they are asked about tokens: a file, or a URL asked without redirects, with a deadline and a cap. */
import { readFile } from 'node:fs/promises'
import type { SecureContext } from 'node:tls'
import { type EgressList, GatehouseError } from '../lib/index.ts'
import type { IntrospectionPorts, KeyPorts } from '../proof/index.ts'
import { guardedRequest } from './guarded-request.ts'

/** `tls`: what is configured for the issuer, as its files are now; it gives `undefined` where they cannot be used, and nothing is sent then. */
export function issuerPorts(
  tls?: () => SecureContext | undefined,
  /** Where calls for it may go. */
  lists: readonly EgressList[] = [],
): KeyPorts & IntrospectionPorts {
  const over = (): { readonly secureContext?: SecureContext } => {
    if (tls === undefined) return {}
    const secureContext = tls()
    if (secureContext === undefined)
      throw new GatehouseError('GH_GATEWAY_TRUST_FILE', 'files of "tls" of an issuer')
    return { secureContext }
  }
  return {
    readText: (file) => readFile(file, 'utf8'),
    async fetchText(url, limits) {
      const headers = { accept: 'application/jwk-set+json, application/json' }
      const answer = await guardedRequest(url, {
        method: 'GET',
        headers,
        lists,
        ...limits,
        ...over(),
      })
      if (answer.status === 200) return answer.text()
      // 206 is a part of a set, 204 is none: only 200 is the set itself.
      answer.discard()
      throw new Error(`status ${answer.status}`)
    },
    async post(url, options) {
      const { status, mediaType, text } = await guardedRequest(url, {
        method: 'POST',
        lists,
        ...options,
        ...over(),
      })
      return { status, mediaType, text: await text() }
    },
  }
}
