/** `x-fapi-interaction-id` (FAPI 1.0 Baseline §6.2.1-11): the caller's UUID comes back; anything else is replaced by one of ours. */
import type { HeaderView } from '../../decide/index.ts'

export const DEFAULT_INTERACTION_HEADER = 'x-fapi-interaction-id'
/** RFC 9562 §4 text form, any version. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function interactionId(headers: HeaderView, name: string, fresh: () => string): string {
  const values = headers.all(name)
  const [value] = values
  return value !== undefined && values.length === 1 && UUID.test(value) ? value : fresh()
}
