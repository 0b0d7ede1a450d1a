/** That somebody logged in, or that nobody did, before it counts. */
import type { Evidence } from '../evidence.ts'
import type { LoggedIn } from './customers.ts'

export const tellLogin = (
  evidence: Evidence,
  said: LoggedIn | { readonly error: string },
  about: { readonly client?: string; readonly consent?: string } = {},
): Promise<string> =>
  evidence.write({
    action: 'login',
    by: 'customer',
    ...about,
    ...('error' in said
      ? { outcome: 'refused', error: said.error }
      : { outcome: 'done', subject: said.subject }),
  })
