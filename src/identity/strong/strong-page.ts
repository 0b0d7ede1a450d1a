/** The page on which a customer authenticates strongly: amount and payee first, made from what will be signed, then what they have to give. */
import type { JsonObject } from '../../lib/index.ts'
import type { FactorKind, Presentation, ShownPayment } from '../../sca/index.ts'
import type { Consent } from '../consents/consent.ts'
import type { Message } from '../screens/english.ts'
import { foreign, html, type Html, type Part } from '../screens/html.ts'
import type { Language } from '../screens/language.ts'
import { termRows } from '../screens/payment-terms.ts'
import { requestTitle } from '../screens/request-pages.ts'
import type { Page } from '../screens/page.ts'
import { consentText } from '../screens/wording.ts'
import {
  ASKED_KINDS,
  askedPath,
  askedWords,
  type AskedKind,
  type AskedView,
  askForms,
  combinationWith,
  isWaiting,
  waitingPart,
} from './asked-part.ts'
import { payeeWarning } from './payee-warning.ts'
import { passkeyMarks, passkeyOffer, type ServedScript } from './passkey-part.ts'
import type { StrongPresentation } from './strong.ts'

/** Those that a person can type of himself, and what their field is called. */
const TYPED: ReadonlyMap<FactorKind, Message> = new Map<FactorKind, Message>([
  ['passcode', 'passcode'],
  ['transaction-code', 'transactionCode'],
  ['totp', 'totpCode'],
])
/** Those whose answer comes in a field. */
export const FIELD_KINDS: readonly FactorKind[] = [...TYPED.keys(), 'one-time-code']

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
  /** What was asked of a device, or sent; absent: nothing yet, or this page cannot. */
  readonly view?: AskedView | undefined
}
/** What the customer answers with. */
export type Asking = Pick<StrongPage, 'presentation' | 'passkeys' | 'view'>

const isTypable = (kinds: readonly FactorKind[]): boolean => kinds.every((kind) => TYPED.has(kind))
const isPasskey = (kinds: readonly FactorKind[]): boolean => kinds.join() === 'passkey'
/** What goes with what was asked; else the first combination that can be typed: those that fit every act come first. */
const typable = ({ presentation, view }: Asking): readonly FactorKind[] | undefined =>
  view === undefined
    ? presentation.combinations.find(isTypable)
    : combinationWith(presentation, view.kind, (kind) => TYPED.has(kind))
/** What can be asked of a device, or sent, and be enough with what can be typed. */
const askable = (presentation: Presentation): readonly AskedKind[] =>
  ASKED_KINDS.filter(
    (kind) => combinationWith(presentation, kind, (one) => TYPED.has(one)) !== undefined,
  )
/** What a passkey of theirs is asked; `undefined`: they have none, or this page cannot ask. */
const passkeyIn = ({ presentation, passkeys, view }: Asking): JsonObject | undefined =>
  passkeys !== undefined && view === undefined && presentation.combinations.some(isPasskey)
    ? presentation.questions.passkey
    : undefined
/** Whether the customer has anything to answer with on this page. */
const canAnswer = (of: Asking): boolean => typable(of) !== undefined || passkeyIn(of) !== undefined
/** Or could be asked from it. */
export const canConfirm = (of: Asking): boolean =>
  canAnswer(of) || askable(of.presentation).length > 0
/** That the page runs. */
export const scriptOf = (of: Asking): Pick<Page, 'script'> =>
  of.passkeys === undefined || passkeyIn(of) === undefined ? {} : { script: of.passkeys }
/** Attributes of the form in which `strongFields` are. */
function strongMarks(of: Asking & Pick<StrongPage, 'language'>): Html | undefined {
  const question = passkeyIn(of)
  return question && passkeyMarks(of.language, question, of.presentation.secondsLeft)
}

export function strongPage(of: StrongPage): Pick<Page, 'title' | 'body' | 'script'> {
  const { language, consent, path, token } = of
  const action = `${path}/sca`
  const button = consent.kind === 'payment' ? 'pay' : 'allow'
  return {
    ...scriptOf(of),
    title: requestTitle(language, consent, of.name),
    body: html`${strongShown(of)} ${strongPart(of, { path, action, asks: action, button })}
      <form method="post" action="${path}/refuse">
        <input type="hidden" name="form" value="${token}" />
        <button type="submit">${language.say('refuse')}</button>
      </form>`,
  }
}

