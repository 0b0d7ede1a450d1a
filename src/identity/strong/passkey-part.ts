/** What a page needs so that a passkey can be used in it: our one script, and marks in the form for it (`src/browser/passkeys.js`). */
import { hash } from 'node:crypto'
import type { JsonObject } from '../../lib/index.ts'
import type { Message } from '../screens/english.ts'
import { html, type Html } from '../screens/html.ts'
import type { Language } from '../screens/language.ts'
import type { PageScript } from '../screens/page.ts'

export interface ServedScript extends PageScript {
  readonly path: string
  readonly text: string
}

/** Named after what is in it: what a browser kept of another version is never taken for this one. */
export function passkeyScript(text: string, origin: string): ServedScript {
  const path = `/passkeys-${hash('sha256', text, 'hex').slice(0, 16)}.js`
  return {
    path,
    text,
    url: `${origin}${path}`,
    integrity: `sha384-${hash('sha384', text, 'base64')}`,
  }
}

/** What the script says, by what happened. */
const WORDS: readonly (readonly [string, Message])[] = [
  ['waiting', 'passkeyWaiting'],
  ['cancelled', 'passkeyCancelled'],
  ['elsewhere', 'passkeyFailed'],
  ['failed', 'passkeyFailed'],
  ['unable', 'passkeyUnable'],
  ['unsupported', 'passkeyUnsupported'],
  ['taken', 'passkeyTaken'],
  ['left', 'secondsLeft'],
  ['over', 'passkeyOver'],
]

/** Attributes of the form. `options`: what the browser is asked, of the factor's own making. */
export function passkeyMarks(
  { say }: Language,
  options: JsonObject,
  secondsLeft: number | undefined,
): Html {
  const seconds = secondsLeft === undefined ? undefined : html` data-seconds="${secondsLeft}"`
  const words = WORDS.map(([what, message]) => html` data-say-${what}="${say(message)}"`)
  return html`data-passkey="${JSON.stringify(options)}"${seconds}${words}`
}

/** In the form: unseen until the script runs. `again`: where to begin anew when the time is over; `only`: there is no other way to answer. */
export function passkeyOffer(
  { say }: Language,
  of: { readonly button: Message; readonly again: string; readonly only: boolean },
): Html {
  return html`<input type="hidden" name="passkey" value="" />
    <div data-part="offer" hidden>
      <button class="main" type="button">${say(of.button)}</button>
    </div>
    ${of.only ? html`<noscript><p class="error">${say('passkeyNeedsScript')}</p></noscript>` : undefined}
    <p data-part="words" role="status"></p>
    <p data-part="left" hidden>${say('timeLeft')} <span data-part="clock"></span></p>
    <a class="button" data-part="again" href="${of.again}" hidden>${say('startAgain')}</a>`
}
