/** "Payees that you trust": whom the customer pays without being asked each time, where his bank allows it (RTS Art. 13). */
import type { RegistersView } from '../../sca/index.ts'
import { type Asking, type StrongPage, strongPart } from '../strong/strong-page.ts'
import { foreign, html, type Html } from './html.ts'
import type { Language } from './language.ts'
import { back, type Content, hidden, SECURITY } from './security-pages.ts'

export const PAYEES = `${SECURITY}/payees`

type Entry = RegistersView['trustedPayees'][number]
/** The last four: enough for whom it is his. */
const masked = (account: string): string => `…${account.replaceAll(/\s/g, '').slice(-4)}`

export function payeeList(language: Language, entries: readonly Entry[], token: string): Content {
  const { say } = language
  const items = entries.map(
    ({ id, name, account, since }) =>
      html`<li>
        ${foreign(name)}<br />
        ${say('payeeAccount')}: ${foreign(masked(account))}, ${say('trustedSince')}
        ${language.day(since)}
        <form method="post" action="${PAYEES}/remove">
          ${hidden(token)}
          <input type="hidden" name="payee" value="${id}" />
          <button class="ends" type="submit">${language.about('removePayee', name)}</button>
        </form>
      </li>`,
  )
  return {
    title: say('payees'),
    body: html`<p>${say('payeesIntro')}</p>
      ${
        items.length === 0
          ? html`<p>${say('payeesNone')}</p>`
          : html`<ul class="plain">
              ${items}
            </ul>`
      }
      <p><a class="button" href="${PAYEES}/add">${say('addPayee')}</a></p>
      ${back(language, SECURITY)}`,
  }
}

export function payeeAddPage(of: {
  readonly language: Language
  readonly token: string
  /** As they were typed. */
  readonly name: string
  readonly account: string
  readonly wrong?: 'name' | 'account'
}): Content {
  const { language, wrong } = of
  const { say } = language
  const field = (id: 'name' | 'account', hint: Html | undefined): Html => {
    const described = [hint && `${id}-hint`, wrong === id ? 'failed' : undefined]
      .filter((one) => one !== undefined)
      .join(' ')
    return html`<label for="${id}">${say(id === 'name' ? 'payee' : 'payeeAccount')}</label>
      ${hint}
      ${wrong === id ? html`<p class="error" role="alert" id="failed">${say(id === 'name' ? 'payeeNameWrong' : 'payeeAccountWrong')}</p>` : undefined}
      <input
        id="${id}"
        name="${id}"
        value="${of[id]}"
        maxlength="${id === 'name' ? 140 : 64}"
        autocomplete="off"
        spellcheck="false"
        required${described === '' ? undefined : html` aria-describedby="${described}"`}${wrong === id ? html` aria-invalid="true"` : undefined}
      />`
  }
  return {
    title: say('addPayee'),
    body: html`<p>${say('addPayeeIntro')}</p>
      <form method="post" action="${PAYEES}/add">
        ${hidden(of.token)} ${field('name', undefined)}
        ${field('account', html`<p id="account-hint">${say('payeeAccountHint')}</p>`)}
        <button class="main" type="submit">${say('goOn')}</button>
      </form>
      ${back(language, PAYEES)}`,
  }
}

/** Exactly what is changed, made from what is confirmed. `again`: of this page, without what was asked. */
export function payeeConfirmPage(
  of: Pick<StrongPage, 'language' | 'token' | 'failed'>,
  asking: Asking,
  { again }: { readonly again: string },
): Content {
  const { language } = of
  const { say } = language
  const { change } = asking.presentation.shown
  const ends = change?.as === 'distrust'
  const action = `${PAYEES}/confirm`
  return {
    title: say(ends ? 'removePayeeTitle' : 'addPayee'),
    body: html`<p>${say(ends ? 'removePayeeText' : 'addPayeeText')}</p>
      <dl>
        ${change?.payees.map(
          ({ payeeName, payeeAccount }) =>
            html`<dt>${say('payee')}</dt>
              <dd>${foreign(payeeName)}</dd>
              <dt>${say('payeeAccount')}</dt>
              <dd>${foreign(payeeAccount)}</dd>`,
        )}
      </dl>
      ${strongPart(
        { ...of, ...asking },
        {
          path: action,
          again,
          action,
          asks: action,
          button: ends ? 'remove' : 'addPayeeButton',
          ends,
        },
      )}
      ${back(language, PAYEES)}`,
  }
}
