/** "My security": with what a customer confirms, since when, and what can be done about it. */
import type { Device, EndedFactor, FactorKind, WaitingCode } from '../../sca/index.ts'
import { ELEMENT_WORDS } from '../strong/element-words.ts'
import type { Message } from './english.ts'
import { foreign, html, type Html, type Part } from './html.ts'
import type { Language } from './language.ts'
import { PERMISSIONS } from './permission-pages.ts'

export const SECURITY = '/security'
/** Of each form: that it is of this page. */
export const hidden = (token: string): Html =>
  html`<input type="hidden" name="form" value="${token}" />`
export const back = ({ say }: Language, to: string): Html =>
  html`<p><a href="${to}">${say('back')}</a></p>`

export interface Content {
  readonly title: string
  readonly body: Part
}
export interface OwnElements {
  /** Those that this bank has. */
  readonly kinds: readonly FactorKind[]
  readonly devices: readonly Device[]
  readonly ended: readonly EndedFactor[]
  /** Of kinds that can be added on these pages. */
  readonly waiting: readonly WaitingCode[]
}

/** By the name that the customer gave it, or what it is. */
export const elementName = (
  { say }: Language,
  { kind, label }: Pick<Device, 'kind' | 'label'>,
): Html => (label === undefined ? html`${say(ELEMENT_WORDS[kind].name)}` : foreign(label))

export function securityList(language: Language, own: OwnElements, token: string): Content {
  const { say } = language
  const { devices, ended, kinds } = own
  return {
    title: say('security'),
    body: html`${devices.length === 0 ? html`<p>${say('securityNone')}</p>` : elements(language, devices, kinds)}
      ${codes(language, own)}
      <p><a class="button" href="${SECURITY}/add">${say('addElement')}</a></p>
      ${devices.length + ended.length === 0 ? undefined : html`<p>${say('securityNoticed')}</p>`}
      <h2>${say('lostTitle')}</h2>
      <p>${say('lostText')}</p>
      ${
        ended.length === 0
          ? undefined
          : html`<h2>${say('removedTitle')}</h2>
              <ul>
                ${ended.map(
                  ({ kind, endedAt }) =>
                    html`<li>
                      ${say(ELEMENT_WORDS[kind].name)}, ${say('removedOn')} ${language.day(endedAt)}
                    </li>`,
                )}
              </ul>`
      }
      <p><a href="${SECURITY}/payees">${say('payees')}</a></p>
      <p><a href="${PERMISSIONS}">${say('permissions')}</a></p>
      <form method="post" action="${SECURITY}/logout">
        ${hidden(token)}
        <button type="submit">${say('logout')}</button>
      </form>`,
  }
}

function elements(
  language: Language,
  devices: readonly Device[],
  kinds: readonly FactorKind[],
): Html {
  const { say } = language
  const items = devices.map(
    (device) =>
      html`<li>
        <a href="${SECURITY}/element/${device.id}">${elementName(language, device)}</a><br />
        ${device.label === undefined ? undefined : html`${say(ELEMENT_WORDS[device.kind].name)}, `}${say(ELEMENT_WORDS[device.kind].category)}<br />
        ${say('addedOn')} ${language.day(device.createdAt)}, ${say('lastUsed')}:
        ${used(language, device)}, ${say(statusOf(device, kinds))}
      </li>`,
  )
  return html`<p>${say('securityIntro')}</p>
    <ul class="plain">
      ${items}
    </ul>`
}
const used = (language: Language, { usedAt }: Device): string =>
  usedAt === null ? language.say('never') : language.day(usedAt)
const statusOf = ({ kind }: Device, kinds: readonly FactorKind[]): Message =>
  kinds.includes(kind) ? 'inUse' : 'notAccepted'

function codes(language: Language, { waiting }: OwnElements): Html | undefined {
  const { say } = language
  if (waiting.length === 0) return undefined
  return html`<p>${say('codesWaiting')}</p>
    <ul>
      ${waiting.map(
        ({ kind, until }) =>
          html`<li>
            <a href="${SECURITY}/code/${kind}">${say(ELEMENT_WORDS[kind].name)}</a>
            (${say('codeUntil')} ${language.day(until)})
          </li>`,
      )}
    </ul>`
}

/** `kinds`: those that can be added here. */
export function addPage(language: Language, kinds: readonly FactorKind[]): Content {
  const { say } = language
  const items = kinds.flatMap((kind) => {
    const { name, about } = ELEMENT_WORDS[kind]
    return about === undefined
      ? []
      : [
          html`<li>
            <a href="${SECURITY}/add/${kind}">${say(name)}</a><br />
            ${say(about)}<br />
            <a href="${SECURITY}/code/${kind}">${say('useBankCode')}: ${say(name)}</a>
          </li>`,
        ]
  })
  return {
    title: say('addElement'),
    body: html`<p>${say('addIntro')}</p>
      <ul class="plain">
        ${items}
      </ul>
      ${back(language, SECURITY)}`,
  }
}

export function elementPage(
  language: Language,
  device: Device,
  of: {
    readonly kinds: readonly FactorKind[]
    readonly token: string
    readonly failed: Message | undefined
  },
): Content {
  const { say } = language
  const { id, kind, label = '' } = device
  const path = `${SECURITY}/element/${id}`
  const described = of.failed === undefined ? undefined : html` aria-describedby="failed"`
  return {
    title: label === '' ? say(ELEMENT_WORDS[kind].name) : label,
    body: html`<dl>
        <dt>${say('whatItIs')}</dt>
        <dd>${say(ELEMENT_WORDS[kind].name)}, ${say(ELEMENT_WORDS[kind].category)}</dd>
        <dt>${say('addedOn')}</dt>
        <dd>${language.day(device.createdAt)}</dd>
        <dt>${say('lastUsed')}</dt>
        <dd>${used(language, device)}</dd>
        <dt>${say('status')}</dt>
        <dd>${say(statusOf(device, of.kinds))}</dd>
      </dl>
      <h2>${say('rename')}</h2>
      ${of.failed === undefined ? undefined : html`<p class="error" role="alert" id="failed">${say(of.failed)}</p>`}
      <form method="post" action="${path}/rename">
        ${hidden(of.token)}
        <label for="label">${say('newLabel')}</label>
        <input
          id="label"
          name="label"
          value="${label}"
          maxlength="64"
          autocomplete="off"
          required${described}
        />
        <button type="submit">${say('rename')}</button>
      </form>
      <p><a class="button" href="${path}/remove">${say('remove')}</a></p>
      ${back(language, SECURITY)}`,
  }
}
