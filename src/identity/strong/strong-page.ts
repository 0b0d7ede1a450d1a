/** The page on which a customer authenticates strongly: amount and payee first, made from what will be signed, then what they have to give. */
import type { JsonObject } from '../../lib/index.ts'
import type { FactorKind, Presentation, ShownPayment } from '../../sca/index.ts'
import type { Consent } from '../consents/consent.ts'
import type { Message } from '../screens/english.ts'
import { foreign, html, type Html } from '../screens/html.ts'
import type { Language } from '../screens/language.ts'
import { termRows } from '../screens/payment-terms.ts'
import { requestTitle } from '../screens/request-pages.ts'
import type { Page } from '../screens/page.ts'
import { consentText } from '../screens/wording.ts'
import { payeeWarning } from './payee-warning.ts'
import { passkeyMarks, passkeyOffer, type ServedScript } from './passkey-part.ts'
import type { StrongPresentation } from './strong.ts'

/** Those that a person can type, and what their field is called. */
const TYPED: ReadonlyMap<FactorKind, Message> = new Map<FactorKind, Message>([
  ['passcode', 'passcode'],
  ['transaction-code', 'transactionCode'],
  ['totp', 'totpCode'],
])
export const TYPED_KINDS: readonly FactorKind[] = [...TYPED.keys()]

export interface StrongPage {
  readonly language: Language
  readonly consent: Consent
  /** Of the third party. */
  readonly name: string
  /** `/interaction/UID`. */
  readonly path: string
  readonly token: string
  readonly presentation: StrongPresentation
  readonly failed: Message | undefined
  /** By which a passkey is asked for; `undefined`: what can be typed is. */
  readonly passkeys: ServedScript | undefined
}
/** What the customer answers with. */
export type Asking = Pick<StrongPage, 'presentation' | 'passkeys'>

const isTypable = (kinds: readonly FactorKind[]): boolean => kinds.every((kind) => TYPED.has(kind))
const isPasskey = (kinds: readonly FactorKind[]): boolean => kinds.join() === 'passkey'
/** The first combination that can be typed: those that fit every act come first. */
const typable = ({ combinations }: Presentation): readonly FactorKind[] | undefined =>
  combinations.find(isTypable)
/** What a passkey of theirs is asked; `undefined`: they have none, or this page cannot ask. */
const passkeyIn = ({ presentation, passkeys }: Asking): JsonObject | undefined =>
  passkeys !== undefined && presentation.combinations.some(isPasskey)
    ? presentation.questions.passkey
    : undefined
/** Whether the customer has anything to answer with on this page. */
export const canAnswer = (of: Asking): boolean =>
  typable(of.presentation) !== undefined || passkeyIn(of) !== undefined
/** That the page runs. */
export const scriptOf = (of: Asking): Pick<Page, 'script'> =>
  of.passkeys === undefined || passkeyIn(of) === undefined ? {} : { script: of.passkeys }
/** Attributes of the form in which `strongFields` are. */
export function strongMarks(of: Asking & Pick<StrongPage, 'language'>): Html | undefined {
  const question = passkeyIn(of)
  return question && passkeyMarks(of.language, question, of.presentation.secondsLeft)
}

export function strongPage(of: StrongPage): Pick<Page, 'title' | 'body' | 'script'> {
  const { language, consent, path, token } = of
  const { say } = language
  const button = consent.kind === 'payment' ? 'pay' : 'allow'
  return {
    ...scriptOf(of),
    title: requestTitle(language, consent, of.name),
    body: html`${strongShown(of)}
      ${
        canAnswer(of)
          ? html`<form method="post" action="${path}/sca" ${strongMarks(of)}>
              <input type="hidden" name="form" value="${token}" />
              ${strongFields(of, { button, again: path })}
            </form>`
          : html`<p class="error">${say('noFactors')}</p>`
      }
      <form method="post" action="${path}/refuse">
        <input type="hidden" name="form" value="${token}" />
        <button type="submit">${say('refuse')}</button>
      </form>`,
  }
}

