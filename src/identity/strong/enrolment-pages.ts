/** The pages on which a customer adds an element: confirm that it is you, then set it up and prove that it works. Without script. */
import { Buffer } from 'node:buffer'
import type { Device, FactorKind } from '../../sca/index.ts'
import type { JsonObject } from '../../lib/index.ts'
import type { Message } from '../screens/english.ts'
import { html, type Html } from '../screens/html.ts'
import type { Language } from '../screens/language.ts'
import { back, type Content, elementName, hidden, SECURITY } from '../screens/security-pages.ts'
import { ELEMENT_WORDS } from './element-words.ts'
import { passkeyMarks, passkeyOffer } from './passkey-part.ts'
import { type Asking, strongPart } from './strong-page.ts'

interface Form {
  readonly language: Language
  readonly token: string
  readonly failed: Message | undefined
}
const alert = ({ language, failed }: Form): Html | undefined =>
  failed && html`<p class="error" role="alert" id="failed">${language.say(failed)}</p>`
const described = ({ failed }: Form): Html | undefined => failed && html` aria-describedby="failed"`

/** With what the customer has already. */
export function authorisePage(of: Form, kind: FactorKind, asking: Asking): Content {
  const { language, token, failed } = of
  const { say } = language
  const to = `${SECURITY}/add/${kind}`
  return {
    title: `${say('addElement')}: ${say(ELEMENT_WORDS[kind].name)}`,
    body: html`<p>${say('authoriseAdd')}.</p>
      ${strongPart(
        { language, token, failed, ...asking },
        { path: to, action: to, asks: to, button: 'goOn' },
      )}
      <p><a href="${SECURITY}/code/${kind}">${say('useBankCode')}</a></p>
      ${back(language, `${SECURITY}/add`)}`,
  }
}

/** The device has said no, or its number was another: nothing is asked any more. */
export function ownRefusedPage(language: Language, path: string): Content {
  const { say } = language
  return {
    title: say('security'),
    body: html`<p class="error" role="alert" data-part="refused">${say('ownDeviceRefused')}</p>
      <p><a class="button" href="${path}">${say('beginAgain')}</a></p>
      ${back(language, SECURITY)}`,
  }
}

/** With a code that the bank sent by another way (RTS Art. 24(2)(b)). */
export function bankCodePage(of: Form, kind: FactorKind, why?: Message): Content {
  const { language, token } = of
  const { say } = language
  return {
    title: `${say('addElement')}: ${say(ELEMENT_WORDS[kind].name)}`,
    body: html`<p>${say(why ?? 'authoriseAdd')}${why === undefined ? '.' : undefined}</p>
      ${alert(of)}
      <form method="post" action="${SECURITY}/code/${kind}">
        ${hidden(token)}
        <label for="code">${say('bankCode')}</label>
        <p id="hint">${say('bankCodeHint')}</p>
        <input
          id="code"
          name="code"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
          required
          aria-describedby="${of.failed === undefined ? 'hint' : 'hint failed'}"
        />
        ${kind === 'passkey' ? secondCode(of.language) : undefined}
        <button class="main" type="submit">${say('goOn')}</button>
      </form>
      ${back(language, `${SECURITY}/add`)}`,
  }
}

/** What is two elements at once wants a code of each channel; in the branch there may be one. */
const secondCode = ({ say }: Language): Html =>
  html`<label for="second">${say('secondCode')}</label>
    <p id="why-second">${say('secondCodeHint')}</p>
    <input
      id="second"
      name="second"
      autocomplete="off"
      autocapitalize="characters"
      spellcheck="false"
      aria-describedby="why-second"
    />`

export interface SetUp {
  readonly kind: FactorKind
  /** Of the enrolment that was begun. */
  readonly id: string
  /** As the factor gave them; absent: they were shown before, and secrets are shown once. */
  readonly options?: JsonObject
  /** As the customer typed it. */
  readonly label: string
  /** That a code is made for; no secret. */
  readonly question: string
  /** What the bank is called there. */
  readonly brand: string
}

/** Setting it up, and the proof that it works: before that it does not count. */
export function setUpPage(of: Form, set: SetUp): Content {
  const { language, token } = of
  const { say } = language
  if (set.kind === 'passkey') return newPasskeyPage(of, set)
  return {
    title: say(ELEMENT_WORDS[set.kind].name),
    body: html`${SET_UP.get(set.kind)?.(language, set)} ${alert(of)}
      <form method="post" action="${SECURITY}/finish/${set.kind}">
        ${hidden(token)}
        <input type="hidden" name="enrolment" value="${set.id}" />
        <input type="hidden" name="question" value="${set.question}" />
        ${set.kind === 'passcode' ? passcodeFields(of) : codeField(of, set)}
        <button class="main" type="submit">${say('finishAdd')}</button>
      </form>
      <p><a href="${SECURITY}/add/${set.kind}">${say('beginAgain')}</a></p>`,
  }
}

const SET_UP: ReadonlyMap<FactorKind, (language: Language, of: SetUp) => Html> = new Map<
  FactorKind,
  (language: Language, of: SetUp) => Html
>([
  ['passcode', ({ say }) => html`<p id="rules">${say('passcodeRules')}</p>`],
  ['totp', totpSecret],
  ['transaction-code', deviceSecret],
])

