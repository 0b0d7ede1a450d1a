/** How the gateway speaks TLS with the API of the bank. */
import { isMap } from 'yaml'

import { label } from './check.ts'
import { choice, parsedText, type Shape } from './shape.ts'
import { defaulted, list, object, optional } from './shape-collections.ts'
import { filePath, secretRef } from './shape-references.ts'
import type { UpstreamTlsConfig } from './model.ts'
import { member } from './tree-texts.ts'

const MIN_VERSION = ['1.2', '1.3'] as const
const pemFile = filePath('the path of a PEM file of certificates', 'exist')
/** A DNS name of plain labels, or an address; a wildcard is neither. */
const NAME =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|[0-9a-f:]+)$/
const URI = /^[a-z][a-z0-9+.-]*:[\x21\x23-\x2b\x2d-\x7e]+$/

const keys = object('TLS with a bank API', {
  anchors: defaulted(
    list(pemFile),
    { value: [], shown: [] },
    'PEM files of the authorities that may vouch for it, and no others; else those of the machine.',
    ['trust/bank-ca.pem'],
  ),
  certificate: optional(
    pemFile,
    'PEM file of the certificate that the gateway shows, and of those above it; read again whenever it changes.',
    'tls/gateway.pem',
  ),
  key: optional(secretRef, 'Where its private key (PEM) is kept.', { file: 'tls/gateway-key.pem' }),
  serverName: optional(
    parsedText('a name or an address', (value) =>
      NAME.test(value)
        ? { value }
        : { wrong: 'must be a DNS name in lower case, without a wildcard, or an address' },
    ),
    'DNS name or address that its certificate must have among its subjectAltNames, exactly; sent as SNI. Else the host of "upstream", as web browsers match it.',
    'core.bank.internal',
  ),
  uri: optional(
    parsedText('a URI', (value) => (URI.test(value) ? { value } : { wrong: 'must be a URI' })),
    'URI that its certificate must have among its subjectAltNames, exactly.',
    'spiffe://bank.internal/core',
  ),
  minVersion: defaulted<(typeof MIN_VERSION)[number]>(
    choice(MIN_VERSION),
    { value: '1.2', shown: '1.2' },
    'Oldest version of TLS.',
  ),
})

/** Certificate and key come together or not at all. */
export function paired<T>(shape: Shape<T>): Shape<T> {
  return {
    read: (spot, check) => {
      const read = shape.read(spot, check)
      const has = (key: string): boolean => isMap(spot.node) && member(spot.node, key) !== undefined
      if (isMap(spot.node) && has('certificate') !== has('key')) {
        const missing = has('key') ? 'certificate' : 'key'
        check.report({
          code: 'GH_CONFIG_KEY_MISSING',
          at: spot.node,
          path: spot.path,
          message: `${label(spot.path)} lacks "${missing}": a certificate and its key come together.`,
        })
        return undefined
      }
      return read
    },
    schema: (words) => ({
      ...shape.schema(words),
      dependentRequired: { certificate: ['key'], key: ['certificate'] },
    }),
  }
}

export const upstreamTls: Shape<UpstreamTlsConfig> = paired(keys)
