/** "Confirm": what waits for the customer's word, and each of it with amount and payee before there is anything to press. */
import type { PayeeAnswer } from '../../sca/index.ts'
import type { Consent } from '../consents/consent.ts'
import type { CustomerAccount } from '../screens/customers.ts'
import { foreign, html, type Html, type Part } from '../screens/html.ts'
import type { Language } from '../screens/language.ts'
import { accountChoice, requestTitle } from '../screens/request-pages.ts'
import { consentText } from '../screens/wording.ts'
import { payeeWarning } from '../strong/payee-warning.ts'
import { type Asking, type StrongPage, strongPart, strongShown } from '../strong/strong-page.ts'
import type { Approval } from './approvals.ts'

export const APPROVALS = '/approvals'

interface Content {
  readonly title: string
  readonly body: Part
}
export interface Shown {
  readonly approval: Approval
  readonly consent: Consent
  /** Of the third party. */
  readonly name: string
}

export function approvalList(
  { say }: Language,
  waiting: readonly Pick<Shown, 'approval' | 'name'>[],
  token: string,
): Content {
  const items = waiting.map(
    ({ approval: { ref }, name }) =>
      html`<li><a href="${APPROVALS}/${ref}">${foreign(name)}</a></li>`,
  )
  return {
    title: say('approvals'),
    body: html`${
        items.length === 0
          ? html`<p>${say('approvalsNone')}</p>`
          : html`<p>${say('approvalsIntro')}</p>
              <ul class="plain">
                ${items}
              </ul>`
      }
      <p><a href="${APPROVALS}">${say('lookAgain')}</a></p>
      <form method="post" action="${APPROVALS}/logout">
        <input type="hidden" name="form" value="${token}" />
        <button type="submit">${say('logout')}</button>
      </form>`,
  }
}

export function approvalPage(
  language: Language,
  { approval, consent, name }: Shown,
  of: {
    readonly accounts: readonly CustomerAccount[]
    readonly picks: boolean
    readonly token: string
    /** What was sent lacks something. */
    readonly missing: boolean
    /** The customer authenticates strongly with it. */
    readonly strong?: Asking & Pick<StrongPage, 'failed'>
    /** Of the payee, where they do not. */
    readonly payeeCheck?: PayeeAnswer | undefined
  },
): Content {
  const { say } = language
  const { ref, message, number } = approval
  const path = `${APPROVALS}/${ref}`
  const button = consent.kind === 'payment' ? 'pay' : 'allow'
  const strong = of.strong && { language, ...of.strong }
  const hidden = html`<input type="hidden" name="form" value="${of.token}" />`
  const fields = html`${accountChoice(language, consent, { ...of, none: of.missing })}
  ${number === undefined ? undefined : numberField(language, of.missing)}`
  return {
    title: requestTitle(language, consent, name),
    body: html`${strong === undefined ? html`${consentText(language, consent)} ${payeeWarning(language, of.payeeCheck)}` : strongShown({ consent, ...strong })}
      ${
        message === undefined
          ? undefined
          : html`<dl>
              <dt>${say('otherDeviceShows')}</dt>
              <dd>${foreign(message)}</dd>
            </dl>`
      }
      ${
        strong === undefined
          ? html`<form method="post" action="${path}/approve">
              ${hidden} ${fields}
              <button class="main" type="submit">${say(button)}</button>
            </form>`
          : strongPart(
              { ...strong, token: of.token },
              { path, action: `${path}/approve`, asks: `${path}/ask`, button, more: fields },
            )
      }
      <form method="post" action="${path}/refuse">
        ${hidden}
        <button type="submit">${say('refuse')}</button>
      </form>
      <p>${say('notYours')}</p>`,
  }
}

function numberField({ say }: Language, missing: boolean): Html {
  return html`<label for="number">${say('otherNumber')}</label>
    ${missing ? html`<p class="error" role="alert" id="missing">${say('typeNumber')}</p>` : undefined}
    <input
      id="number"
      name="number"
      inputmode="numeric"
      autocomplete="off"
      required${missing ? html` aria-describedby="missing"` : undefined}
    />`
}
