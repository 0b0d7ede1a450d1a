/** The filters that ask the responder and act on what it says. */
import { ANSWER_HEADERS } from '../core/index.ts'
import type { EnvoyExport } from './bootstrap.ts'
import { RESPONDER } from './clusters.ts'
import type { ExportedListener } from './envoy-listener.ts'
import { type EnvoyObject, patterns, HTTP_FILTER, typed } from './envoy-object.ts'
import { problemBody } from './local-replies.ts'
import { ALLOW_HEADERS, CHECK_HEADERS, CHECK_PREFIX, OURS } from './names.ts'

/** Longer than an event on a slow disk or an introspection takes; then the request is refused. */
const CHECK_TIMEOUT = '5s'

/** Beside what the bank answers. */
const OF_ANSWERS: readonly string[] = [
  ...ANSWER_HEADERS.filter((_, at) => at % 2 === 0),
  'dpop-nonce',
  'ratelimit',
  'ratelimit-policy',
  'strict-transport-security',
]
/** Of a refusal, beside status and body. */
const OF_REFUSALS: readonly string[] = [
  ...OF_ANSWERS,
  'accept-encoding',
  'allow',
  'content-type',
  'retry-after',
  'www-authenticate',
]

/**
 * No header of ours is ever copied from a client (`disallowed_headers`; they are gone by then anyway): Envoy leaves out of `headers_to_add` what is
 * empty, and a client's own would stand in its place.
 */
export function checkFilter(listener: ExportedListener, asked: EnvoyExport): EnvoyObject {
  const { secretVariable, interactionHeaders, contextHeader, maxBodyBytes } = asked
  const add = (key: string, value: string): EnvoyObject => ({ key, value })
  return typed('envoy.filters.http.ext_authz', `${HTTP_FILTER}.ext_authz.v3.ExtAuthz`, {
    stat_prefix: 'gatehouse',
    transport_api_version: 'V3',
    failure_mode_allow: false,
    status_on_error: { code: 'ServiceUnavailable' },
    clear_route_cache: true,
    encode_raw_headers: true,
    // Nothing is held back of a request without a body.
    with_request_body: {
      max_request_bytes: maxBodyBytes,
      allow_partial_message: false,
      pack_as_bytes: true,
    },
    allowed_headers: { patterns: [{ safe_regex: { regex: '.+' } }] },
    disallowed_headers: {
      patterns: [
        { prefix: OURS, ignore_case: true },
        { exact: 'transfer-encoding', ignore_case: true },
      ],
    },
    http_service: {
      server_uri: { uri: `http://${RESPONDER}`, cluster: RESPONDER, timeout: CHECK_TIMEOUT },
      path_prefix: CHECK_PREFIX,
      authorization_request: {
        headers_to_add: [
          ...(secretVariable === undefined
            ? []
            : [add(CHECK_HEADERS.secret, `%ENVIRONMENT(${secretVariable})%`)]),
          add(CHECK_HEADERS.listener, listener.name),
          add(CHECK_HEADERS.tls, '%DOWNSTREAM_TLS_VERSION%'),
          add(CHECK_HEADERS.peer, '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'),
        ],
      },
      authorization_response: {
        allowed_upstream_headers: {
          patterns: [
            { prefix: OURS, ignore_case: true },
            ...patterns(['traceparent', 'tracestate', ...interactionHeaders]),
            ...patterns(contextHeader === undefined ? [] : [contextHeader]),
          ],
        },
        allowed_client_headers: { patterns: patterns([...OF_REFUSALS, ...interactionHeaders]) },
        allowed_client_headers_on_success: {
          patterns: patterns([...OF_ANSWERS, ...interactionHeaders]),
        },
        dynamic_metadata_from_headers: {
          patterns: patterns(['x-gatehouse-decision', ALLOW_HEADERS.api]),
        },
      },
    },
  })
}

/** Of a request without a route, which is not asked about (CONNECT). */
const NOWHERE = `[[${problemBody('GH_GATEWAY_ROUTE_UNKNOWN')}]]`

/** Envoy's own rewriting keeps the query that the client sent, so the path is put there by eight lines; without one nothing goes on. */
export function rewriteFilter(): EnvoyObject {
  const inline_string = [
    'function envoy_on_request(handle)',
    '  local headers = handle:headers()',
    `  local path = headers:get("${ALLOW_HEADERS.path}")`,
    '  if path == nil then',
    `    handle:respond({[":status"] = "404", ["content-type"] = "application/problem+json"}, ${NOWHERE})`,
    '    return',
    '  end',
    '  headers:replace(":path", path)',
    `  headers:remove("${ALLOW_HEADERS.path}")`,
    'end',
  ].join('\n')
  return typed('envoy.filters.http.lua', `${HTTP_FILTER}.lua.v3.Lua`, {
    default_source_code: { inline_string },
  })
}
