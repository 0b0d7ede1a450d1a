/**
 * Control `sensitive-data-placement`: tokens, account numbers and listed names never travel in a URL, where logs would keep them (RFC
 * 9700 §4.3.2). A declared parameter that is there to name something may hold an account number: then the specification says so. What the
 * path holds names something, so only tokens are looked for there; that an account may be named by something that looks like one is known
 * where a rule compares it.
 */
import { looseName } from '../query.ts'
import { ruleNamed } from '../rule-named.ts'
import { NO_NEEDS, type Failure, type RuleKind } from '../rule.ts'
import { identifies, isAccountNumber, isToken } from '../url-secrets.ts'

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
  prepare({ params }, { api, operation }) {
    const denied = new Set([...NEVER_SPELLED, ...params.queryDenied.map(spelling)])
    /** By name: whether its values may be account numbers. */
    const declared = new Map(
      operation.parameters
        .filter((one) => one.in === 'query')
        .map(({ name }) => [name, identifies(name)]),
    )
    const compared = new Set(
      ruleNamed(api, operation, 'authz.objects')
        ?.params.selectors.filter((one) => one.in === 'path')
        .map(({ name }) => name),
    )
    return {
      needs: NO_NEEDS,
      judge(_facts, { query, match }) {
        for (const [name, value] of match.parameters)
          if (!compared.has(name) && isToken(value)) return IN_PATH
        for (const { name, value } of query) {
          if (denied.has(spelling(name))) return IN_QUERY
          const mayName = declared.get(name)
          // The value is looked at only where it can make a difference.
          if (mayName === undefined && isToken(value)) return IN_QUERY
          if (mayName !== true && isAccountNumber(value)) return NUMBER_IN_QUERY
        }
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

const IN_QUERY: Failure = {
  code: 'GH_GATEWAY_TOKEN_IN_QUERY',
  detail: 'a name that may not stand in the query',
}

const IN_PATH: Failure = { code: 'GH_GATEWAY_TOKEN_IN_QUERY', detail: 'a token in the path' }

const NUMBER_IN_QUERY: Failure = {
  code: 'GH_GATEWAY_ACCOUNT_IN_URL',
  detail: 'an account or card number in the query',
}
