/**
 * What one act of the authorization server says about controls: how the client authenticated to whom a token was given. Who is known and did not
 * authenticate was kept out; of names that nobody has, anybody may send as many as they like, and they show nothing.
 */
import type { IdentityEvent } from '../../events/index.ts'
import type { ControlId } from '../../lib/index.ts'
import type { Sight } from './judge-event.ts'

// Sound: the catalogue has it; a test says so.
const STRONG = 'client-strong-auth' as ControlId
/** By a key that nobody else has (FAPI 2.0 Security Profile, 5.3.2.1-6). */
const BY_KEYS: ReadonlySet<string> = new Set(['private_key_jwt', 'tls_client_auth'])

export function judgeIdentity({
  action,
  outcome,
  error,
  client,
  authentication,
}: IdentityEvent): readonly Sight[] {
  if (action !== 'token') return []
  const seen = (as: Sight['outcome'], code: string | null): readonly Sight[] => [
    { control: STRONG, rule: 'identity.clientAuth.methods', outcome: as, code },
  ]
  if (outcome === 'refused')
    return error === 'invalid_client' && client !== null ? seen('refused', error) : []
  // Of before it was recorded.
  if (authentication === undefined) return []
  return BY_KEYS.has(authentication) ? seen('held', null) : seen('let-through', authentication)
}