/** The device makes it, which takes a script; a challenge that was answered wrongly is not asked again. */
function newPasskeyPage(of: Form, { kind, id, options, label }: SetUp): Content {
  const { language, token } = of
  const { say } = language
  const again = `${SECURITY}/add/${kind}`
  return {
    title: say(ELEMENT_WORDS[kind].name),
    body: html`${alert(of)}
      ${
        options === undefined
          ? undefined
          : html`<p>${say('passkeyCreateText')}</p>
              <form
                method="post"
                action="${SECURITY}/finish/${kind}"
                ${passkeyMarks(language, options, undefined)}
              >
                ${hidden(token)}
                <input type="hidden" name="enrolment" value="${id}" />
                ${labelField(language, label)}
                ${passkeyOffer(language, { button: 'createPasskey', again, only: true })}
              </form>`
      }
      <p><a href="${again}">${say('beginAgain')}</a></p>`,
  }
}
const labelField = ({ say }: Language, label: string): Html =>
  html`<label for="label">${say('labelOptional')}</label>
    <input id="label" name="label" value="${label}" maxlength="64" autocomplete="off" />`

function passcodeFields(of: Form): Html {
  const { say } = of.language
  const field = (name: string, label: Message): Html =>
    html`<label for="${name}">${say(label)}</label>
      <input
        id="${name}"
        name="${name}"
        type="password"
        autocomplete="off"
        maxlength="64"
        required
        aria-describedby="${of.failed === undefined ? 'rules' : 'rules failed'}"
      />`
  return html`${field('value', 'newPasscode')} ${field('repeat', 'repeatPasscode')}`
}

function codeField(of: Form, { kind, label, question }: SetUp): Html {
  const { say } = of.language
  return html`${labelField(of.language, label)}
    ${question === '' ? undefined : html`<p>${say('actQuestion')}<br /><code>${question}</code></p>`}
    <label for="value">${say(kind === 'totp' ? 'proveTotp' : 'proveTransactionCode')}</label>
    <input
      id="value"
      name="value"
      inputmode="numeric"
      autocomplete="one-time-code"
      required${described(of)}
    />`
}

function totpSecret({ say }: Language, { options, brand }: SetUp): Html {
  if (options === undefined) return html`<p>${say('secretShown')}</p>`
  const secret = base32(seedOf(options))
  const uri = new URL(`otpauth://totp/${encodeURIComponent(`${brand}:${say('security')}`)}`)
  uri.search = new URLSearchParams({
    secret,
    issuer: brand,
    algorithm: said(options, 'algorithm'),
    digits: said(options, 'digits'),
    period: said(options, 'period'),
  })
    .toString()
    .replaceAll('+', '%20')
  return html`<p>${say('scanOnce')}</p>
    <p><a href="${uri.href}">${say('openInApp')}</a></p>
    <dl>
      <dt>${say('secretText')}</dt>
      <dd><code>${inFours(secret)}</code></dd>
    </dl>`
}

function deviceSecret({ say }: Language, { options }: SetUp): Html {
  if (options === undefined) return html`<p>${say('secretShown')}</p>`
  return html`<p>${say('scanOnce')}</p>
    <dl>
      <dt>${say('secretSuite')}</dt>
      <dd><code>${said(options, 'suite')}</code></dd>
      <dt>${say('deviceSecret')}</dt>
      <dd><code>${inFours(seedOf(options).toString('hex'))}</code></dd>
    </dl>`
}

/** A text or number among them. */
function said(options: JsonObject, name: string): string {
  const value = options[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
const seedOf = (options: JsonObject): Buffer => {
  const { seed } = options
  return Buffer.from(typeof seed === 'string' ? seed : '', 'base64url')
}
const inFours = (text: string): string => text.replaceAll(/(.{4})(?=.)/g, '$1 ')

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** RFC 4648 §6, without padding, as authenticator apps read it. */
function base32(bytes: Uint8Array): string {
  let [text, held, bits] = ['', 0, 0]
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += LETTERS[(held >> (bits - 5)) & 31]
  }
  return bits === 0 ? text : text + LETTERS[(held << (5 - bits)) & 31]
}

/** `login`: what is left authenticates nothing strongly, so the login is what there is. `cannot`: not by typing. */
export function removePage(of: Form, device: Device, how: Asking | 'login' | 'cannot'): Content {
  const { language, token, failed } = of
  const { say } = language
  const to = `${SECURITY}/element/${device.id}`
  const action = `${to}/remove`
  const body =
    how === 'cannot'
      ? html`<p class="error">${say('cannotRemove')}</p>`
      : html`<p>${say('authoriseRemove')}. ${say('removeLast')}</p>
          ${
            how === 'login'
              ? html`<form method="post" action="${action}">
                  ${hidden(token)}
                  <button class="ends" type="submit">${say('remove')}</button>
                </form>`
              : strongPart(
                  { language, token, failed, ...how },
                  { path: action, action, asks: action, button: 'remove', ends: true },
                )
          }`
  const [before, after] = say('removeThis').split('{0}')
  const title = `${before}${device.label ?? say(ELEMENT_WORDS[device.kind].name)}${after}`
  return {
    title,
    body: html`<p>${elementName(language, device)}</p>
      ${body}${back(language, to)}`,
  }
}
