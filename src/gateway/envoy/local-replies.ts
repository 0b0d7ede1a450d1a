/**
 * What Envoy answers by itself, in our words: a client that reads problem documents reads them whoever refuses. Such a request was not
 * decided, so there is no decision id and no event; Envoy's access log has it.
 */
import { type ErrorCode, errorEntry } from '../../lib/index.ts'
import { ANSWER_HEADERS } from '../core/index.ts'
import { type EnvoyObject, typed } from './envoy-object.ts'
import { SENT_FOR } from './names.ts'

/** `%RESPONSE_CODE_DETAILS%` of Envoy 1.40, and the code that the Node gateway has for the same. */
const OWN: readonly (readonly [condition: string, code: ErrorCode])[] = [
  [is('ext_authz_error'), 'GH_GATEWAY_DECISION_UNAVAILABLE'],
  [is('request_payload_too_large'), 'GH_GATEWAY_BODY_TOO_LARGE'],
  [is('request_headers_too_large'), 'GH_GATEWAY_HEADERS_TOO_LARGE'],
  [begins('http1.headers_too_large'), 'GH_GATEWAY_HEADERS_TOO_LARGE'],
  [begins('http1.too_many_headers'), 'GH_GATEWAY_HEADERS_TOO_LARGE'],
  [is('absolute_path_rejected'), 'GH_GATEWAY_TARGET_MALFORMED'],
  [is('path_normalization_failed'), 'GH_GATEWAY_TARGET_MALFORMED'],
  [is('route_not_found'), 'GH_GATEWAY_ROUTE_UNKNOWN'],
  [is('direct_response'), 'GH_GATEWAY_ROUTE_UNKNOWN'],
  [is('response_timeout'), 'GH_GATEWAY_UPSTREAM_TIMEOUT'],
  [is('upstream_response_timeout'), 'GH_GATEWAY_UPSTREAM_TIMEOUT'],
  [is('upstream_per_try_timeout'), 'GH_GATEWAY_UPSTREAM_TIMEOUT'],
  [is('no_healthy_upstream'), 'GH_GATEWAY_UPSTREAM_SUSPENDED'],
  [begins('upstream_reset'), 'GH_GATEWAY_UPSTREAM_ERROR'],
  [is('request_overall_timeout'), 'GH_GATEWAY_REQUEST_TIMEOUT'],
  [is('low_version'), 'GH_GATEWAY_REQUEST_MALFORMED'],
  [is('upgrade_failed'), 'GH_GATEWAY_REQUEST_MALFORMED'],
  [begins('http1.'), 'GH_GATEWAY_REQUEST_MALFORMED'],
]

export function localReplies(): EnvoyObject {
  const headers: EnvoyObject[] = []
  for (let at = 0; at < ANSWER_HEADERS.length; at += 2)
    headers.push({
      header: { key: ANSWER_HEADERS[at] ?? '', value: ANSWER_HEADERS[at + 1] ?? '' },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    })
  return {
    mappers: [
      ...[...SENT_FOR].map(([status, sent]) => ({ filter: statusIs(sent), status_code: status })),
      ...OWN.map(([condition, code]) => ({
        filter: where(condition),
        status_code: errorEntry(code).status,
        headers_to_add: headers,
        body_format_override: {
          content_type: 'application/problem+json',
          text_format_source: { inline_string: problemBody(code) },
        },
      })),
    ],
  }
}

/** Without a decision: nobody decided. */
export function problemBody(code: ErrorCode): string {
  const { title, status } = errorEntry(code)
  // Envoy's formats take `%` for the start of a command.
  return JSON.stringify({ type: `urn:gatehouse:error:${code}`, title, status, code }).replaceAll(
    '%',
    '%%',
  )
}

function is(details: string): string {
  return `response.code_details == "${details}"`
}

function begins(details: string): string {
  return `response.code_details.startsWith("${details}")`
}

function where(expression: string): EnvoyObject {
  return {
    extension_filter: typed(
      'envoy.access_loggers.extension_filters.cel',
      'type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
      { expression },
    ),
  }
}

function statusIs(status: number): EnvoyObject {
  const value = { default_value: status, runtime_key: `gatehouse.status.${status}` }
  return { status_code_filter: { comparison: { op: 'EQ', value } } }
}
