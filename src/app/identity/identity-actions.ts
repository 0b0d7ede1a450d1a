/** What operators may ask of third parties and consents. */
import { clientActions } from './client-actions.ts'
import { consentActions } from './consent-actions.ts'
import type { OpenIdentity } from './open-identity.ts'

/** `identity`: the authorization server, if there is one. */
export const identityActions = (
  feedDir: string,
  identity: Pick<OpenIdentity, 'clients' | 'consents'> | undefined,
) => ({
  ...clientActions(feedDir, identity?.clients, identity?.consents),
  ...consentActions(identity?.consents),
})
