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
  'bearer',
  'bearer_token',
  'jwt',
  'authorization',
  'client_secret',
  'client_assertion',
  'password',
  'api_key',
  'apikey',
]

export const rule: RuleKind<'logging.redact'> = {
  name: 'logging.redact',
  prepare({ params }, { operation }) {
    const denied = new Set([...NEVER_SPELLED, ...params.queryDenied.map(spelling)])
    const declared = new Set(
      operation.parameters.filter((one) => one.in === 'query').map((one) => one.name),
    )
    return {
      needs: NO_NEEDS,
      judge(_facts, { query }) {
        for (const pair of query)
          if (
            denied.has(spelling(pair.name)) ||
            // The value is looked at only where it can make a difference.
            (!declared.has(pair.name) && JWS.test(pair.value))
          )
            return IN_QUERY
        return undefined
      },
    }
  },
}

/** `accessToken`, `access-token` and `access_token` are one name to whoever wants a token to travel so. */
function spelling(name: string): string {
  return looseName(name).replaceAll(/[-_.]/g, '')
}

const NEVER_SPELLED: readonly string[] = NEVER_IN_QUERY.map(spelling)

/** A signed token whatever its name (RFC 7515 §7.1: three segments; the first is a JSON object, so it begins with `eyJ`). */
const JWS = /^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

const IN_QUERY: Failure = {
  code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  detail: 'a name that may not stand in the query',
}
