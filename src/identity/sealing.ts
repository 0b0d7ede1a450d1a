/** The part of the installation's secret that protects the records of the authorization server. */
import { type SealedArea, type Sealing, sealingOf } from '../store/index.ts'

export type { Sealing } from '../store/index.ts'

const IDENTITY: SealedArea = {
  name: 'identity',
  weak: 'GH_IDENTITY_SECRET',
  unreadable: 'GH_IDENTITY_SEALED',
}

/** @throws GH_IDENTITY_SECRET; opening throws GH_IDENTITY_SEALED */
export function createSealing(secret: string, randomBytes: (count: number) => Uint8Array): Sealing {
  return sealingOf(IDENTITY, secret, randomBytes)
}
