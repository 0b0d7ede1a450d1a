/** The pages of a request: log in, see what is asked, pick accounts where none was named, say yes or no. */
import type { Consent } from '../consents/consent.ts'
import type { CustomerAccount } from './customers.ts'
import type { Message } from './english.ts'
import { html, type Html, type Part } from './html.ts'
import type { Language } from './language.ts'
import { consentText } from './wording.ts'

interface Asked {
  readonly language: Language
  readonly consent: Consent
  /** Of the third party. */
  readonly name: string
  /** `/interaction/UID`. */
  readonly path: string
  readonly token: string
}
interface Content {
  readonly title: string
  readonly body: Part
}

const TITLES: Readonly<Record<Consent['kind'], Message>> = {
  'account-access': 'whoAsks',
  payment: 'whoPays',
  'funds-confirmation': 'whoChecks',
}
export const requestTitle = ({ say }: Language, { kind }: Consent, name: string): string =>
  say(TITLES[kind]).replace('{0}', () => name)

export function loginPage(
  asked: Asked,
  {
    failed,
    decides,
    own,
  }: {
    readonly failed: Message | undefined
    readonly decides: boolean
    /** By a password here; else at the bank's own login. */
    readonly own: boolean
  },
): Content {
  const { language, consent, path, token } = asked
  const button = !decides
    ? 'loginButton'
    : consent.kind === 'payment'
      ? 'loginAndPay'
      : 'loginAndAllow'
  return {
    title: requestTitle(language, consent, asked.name),
    body: html`${consentText(language, consent)}
    ${(own ? credentials : bankLogin)(language, { action: `${path}/login`, token, button, failed })}
    ${refuseForm(asked)}`,
  }
}

interface Entrance {
  readonly action: string
  readonly token: string
  readonly button: Message
  /** What went wrong before. */
  readonly failed: Message | undefined
}

export function credentials({ say }: Language, of: Entrance): Html {
  return html`<h2>${say('loginTitle')}</h2>
    ${failure(say, of.failed)}
    <form method="post" action="${of.action}">
      <input type="hidden" name="form" value="${of.token}" />
      <label for="username">${say('username')}</label>
      <input
        id="username"
        name="username"
        autocomplete="username"
        required${of.failed ? html` aria-describedby="failed"` : undefined}
      />
      <label for="password">${say('password')}</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required${of.failed ? html` aria-describedby="failed"` : undefined}
      />
      <button class="main" type="submit">${say(of.button)}</button>
    </form>`
}

/** A link, because browsers judge where a form may lead, and who knows where a bank's login leads. */
export const bankLogin = ({ say }: Language, of: Omit<Entrance, 'token'>): Html =>
  html`<h2>${say('loginTitle')}</h2>
    ${failure(say, of.failed)}
    <p>${say('loginElsewhere')}</p>
    <p><a class="button" href="${of.action}">${say(of.button)}</a></p>`

const failure = (say: Language['say'], failed: Message | undefined): Html | undefined =>
  failed && html`<p class="error" role="alert" id="failed">${say(failed)}</p>`

interface Choice {
  /** Those that may be picked, or that were named. */
  readonly accounts: readonly CustomerAccount[]
  readonly picks: boolean
  /** Nothing was picked. */
  readonly none: boolean
}

/** `warning`: of the payee, before there is anything to press. */
export function confirmPage(asked: Asked, choice: Choice, warning?: Html): Content {
  const { language, consent, path, token } = asked
  const { say } = language
  const payment = consent.kind === 'payment'
  return {
    title: requestTitle(language, consent, asked.name),
    body: html`${consentText(language, consent)} ${warning}
      <form method="post" action="${path}/confirm">
        <input type="hidden" name="form" value="${token}" />
        ${accountChoice(language, consent, choice)}
        ${payment ? undefined : html`<p>${say('withdrawHint')}</p>`}
        <button class="main" type="submit">${say(payment ? 'pay' : 'allow')}</button>
      </form>
      ${refuseForm(asked)}`,
  }
}

/** For a form: accounts to pick, or those that were named. */
export function accountChoice(
  { say }: Language,
  { kind }: Consent,
  { accounts, picks, none }: Choice,
): Html | undefined {
  const lines = accounts.map(({ id, name, number }) =>
    picks
      ? html`<label
          ><input type="checkbox" name="account" value="${id}" />
          <span>${name} ${number}</span></label
        >`
      : html`<li>${name} ${number}</li>`,
  )
  if (picks)
    return html`<fieldset>
      <legend>${say('whichAccounts')}</legend>
      ${none ? html`<p class="error" role="alert">${say('pickAccounts')}</p>` : undefined}
      ${accounts.length === 0 ? html`<p class="error">${say('noAccounts')}</p>` : lines}
    </fieldset>`
  if (accounts.length === 0) return undefined
  return html`<h2>${say(kind === 'payment' ? 'fromAccount' : 'whichAccounts')}</h2>
    <ul>
      ${lines}
    </ul>`
}

const refuseForm = ({ language: { say }, consent, path, token }: Asked): Html =>
  html`<form method="post" action="${path}/refuse">
    <input type="hidden" name="form" value="${token}" />
    <button type="submit">${say(consent.kind === 'payment' ? 'refusePayment' : 'refuse')}</button>
  </form>`

/** A page that says what happened, what became of it and what to do. */
export const notice = ({ say }: Language, title: Message, text: Message): Content => ({
  title: say(title),
  body: html`<p>${say(text)}</p>`,
})