/** Of a page: how it is confirmed, by which way, and the other ways. */
export function strongPart(
  of: Asking & Pick<StrongPage, 'language' | 'token' | 'failed'>,
  to: {
    /** Of the page. */
    readonly path: string
    /** Where it begins anew; absent: there. */
    readonly again?: string
    /** To which forms go: with answers, and with the wish to be asked. */
    readonly action: string
    readonly asks: string
    readonly button: Message
    /** Something is taken away. */
    readonly ends?: boolean
    /** What else the form has. */
    readonly more?: Part
  },
): Html {
  const { language, token, presentation, view, failed } = of
  const { say } = language
  const { path, again = path, action, button, ends = false } = to
  const kinds = askable(presentation)
  const answers = canAnswer(of)
  const asks = askForms(language, { ...of, action: to.asks, view, kinds, first: !answers })
  const look = view && askedPath(path, presentation.id, view.kind)
  return html`${
    isWaiting(view) && look !== undefined
      ? waitingPart(language, {
          view,
          payment: presentation.kind === 'payment',
          look,
          failed,
          secondsLeft: presentation.secondsLeft,
        })
      : answers
        ? html`<form method="post" action="${action}" ${strongMarks(of)}>
            <input type="hidden" name="form" value="${token}" />
            ${view && html`<input type="hidden" name="by" value="${view.kind}" />`} ${to.more}
            ${strongFields(of, { button, again, ends })}
          </form>`
        : kinds.length === 0
          ? html`<p class="error">${say('noFactors')}</p>`
          : html`<h2>${say('strongTitle')}</h2>
              ${failure(language, failed)}`
  }
  ${asks.length > 0 && answers ? html`<h2>${say('otherWays')}</h2>` : undefined} ${asks}
  ${view && html`<p><a href="${again}">${say('otherWay')}</a></p>`}`
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
function strongFields(
  of: Asking & Pick<StrongPage, 'language' | 'failed'>,
  {
    button,
    again,
    ends,
  }: { readonly button: Message; readonly again: string; readonly ends: boolean },
): Html {
  const { language, presentation, failed, view } = of
  const { say } = language
  const typed = typable(of)
  const offered = passkeyIn(of) !== undefined
  const { combinations } = presentation
  const late = combinations.findIndex(isTypable) < combinations.findIndex(isPasskey)
  const look = ends ? 'ends' : offered ? undefined : 'main'
  const typing =
    typed &&
    html`${askedWords(language, view, presentation)}
      ${typed.filter(hasField).map((kind) => field(language, kind, presentation, failed !== undefined))}
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
    ${failure(language, failed)}
    <input type="hidden" name="transaction" value="${presentation.id}" />
    ${late ? [apart, offer] : [offer, apart]}`
}

const hasField = (kind: FactorKind): boolean => FIELD_KINDS.includes(kind)
const failure = ({ say }: Language, failed: Message | undefined): Html | undefined =>
  failed && html`<p class="error" role="alert" id="failed">${say(failed)}</p>`

function field(
  { say }: Language,
  kind: FactorKind,
  { questions, kind: act }: Presentation,
  failed: boolean,
): Html {
  const label = TYPED.get(kind) ?? 'sentCode'
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
    ${row('fromAccount', shown.debtorAccount)} ${row('reference', shown.remittance)}
    ${row('payeeReference', shown.reference)} ${row('onDay', shown.executionDate)}
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

/** The device has said no: nothing is asked any more, and the way on is back. */
export function refusedPage({
  language,
  consent,
  name,
  path,
  token,
}: Omit<StrongPage, 'presentation' | 'failed' | 'passkeys' | 'view'>): Pick<
  Page,
  'title' | 'body'
> {
  const { say } = language
  return {
    title: requestTitle(language, consent, name),
    body: html`<p class="error" role="alert" data-part="refused">${say('deviceRefused')}</p>
      <form method="post" action="${path}/refuse">
        <input type="hidden" name="form" value="${token}" />
        <button class="main" type="submit">${say('goBack')}</button>
      </form>`,
  }
}
