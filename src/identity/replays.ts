/** Client assertions and DPoP proofs once each: the store's answer, told in the library's words for either. */
import type { Provider } from 'oidc-provider'
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
