/** Control `sensitive-data-placement`: tokens and listed names never travel in a URL, where logs would keep them (RFC 9700 §4.3.2). */
import { looseName } from '../query.ts'
import { NO_NEEDS, type Failure, type RuleKind } from '../rule.ts'

/** Refused whatever the plan lists. */
const NEVER_IN_QUERY: readonly string[] = [
  'access_token',
  'refresh_token',
  'id_token',
  'token',
  'auth_token',
  'bearer_token',
  'authorization',
  'client_secret',
  'client_assertion',
  'password',
  'api_key',
  'apikey',
]

export const rule: RuleKind<'logging.redact'> = {
  name: 'logging.redact',
  prepare({ params }) {
    const denied = new Set([...NEVER_IN_QUERY, ...params.queryDenied.map(looseName)])
    return {
      needs: NO_NEEDS,
      judge(_facts, { query }) {
        for (const { name } of query) if (denied.has(looseName(name))) return IN_QUERY
        return undefined
      },
    }
  },
}

const IN_QUERY: Failure = {
  code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  detail: 'a name that may not stand in the query',
}
