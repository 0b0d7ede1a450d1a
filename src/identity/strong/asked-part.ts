/**
 * What is asked of the customer's device, or sent to him, from a page without script: the buttons that begin it, and what a page shows meanwhile.
 * It goes together with what can be typed. That the device has answered is looked up when the customer says so: no page reloads by itself.
 */
import type { FactorKind, Presentation, ScreenState } from '../../sca/index.ts'
import type { Message } from '../screens/english.ts'
import { html, type Html } from '../screens/html.ts'
import type { Language } from '../screens/language.ts'

export const ASKED_KINDS = ['approval', 'one-time-code'] as const satisfies readonly FactorKind[]
export type AskedKind = (typeof ASKED_KINDS)[number]
export const askedKind = (name: string | null | undefined): AskedKind | undefined =>
  ASKED_KINDS.find((kind) => kind === name)

/** What a page shows of it, once it was asked. */
export interface AskedView {
  readonly kind: AskedKind
  readonly screen: ScreenState
  /** The customer says that he has answered. */
  readonly looked: boolean
}

/** The device has not answered yet: there is nothing to type. */
export const isWaiting = (view: AskedView | undefined): view is AskedView =>
  view?.kind === 'approval' && !view.screen.answered

/** With what else it is enough. */
export function combinationWith(
  { combinations }: Pick<Presentation, 'combinations'>,
  kind: AskedKind,
  isTyped: (kind: FactorKind) => boolean,
): readonly FactorKind[] | undefined {
  return combinations.find(
    (kinds) => kinds.includes(kind) && kinds.every((one) => one === kind || isTyped(one)),
  )
}

/** `…12`, as it was enrolled last, which is where a code goes. */
function addressOf({ questions }: Pick<Presentation, 'questions'>): string {
  const to = questions['one-time-code']?.['to']
  const last: unknown = Array.isArray(to) ? to.at(-1) : undefined
  return typeof last === 'string' ? last : ''
}

/** Where it leads once it was asked: to load that page again asks nothing again. */
export const askedPath = (path: string, id: string, kind: AskedKind): string =>
  `${path}?${new URLSearchParams({ transaction: id, by: kind }).toString()}`

/** A form for each; `first`: there is no other way on the page. */
export function askForms(
  language: Language,
  of: {
    readonly kinds: readonly AskedKind[]
    /** That asks. */
    readonly action: string
    readonly token: string
    readonly presentation: Presentation
    readonly view: AskedView | undefined
    readonly first: boolean
  },
): readonly Html[] {
  const { kinds, action, token, presentation, view, first } = of
  const button = (kind: AskedKind): Html => {
    if (kind === 'approval') return html`${language.say('askDevice')}`
    const again = view?.kind === kind && view.screen.sent
    return language.about(again ? 'askCodeAgain' : 'askCode', addressOf(presentation))
  }
  return kinds.map(
    (kind, at) =>
      html`<form method="post" action="${action}">
        <input type="hidden" name="form" value="${token}" />
        <input type="hidden" name="transaction" value="${presentation.id}" />
        ${view && html`<input type="hidden" name="by" value="${view.kind}" />`}
        <button${first && at === 0 ? html` class="main"` : undefined} type="submit" name="ask" value="${kind}">${button(kind)}</button>
      </form>`,
  )
}

/** The number, and what to do with it. */
export function waitingPart(
  { say }: Language,
  of: {
    readonly view: AskedView
    readonly payment: boolean
    readonly look: string
    readonly secondsLeft: number
    readonly failed: Message | undefined
  },
): Html {
  const { view, payment, look, secondsLeft, failed } = of
  const minutes = String(Math.max(1, Math.ceil(secondsLeft / 60)))
  return html`<h2>${say('deviceTitle')}</h2>
    ${failed === undefined ? undefined : html`<p class="error" role="alert" id="failed">${say(failed)}</p>`}
    ${
      view.looked && failed === undefined
        ? html`<p class="error" role="alert" data-part="not-yet">${say('deviceNotYet')}</p>`
        : undefined
    }
    <p>${say(payment ? 'devicePayment' : 'deviceAct')}</p>
    <p class="amount" data-part="number"><strong>${view.screen.number}</strong></p>
    <p>${say('deviceMinutes').replace('{0}', () => minutes)}</p>
    <p><a class="button" href="${look}&amp;looked=1">${say('deviceLook')}</a></p>`
}

/** Above what is typed: what has happened. */
export function askedWords(
  language: Language,
  view: AskedView | undefined,
  presentation: Presentation,
): Html | undefined {
  if (view === undefined) return undefined
  return view.kind === 'approval'
    ? html`<p data-part="answered">${language.say('deviceAnswered')}</p>
        <input type="hidden" name="approval" value="answered" />`
    : html`<p data-part="sent">
        ${language.about(presentation.kind === 'payment' ? 'codeSent' : 'codeSentAct', addressOf(presentation))}
      </p>`
}
