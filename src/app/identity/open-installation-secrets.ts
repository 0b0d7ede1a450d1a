/** The secrets of an installation, with all that is sealed under them: the records of the authorization server and of strong customer authentication. */
import type { GatehouseConfig } from '../../config/index.ts'
import type { Evidence } from '../../identity/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import { type InstallationSecrets, openSecrets, type Store } from '../../store/index.ts'
import { readSecret } from '../secrets.ts'

export interface SecretParts {
  readonly config: Pick<GatehouseConfig, 'identity'>
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly evidence: Evidence
  /** Told of what cannot be looked after. */
  readonly say: (problem: string) => void
}

/**
 * `undefined`: there is no authorization server.
 * @throws GH_CONFIG_SECRET_REFERENCE, GH_IDENTITY_SECRET, GH_IDENTITY_SECRET_MISSING, GH_IDENTITY_SEALED, GH_IDENTITY_UNRECORDED
 */
export async function openInstallationSecrets({
  config: { identity },
  evidence,
  say,
  ...ports
}: SecretParts): Promise<InstallationSecrets | undefined> {
  if (identity === null) return undefined
  const [{ IDENTITY_SEALED }, { SCA_SEALED }] = await Promise.all([
    import('../../identity/index.ts'),
    import('../../sca/index.ts'),
  ])
  return openSecrets({
    ...ports,
    secret: readSecret(identity.secret),
    previous: identity.previousSecrets.map((ref) => readSecret(ref)),
    columns: [...IDENTITY_SEALED, ...SCA_SEALED],
    async told(change) {
      const entry = { outcome: 'done', by: 'gatehouse', purpose: 'identity.secret' } as const
      await evidence.write(
        change.kind === 'ended'
          ? { ...entry, action: 'secret-end', keys: [change.mark] }
          : {
              ...entry,
              action: 'secret-seal',
              before: change.before,
              after: change.mark,
              keys: [change.mark],
            },
      )
    },
    say(failure) {
      const code = failure instanceof GatehouseError ? failure.code : 'an unexpected failure'
      say(`the secret of the authorization server cannot be looked after (${code})`)
    },
  })
}
