/** A listener of Envoy: TLS, what is taken from every request before anything else, the check, and the routes by what the check said. */
import type { ActiveApi } from '../../decide/index.ts'
import { ANSWER_HEADERS } from '../core/index.ts'
import type { EnvoyExport } from './bootstrap.ts'
import { checkFilter, rewriteFilter } from './check-filter.ts'
import { clusterOf } from './clusters.ts'
import { duration, type EnvoyObject, HTTP_FILTER, socketAddress, typed } from './envoy-object.ts'
import { downstreamTls, type ExportedTls } from './downstream-tls.ts'
import { localReplies, problemBody } from './local-replies.ts'
import { ALLOW_HEADERS, OURS } from './names.ts'

export interface ExportedListener {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Absent: plain HTTP. */
  readonly tls?: ExportedTls
}

const MANAGER =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

export function listenerOf(
  listener: ExportedListener,
  asked: EnvoyExport,
  apis: readonly ActiveApi[],
): EnvoyObject {
  const { name, host, port, tls } = listener
  return {
    name,
    address: socketAddress(host, port),
    per_connection_buffer_limit_bytes: 1_048_576,
    filter_chains: [
      {
        ...(tls !== undefined && { transport_socket: downstreamTls(tls) }),
        filters: [
          typed('envoy.filters.network.http_connection_manager', MANAGER, {
            ...manager(listener),
            access_log: [accessLog(name)],
            route_config: routes(apis),
            http_filters: [
              checkFilter(listener, asked),
              rewriteFilter(),
              typed('envoy.filters.http.router', `${HTTP_FILTER}.router.v3.Router`, {
                suppress_envoy_headers: true,
              }),
            ],
          }),
        ],
      },
    ],
  }
}

/**
 * The path stays as the client wrote it: the kernel judges it and repairs nothing, and what goes to the bank is written anew from what was
 * judged. Limits are those of the Node gateway.
 */
function manager({ name, tls }: ExportedListener): EnvoyObject {
  const vouched = tls !== undefined && tls.clientCertificate !== 'none'
  return {
    stat_prefix: name,
    codec_type: 'AUTO',
    normalize_path: false,
    merge_slashes: false,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    http_protocol_options: { allow_absolute_url: false },
    http2_protocol_options: { max_concurrent_streams: 100 },
    common_http_protocol_options: {
      headers_with_underscores_action: 'DROP_HEADER',
      idle_timeout: '65s',
      max_headers_count: 100,
    },
    max_request_headers_kb: 16,
    request_headers_timeout: '10s',
    request_timeout: '30s',
    stream_idle_timeout: '60s',
    use_remote_address: true,
    skip_xff_append: true,
    generate_request_id: false,
    preserve_external_request_id: true,
    server_header_transformation: 'PASS_THROUGH',
    forward_client_cert_details: vouched ? 'SANITIZE_SET' : 'SANITIZE',
    ...(vouched && { set_current_client_cert_details: { cert: true, chain: true } }),
    early_header_mutation_extensions: [
      typed(
        'envoy.http.early_header_mutation.header_mutation',
        'type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
        {
          mutations: OF_NO_CLIENT.map((prefix) => ({
            remove_on_match: { key_matcher: { prefix, ignore_case: true } },
          })),
        },
      ),
    ],
    local_reply_config: localReplies(),
  }
}

/** Taken from each request before a route is chosen: what is ours, what proxies say of a client, and what Envoy takes for orders. */
const OF_NO_CLIENT = [OURS, 'x-forwarded-', 'x-envoy-'] as const

/** Of the bank's answer: what we say ourselves, and what tells of its machines. */
const NOT_OF_THE_BANK: readonly string[] = [
  ...ANSWER_HEADERS.filter((_, at) => at % 2 === 0),
  'server',
  'set-cookie',
  'strict-transport-security',
  'traceparent',
  'traceresponse',
  'tracestate',
  'via',
  'www-authenticate',
  'x-powered-by',
]

function routes(apis: readonly ActiveApi[]): EnvoyObject {
  return {
    name: 'gatehouse',
    virtual_hosts: [
      {
        name: 'gatehouse',
        domains: ['*'],
        routes: [
          ...apis.map(routeOf),
          {
            name: 'nowhere',
            match: { prefix: '/' },
            direct_response: {
              status: 404,
              body: { inline_string: problemBody('GH_GATEWAY_ROUTE_UNKNOWN') },
            },
          },
        ],
      },
    ],
  }
}

function routeOf(api: ActiveApi): EnvoyObject {
  const { origin, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs } = api.upstream
  return {
    name: `api-${api.name}`,
    match: {
      prefix: '/',
      headers: [{ name: ALLOW_HEADERS.api, string_match: { exact: api.name } }],
    },
    route: {
      cluster: clusterOf(api),
      host_rewrite_literal: new URL(origin).host,
      timeout: duration(connectTimeoutMs + headersTimeoutMs + bodyTimeoutMs),
      idle_timeout: duration(Math.max(headersTimeoutMs, bodyTimeoutMs)),
    },
    request_headers_to_add: [
      {
        header: { key: 'accept-encoding', value: 'identity' },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      },
    ],
    request_headers_to_remove: [
      ALLOW_HEADERS.api,
      'x-forwarded-proto',
      'x-envoy-internal',
      'x-envoy-external-address',
    ],
    response_headers_to_remove: NOT_OF_THE_BANK,
  }
}

/** One line of JSON for each request, under the decision id of its event. Never a path or a header of the client: they name accounts. */
function accessLog(listener: string): EnvoyObject {
  const said = (name: string): string => `%DYNAMIC_METADATA(envoy.filters.http.ext_authz:${name})%`
  return typed(
    'envoy.access_loggers.stdout',
    'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    {
      log_format: {
        json_format: {
          time: '%START_TIME%',
          listener,
          decision: said('x-gatehouse-decision'),
          api: said(ALLOW_HEADERS.api),
          method: '%REQ(:METHOD)%',
          status: '%RESPONSE_CODE%',
          details: '%RESPONSE_CODE_DETAILS%',
          flags: '%RESPONSE_FLAGS%',
          milliseconds: '%DURATION%',
          bytesIn: '%BYTES_RECEIVED%',
          bytesOut: '%BYTES_SENT%',
          upstream: '%UPSTREAM_HOST%',
          tls: '%DOWNSTREAM_TLS_VERSION%',
          peer: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
        },
      },
    },
  )
}
