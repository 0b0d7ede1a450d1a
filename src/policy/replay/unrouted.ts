/** Refusals before there was an operation. Their path was not recorded, so they stand only where no plan could have changed them. */
import type { Plan } from '../../decide/index.ts'
import type { AccessEvent } from '../../events/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { Redecision } from './redecide.ts'
import type { Routes } from './routes.ts'

/** Refused for the request itself, whatever the plan. */
const WHATEVER_THE_PLAN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'GH_GATEWAY_TARGET_TOO_LONG',
  'GH_GATEWAY_HEADER_REPEATED',
  'GH_GATEWAY_REQUEST_MALFORMED',
  'GH_GATEWAY_HEADERS_TOO_LARGE',
  'GH_GATEWAY_REQUEST_TIMEOUT',
  'GH_GATEWAY_OVERLOADED',
])
/** Refused for where the request would have gone. */
const BY_ROUTE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'GH_GATEWAY_ROUTE_UNKNOWN',
  'GH_GATEWAY_METHOD_UNKNOWN',
  'GH_GATEWAY_TARGET_MALFORMED',
  'GH_GATEWAY_API_CLOSED',
])

export function redecideUnrouted(
  event: AccessEvent,
  before: Plan | undefined,
  draft: Plan,
  routes: Routes,
): Redecision {
  const code = event.failed.find(({ effect }) => effect === 'denied')?.code ?? event.code
  if (event.outcome !== 'denied' || code === null)
    return undecidable('the client left before there was a decision')
  if (WHATEVER_THE_PLAN.has(code)) return deny(code)
  // Without an API it was the target alone that was refused.
  if (code === 'GH_GATEWAY_TARGET_MALFORMED' && event.api === null) return deny(code)
  if (!BY_ROUTE.has(code)) return undecidable('what the gateway refused by itself was not recorded')
  if (before === undefined)
    return undecidable('the path was not recorded, and the plan of then is not kept')
  if (!routes.sameAs(before))
    return undecidable('the path was not recorded, and the draft has other routes')
  const closed = draft.apis.some(({ name, state }) => name === event.api && state === 'closed')
  return code === 'GH_GATEWAY_API_CLOSED' && !closed
    ? undecidable('the API closed while it ran, and the path was not recorded')
    : deny(code)
}

function deny(code: ErrorCode): Redecision {
  return { kind: 'deny', rule: 'gateway.baseline', code, unsure: [] }
}

function undecidable(reason: string): Redecision {
  return { kind: 'undecidable', reasons: [{ rule: 'gateway.baseline', reason }] }
}