/** What is asked: of payments, exactly what will be signed. */
export function strongShown({
  language,
  consent,
  presentation: { shown, payeeCheck },
}: Pick<StrongPage, 'language' | 'consent' | 'presentation'>): Html {
  if (consent.kind !== 'payment') return consentText(language, consent)
  return html`${shown.payments.map((one) => payment(language, one))}
  ${payeeWarning(language, payeeCheck)}
  ${shown.payments.length > 1 ? totals(language, shown) : undefined}`
}

/**
 * For a form: which transaction it is about, and what the customer answers with; a passkey first, where there is one, unless its combination comes
 * after what can be typed. `again`: the page of it; `ends`: something is taken away.
 */
export function strongFields(
  of: Asking & Pick<StrongPage, 'language' | 'failed'>,
  {
    button,
    again,
    ends = false,
  }: { readonly button: Message; readonly again: string; readonly ends?: boolean },
): Html {
  const { language, presentation, failed } = of
  const { say } = language
  const typed = typable(presentation)
  const offered = passkeyIn(of) !== undefined
  const { combinations } = presentation
  const late = combinations.findIndex(isTypable) < combinations.findIndex(isPasskey)
  const look = ends ? 'ends' : offered ? undefined : 'main'
  const typing =
    typed &&
    html`${typed.map((kind) => field(language, kind, presentation, failed !== undefined))}
      <button${look && html` class="${look}"`} type="submit">${say(button)}</button>`
  const offer = offered
    ? passkeyOffer(language, { button: 'usePasskey', again, only: typed === undefined })
    : undefined
  const apart =
    offered && typing
      ? html`<fieldset class="typed" data-part="typed">
          ${late ? undefined : html`<legend>${say('withoutPasskey')}</legend>`} ${typing}
        </fieldset>`
      : typing
  return html`<h2>${say('strongTitle')}</h2>
    ${failed === undefined ? undefined : html`<p class="error" role="alert" id="failed">${say(failed)}</p>`}
    <input type="hidden" name="transaction" value="${presentation.id}" />
    ${late ? [apart, offer] : [offer, apart]}`
}

function field(
  { say }: Language,
  kind: FactorKind,
  { questions, kind: act }: Presentation,
  failed: boolean,
): Html {
  const label = TYPED.get(kind) ?? 'passcode'
  const question = questions[kind]?.['question']
  const asks = say(act === 'payment' ? 'transactionQuestion' : 'actQuestion')
  return html`${
      typeof question === 'string' ? html`<p>${asks}<br /><code>${question}</code></p>` : undefined
    }
    <label for="${kind}">${say(label)}</label>
    <input
      id="${kind}"
      name="${kind}"
      type="${kind === 'passcode' ? 'password' : 'text'}"
      ${kind === 'passcode' ? undefined : html`inputmode="numeric" `}autocomplete="off"
      required${failed ? html` aria-describedby="failed"` : undefined}
    />`
}

/** From the canonical payment, as it is signed. */
function payment(language: Language, shown: ShownPayment): Html {
  const { say } = language
  const { amount, currency = '' } = shown
  const row = (name: Message, value: string | undefined): Html | undefined =>
    value === undefined
      ? undefined
      : html`<dt>${say(name)}</dt>
          <dd>${foreign(value)}</dd>`
  return html`<dl>
    ${row('amount', amount === undefined ? undefined : language.amount(amount, currency).trim())}
    ${row('payee', shown.payeeName)} ${row('payeeAccount', shown.payeeAccount)}
    ${row('fromAccount', shown.debtorAccount)}
    ${row('reference', shown.remittance ?? shown.reference)} ${row('onDay', shown.executionDate)}
    ${row('laterAmount', shown.recurringAmount)} ${row('lastAmount', shown.finalAmount)}
    ${termRows(language, shown)}
  </dl>`
}

function totals(language: Language, shown: Presentation['shown']): Html {
  return html`<dl>
    <dt>${language.say('total')}</dt>
    ${shown.totals.map(
      ({ amount, currency }) => html`<dd>${language.amount(amount, currency)}</dd>`,
    )}
  </dl>`
}
