/** Registration as one thing: its register kept up with, and what answers a request. */
import type { Clock, Scheduler } from '../../lib/index.ts'
import type { IssuerKeys } from '../../proof/index.ts'
import type { Store } from '../../store/index.ts'
import type { Presented } from '../certificates.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { Evidence } from '../evidence.ts'
import { type Fetch, fetchKeys } from '../outbound.ts'
import type { Sealing } from '../sealing.ts'
import { type RegisterSource, watchRegister } from './register-watch.ts'
import { createRegistration } from './registration.ts'
import { type RegistrationEndpoint, registrationEndpoint } from './registration-endpoint.ts'
import type { Directory } from './software-statement.ts'

/** What an installation says of it. */
export interface RegistrationSettings {
  readonly directories: readonly Directory[]
  /** `undefined`: there is none, so nobody is registered but partners. */
  readonly register: { readonly source: RegisterSource; readonly keys: IssuerKeys } | undefined
  /** Whom no register lists may register and wait for an approval. */
  readonly partners: boolean
  /** Third parties may ask for FAPI 1.0 Advanced. */
  readonly fapi1: boolean
}
export interface OpenRegistrationParts {
  readonly settings: RegistrationSettings
  readonly issuer: string
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly presented: Presented
  readonly scopes: readonly string[]
  readonly fetch: Fetch
  /** @throws RegistrationRefused */
  readonly validate: (metadata: ClientMetadata) => void
  /** Told, and waited for, when one has removed itself. */
  readonly removed: (id: string) => Promise<void>
  readonly evidence: Evidence
  readonly say: (failure: unknown) => void
}

export async function openRegistration(parts: OpenRegistrationParts): Promise<{
  readonly endpoint: RegistrationEndpoint
  look(): Promise<void>
  stop(): void
}> {
  const { settings, store, clock, scheduler, presented, evidence, say } = parts
  const { register, directories, partners, fapi1 } = settings
  const watch =
    register === undefined
      ? undefined
      : watchRegister({ ...register, store, clock, scheduler, evidence, say })
  await watch?.look()
  const registration = createRegistration({
    ...parts,
    directories,
    partners,
    fapi1,
    register: () => watch?.current(),
    keysAt: (uri) => fetchKeys(parts.fetch, uri),
  })
  return {
    endpoint: registrationEndpoint({ registration, presented, clock, evidence, say }),
    look: async () => watch?.look(),
    stop: () => watch?.stop(),
  }
}
