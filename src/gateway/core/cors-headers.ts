/** What an answer says to the browser of a page of another origin (Fetch Standard §3.2.3). */
import type { HeaderView } from '../../decide/index.ts'
import type { ApiIndex } from './plan-index.ts'

/** What a page may read beside the body: ids for support, when to come again, how to prove. */
const EXPOSED = 'dpop-nonce, retry-after, www-authenticate, x-fapi-interaction-id'

/** Appends to `into`. An API that no page may read says nothing at all. */
export function corsHeaders(into: string[], api: ApiIndex | undefined, headers: HeaderView): void {
  if (api === undefined || api.origins.size === 0) return
  // What it says depends on who asks, also when it says nothing.
  if (!into.includes('vary')) into.push('vary', 'Origin')
  const asked = headers.all('origin')
  const [origin = ''] = asked
  if (
    asked.length !== 1 ||
    !api.origins.has(origin) ||
    into.includes('access-control-allow-origin')
  )
    return
  into.push('access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED)
}
