/** The part of the installation's secret that protects the records of strong customer authentication (RTS Art. 22: nothing in plain text). */
import { type SealedArea, type Sealing, sealingOf } from '../store/index.ts'

const SCA: SealedArea = { name: 'sca', weak: 'GH_SCA_SECRET', unreadable: 'GH_SCA_SEALED' }

/** @throws GH_SCA_SECRET; opening throws GH_SCA_SEALED */
export function scaSealing(secret: string, randomBytes: (count: number) => Uint8Array): Sealing {
  return sealingOf(SCA, secret, randomBytes)
}
