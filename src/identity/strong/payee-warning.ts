/** What the payer is told of the payee before he agrees (Regulation (EU) 2024/886, Art. 5c), in words; he may go on. Of a match: nothing. */
import type { PayeeAnswer } from '../../sca/index.ts'
import { foreign, html, type Html } from '../screens/html.ts'
import type { Language } from '../screens/language.ts'

export function payeeWarning({ say }: Language, check: PayeeAnswer | undefined): Html | undefined {
  if (check === undefined || check.result === 'match') return undefined
  const { result, name } = check
  if (result !== 'close' || name === undefined)
    return html`<p class="error" data-payee="${result}">${say(WORDS[result])}</p>`
  const [before = '', after = ''] = say('payeeCloseNamed').split('{0}')
  return html`<p class="error" data-payee="close">${before}${foreign(name)}${after}</p>`
}

const WORDS = {
  'no-match': 'payeeNoMatch',
  close: 'payeeClose',
  unavailable: 'payeeUnchecked',
} as const
