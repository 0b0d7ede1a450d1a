/**
 * How the library finds clients: those of the configuration as it is now, and those that registered in the store, at each request, so that what
 * was decided a moment ago counts.
 */
import { hash } from 'node:crypto'
import { type Adapter, errors } from 'oidc-provider'
import { findClientWithKeys, findKeySet, isActive, type Store } from '../store/index.ts'
import { type ClientMetadata, KEY_SET, OWN_SCOPE } from './client-metadata.ts'
import { permittedBy } from './clients/role-scopes.ts'

/** RFC 6749 Appendix A.1. Whoever is named otherwise is nobody, before a store is asked that keeps no such text. */
const CLIENT_ID = /^[\x20-\x7e]{1,256}$/

/** The library registers nobody itself: that is `clients/`. */
export function clientAdapter(
  store: Store,
  configured: (id: string) => ClientMetadata | undefined = () => undefined,
): Adapter {
  const refuse = (): Promise<never> => Promise.reject(new errors.InvalidRequest('not here'))
  return {
    async find(id) {
      const own = configured(id)
      if (own !== undefined) {
        const uri = own.jwks_uri === undefined ? undefined : URL.parse(own.jwks_uri)?.href
        const set = uri === undefined ? null : await store.runBuffered(findKeySet, { uri })
        return { ...libraryMetadata({ ...own }), ...whichKeys(own, set?.keys ?? null) }
      }
      if (!CLIENT_ID.test(id)) return undefined
      const there = await store.runBuffered(findClientWithKeys, { id })
      if (there === null || !isActive(there.client)) return undefined
      const { client: found, keys } = there
      // Sound: metadata that was checked when it was written.
      const metadata = JSON.parse(found.metadata) as Record<string, unknown>
      return {
        ...libraryMetadata(withinRoles(metadata, found.evidence)),
        ...whichKeys(metadata, keys),
        client_id: id,
      }
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: () => Promise.resolve(),
  }
}

function whichKeys({ jwks_uri: uri }: { readonly jwks_uri?: unknown }, keys: string | null) {
  return uri === undefined ? {} : { [KEY_SET]: hash('sha256', keys ?? '', 'base64url') }
}

/** The library knows scopes of resources from resources alone, so it is not told them of a client: `resources.ts` keeps to them. */
export function libraryMetadata({
  scope,
  ...metadata
}: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return scope === undefined ? metadata : { ...metadata, [OWN_SCOPE]: scope }
}

/** The register may list fewer roles by now than when it was registered. */
function withinRoles(metadata: Record<string, unknown>, evidence: string): Record<string, unknown> {
  const { roles } = JSON.parse(evidence) as { readonly roles?: readonly string[] } // sound: written by whoever registers
  if (roles === undefined) return metadata
  const { scope, authorization_details_types: types } = metadata
  const permitted = permittedBy(new Set(roles), typeof scope === 'string' ? scope.split(' ') : [])
  return {
    ...metadata,
    scope: permitted.scopes.join(' '),
    authorization_details_types: permitted.detailTypes.filter(
      (type) => Array.isArray(types) && types.includes(type),
    ),
  }
}
