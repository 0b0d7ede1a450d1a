/** Faults of what a token says of strong customer authentication. */
import { digestOf, OTHER_PAYMENT, PAYMENT } from '../world.ts'
import { fault, pays } from './fault.ts'

const DECIDED = { outcome: 'authenticated', decision: 'd-1' }
const LOW = { outcome: 'exempt', decision: 'd-1', exemption: 'low-value' }
/** What a token may say of strong customer authentication; half of it says nothing. */
const SAID: readonly unknown[] = [
  undefined,
  'authenticated',
  { outcome: 'authenticated' },
  { ...LOW, exemption: undefined },
  DECIDED,
  LOW,
  { ...LOW, digest: digestOf(PAYMENT) },
  { ...DECIDED, digest: digestOf(OTHER_PAYMENT) },
  { ...LOW, digest: digestOf(OTHER_PAYMENT) },
  { ...DECIDED, digest: 'of-nothing' },
]

export const AUTHENTICATION = [
  fault('another word about authentication', pays, ({ token }, { one }) => {
    if (token !== null) token.claims['sca'] = one(...SAID)
  }),
  fault('another word, and an acr that is none', pays, ({ token }, { one }) => {
    if (token === null) return
    token.claims['sca'] = one(...SAID)
    token.claims['acr'] = one('urn:other', undefined)
  }),
]
