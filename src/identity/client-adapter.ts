/** How the library finds clients that were registered: in the store, at each request, so that what was decided a moment ago counts. */
import { type Adapter, errors } from 'oidc-provider'
import { findClient, isActive, type Store } from '../store/index.ts'

/** The library registers nobody itself: that is `clients/`. */
export function clientAdapter(store: Store): Adapter {
  const refuse = (): Promise<never> => Promise.reject(new errors.InvalidRequest('not here'))
  return {
    async find(id) {
      const found = await store.run(findClient, { id })
      if (found === null || !isActive(found)) return undefined
      // Sound: metadata that was checked when it was written.
      const metadata = JSON.parse(found.metadata) as Record<string, unknown>
      return { ...metadata, client_id: id }
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: () => Promise.resolve(),
  }
}
