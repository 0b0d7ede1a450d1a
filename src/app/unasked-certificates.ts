/** An API whose rules need a client certificate, where nothing ever asks for one: nobody could call it, and nobody would say so. */
import type { GatehouseConfig } from '../config/index.ts'
import type { CompiledPolicy, PolicyFinding } from '../policy/index.ts'

export function unaskedCertificates(
  config: Pick<GatehouseConfig, 'listeners' | 'sockets' | 'extAuthz' | 'apis' | 'placeOf'>,
  { configured }: Pick<CompiledPolicy, 'configured'>,
): readonly PolicyFinding[] {
  // An Envoy of the bank's own may ask for them.
  const asked =
    config.extAuthz !== null ||
    config.sockets.length > 0 ||
    config.listeners.some(({ clientCertificate }) => clientCertificate !== 'none')
  if (asked) return []
  return config.apis.flatMap(({ name }, index) =>
    configured.some(
      ({ api, rule, mode, operations }) =>
        api === name && rule === 'transport.mtls' && mode === 'enforce' && operations > 0,
    )
      ? [
          {
            code: 'GH_POLICY_CERTIFICATE_UNASKED',
            severity: 'high',
            api: name,
            text: 'transport.mtls needs a client certificate, and no listener asks for one: every request is refused',
            place: config.placeOf(['apis', index, 'template']),
            closes: false,
          },
        ]
      : [],
  )
}
