/** What the elements of customers are called in plain words. */
import type { FactorKind } from '../../sca/index.ts'
import type { Message } from '../screens/english.ts'

interface Words {
  readonly name: Message
  readonly category: Message
  /** What it is good for; absent: it is not added on a page. */
  readonly about?: Message
}
export const ELEMENT_WORDS: Readonly<Record<FactorKind, Words>> = {
  passcode: { name: 'elementPasscode', category: 'categoryKnowledge', about: 'passcodeAbout' },
  'transaction-code': {
    name: 'elementTransactionCode',
    category: 'categoryPossession',
    about: 'transactionCodeAbout',
  },
  totp: { name: 'elementTotp', category: 'categoryPossession', about: 'totpAbout' },
  passkey: { name: 'elementPasskey', category: 'categoryPasskey', about: 'passkeyAbout' },
  approval: { name: 'elementApproval', category: 'categoryPossession' },
  'one-time-code': { name: 'elementOneTimeCode', category: 'categoryPossession' },
}
