/** Where Envoy's own calls go: the responder, and the bank's API behind each API, with the time limits and the breaker of its plan. */
import type { ActiveApi } from '../../decide/index.ts'
import type { EnvoyExport } from './bootstrap.ts'
import { duration, type EnvoyObject, socketAddress, typed } from './envoy-object.ts'

export const RESPONDER = 'gatehouse'
/** Name of the cluster of an API. */
export const clusterOf = ({ name }: ActiveApi): string => `api-${name}`

/** Envoy lets a connection to the responder go before the responder does, so that no check meets a closed one. */
const RESPONDER_IDLE = '30s'
/** Checks that may wait at once; more are refused by Envoy. */
const MAX_CHECKS = 2_048

export function clusters(
  responder: EnvoyExport['responder'],
  apis: readonly ActiveApi[],
): readonly EnvoyObject[] {
  return [responderCluster(responder), ...apis.map(upstreamCluster)]
}

function responderCluster(at: EnvoyExport['responder']): EnvoyObject {
  return {
    name: RESPONDER,
    connect_timeout: '1s',
    type: 'STATIC',
    load_assignment: endpoint(
      RESPONDER,
      'socket' in at ? { pipe: { path: at.socket } } : socketAddress(at.host, at.port),
    ),
    circuit_breakers: {
      thresholds: [
        { max_connections: MAX_CHECKS, max_pending_requests: MAX_CHECKS, max_requests: MAX_CHECKS },
      ],
    },
    typed_extension_protocol_options: protocol(RESPONDER_IDLE),
  }
}

function upstreamCluster(api: ActiveApi): EnvoyObject {
  const { origin, connectTimeoutMs, breaker } = api.upstream
  const url = new URL(origin)
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const numeric = /^[\d.]+$/.test(host) || host.includes(':')
  const port = Number(url.port === '' ? (secure ? 443 : 80) : url.port)
  const name = clusterOf(api)
  return {
    name,
    connect_timeout: duration(connectTimeoutMs),
    type: numeric ? 'STATIC' : 'STRICT_DNS',
    load_assignment: endpoint(name, socketAddress(host, port)),
    typed_extension_protocol_options: protocol('4s'),
    ...(breaker !== undefined && { outlier_detection: outlier(breaker) }),
    ...(secure && { transport_socket: upstreamTls(host, numeric) }),
  }
}

function endpoint(cluster_name: string, address: EnvoyObject): EnvoyObject {
  return { cluster_name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] }
}

function protocol(idle_timeout: string): EnvoyObject {
  return {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      common_http_protocol_options: { idle_timeout },
      explicit_http_config: { http_protocol_options: {} },
    },
  }
}

/** The one endpoint is left alone after so many failures in a row, for so long (`upstream.resilience`). */
function outlier({ failures, openMs }: NonNullable<ActiveApi['upstream']['breaker']>): EnvoyObject {
  return {
    split_external_local_origin_errors: true,
    consecutive_gateway_failure: failures,
    enforcing_consecutive_gateway_failure: 100,
    consecutive_local_origin_failure: failures,
    enforcing_consecutive_local_origin_failure: 100,
    enforcing_consecutive_5xx: 0,
    enforcing_success_rate: 0,
    enforcing_local_origin_success_rate: 0,
    base_ejection_time: duration(openMs),
    max_ejection_time: duration(openMs),
    max_ejection_percent: 100,
  }
}

/** Where Debian, Ubuntu, Alpine and the images of Envoy keep them; Envoy knows no system store of its own. */
const SYSTEM_ROOTS = '/etc/ssl/certs/ca-certificates.crt'

function upstreamTls(host: string, numeric: boolean): EnvoyObject {
  return typed(
    'envoy.transport_sockets.tls',
    'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    {
      ...(!numeric && { sni: host }),
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        validation_context: {
          trusted_ca: { filename: SYSTEM_ROOTS },
          match_typed_subject_alt_names: [
            { san_type: numeric ? 'IP_ADDRESS' : 'DNS', matcher: { exact: host } },
          ],
        },
      },
    },
  )
}
