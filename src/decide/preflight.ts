/**
 * Cross-origin requests (Fetch Standard §3.2, control `gateway-hardening`). The bank has no say in them: its own headers are dropped and no
 * preflight reaches it. Only origins that a rule lists by their exact name may read, never all, and never with cookies, which are dropped
 * anyway: who may read does not depend on what a browser sends by itself.
 */
import type { RequestFacts } from './facts.ts'
import type { ActiveApi, PlanOperation } from './plan.ts'

/** The answer to a preflight: names and values. */
export interface Preflight {
  readonly api: string
  readonly headers: readonly string[]
}

/** Origins whose pages may read answers of the API; empty: none. */
export function corsOrigins(api: ActiveApi): ReadonlySet<string> {
  const listed = api.rules.flatMap((rule) =>
    rule.name === 'gateway.baseline' && (rule.mode === 'enforce' || rule.origin.level === 'mandate')
      ? rule.params.corsOrigins
      : [],
  )
  return new Set(listed)
}

/** The one value of a header; `undefined`: none, or several. */
export function single({ headers }: RequestFacts, name: string): string | undefined {
  const values = headers.all(name)
  return values.length === 1 ? values[0] : undefined
}

/** What a browser asks about: the origin of the page and the method it would use; `undefined`: the request is no preflight. */
export function preflightAsked(
  request: RequestFacts,
): { readonly origin: string; readonly method: string } | undefined {
  if (request.method !== 'OPTIONS') return undefined
  const origin = single(request, 'origin')
  const method = single(request, 'access-control-request-method')
  return origin === undefined || method === undefined ? undefined : { origin, method }
}

/** Sent by every third party, though no specification declares them all. */
const ALWAYS = ['authorization', 'content-type', 'dpop']
/** A browser asks again after so many seconds. */
const MAX_AGE_SECONDS = '600'

export function preflightAnswer(
  api: string,
  origin: string,
  methods: readonly string[],
  { parameters }: PlanOperation,
): Preflight {
  const declared = parameters.filter((one) => one.in === 'header').map(({ name }) => name)
  const names = new Set([...ALWAYS, ...declared.map((name) => name.toLowerCase())])
  return {
    api,
    headers: [
      'access-control-allow-origin',
      origin,
      'access-control-allow-methods',
      methods.join(', '),
      'access-control-allow-headers',
      [...names].join(', '),
      'access-control-max-age',
      MAX_AGE_SECONDS,
      'vary',
      'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    ],
  }
}
