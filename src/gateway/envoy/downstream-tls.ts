/** TLS of a listener of Envoy: versions, suites and certificates as the Node gateway has them (BCP 195). */
import { CIPHERS } from '../node/index.ts'
import { type EnvoyObject, typed } from './envoy-object.ts'

export interface ExportedTls {
  /** PEM file, the server's own certificate first. */
  readonly certificate: string
  readonly key: { readonly file: string } | { readonly env: string }
  readonly minVersion: '1.2' | '1.3'
  readonly clientCertificate: 'required' | 'optional' | 'none'
}

/**
 * A client proves that it has the key of its certificate; who issued it, whether it is in force and what it allows is judged by Gatehouse for each
 * request, from trust stores, trusted lists and revocation lists that it reads again as they change. No connection is resumed: a resumed one
 * would be judged on less than the first one.
 */
export function downstreamTls(tls: ExportedTls): EnvoyObject {
  const asks = tls.clientCertificate !== 'none'
  return typed(
    'envoy.transport_sockets.tls',
    'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    {
      require_client_certificate: tls.clientCertificate === 'required',
      disable_stateless_session_resumption: true,
      disable_stateful_session_resumption: true,
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_params: {
          tls_minimum_protocol_version: tls.minVersion === '1.3' ? 'TLSv1_3' : 'TLSv1_2',
          tls_maximum_protocol_version: 'TLSv1_3',
          cipher_suites: CIPHERS.split(':').filter((name) => name.startsWith('ECDHE-')),
        },
        tls_certificates: [
          {
            certificate_chain: { filename: tls.certificate },
            private_key:
              'file' in tls.key
                ? { filename: tls.key.file }
                : { environment_variable: tls.key.env },
          },
        ],
        ...(asks && { validation_context: { trust_chain_verification: 'ACCEPT_UNTRUSTED' } }),
      },
    },
  )
}
