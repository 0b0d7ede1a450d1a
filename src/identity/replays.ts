/** Client assertions and DPoP proofs once each: the store's answer, told in the library's words for either. */
import type { Provider } from 'oidc-provider'
import type { Store } from '../store/index.ts'
import { Replayed } from './adapter.ts'

/** The library says "used before" as an error of client authentication or of the proof; it needs to hear false for that. */
export function refuseReplays({ ReplayDetection }: Provider): void {
  const unique = ReplayDetection.unique.bind(ReplayDetection)
  ReplayDetection.unique = async (issuer, jti, exp) => {
    try {
      return await unique(issuer, jti, exp)
    } catch (error) {
      if (error instanceof Replayed) return false
      throw error
    }
  }
}

/** The same for who is not the library, whose answers wait for the disk of themselves: on disk when it is true. */
export async function firstOnDisk(
  { ReplayDetection }: Provider,
  store: Store,
  { issuer, jti, exp }: { readonly issuer: string; readonly jti: string; readonly exp: number },
): Promise<boolean> {
  if (!(await ReplayDetection.unique(issuer, jti, exp))) return false
  await store.sync()
  return true
}
