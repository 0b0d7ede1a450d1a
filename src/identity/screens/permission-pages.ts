/** "My permissions": who has or had access, what became of it, and one button that ends it. */
import type { Consent } from '../consents/consent.ts'
import { isOver } from '../consents/machine.ts'
import { foreign, html, type Html, type Part } from './html.ts'
import type { Language } from './language.ts'
import { actorText, consentText, statusText } from './wording.ts'

export const PERMISSIONS = '/permissions'

interface Content {
  readonly title: string
  readonly body: Part
}
export interface Named {
  readonly consent: Consent
  /** Of the third party. */
  readonly name: string
}

export function permissionList(
  language: Language,
  consents: readonly Named[],
  { token, security }: { readonly token: string; readonly security: boolean },
): Content {
  const { say } = language
  const items = consents.map(
    ({ consent, name }) =>
      html`<li>
        <a href="${PERMISSIONS}/${consent.id}">${foreign(name)}</a><br />
        ${statusText(language, consent.status)}, ${language.day(consent.changedAt)}
      </li>`,
  )
  return {
    title: say('permissions'),
    body: html`${
        items.length === 0
          ? html`<p>${say('permissionsNone')}</p>`
          : html`<p>${say('permissionsIntro')}</p>
              <ul class="plain">
                ${items}
              </ul>`
      }
      ${
        security
          ? html`<p><a href="/security">${say('security')}</a></p>
              <p><a href="/security/payees">${say('payees')}</a></p>`
          : undefined
      }
      <form method="post" action="${PERMISSIONS}/logout">
        <input type="hidden" name="form" value="${token}" />
        <button type="submit">${say('logout')}</button>
      </form>`,
  }
}

export function permissionPage(
  language: Language,
  { consent, name }: Named,
  subject: string,
  token: string,
): Content {
  const { say } = language
  const steps = consent.history.map(
    ({ at, to, by }) =>
      html`<li>
        ${language.day(at)}: ${statusText(language, to)} (${actorText(language, by, subject)})
      </li>`,
  )
  return {
    title: name,
    body: html`<dl>
        <dt>${say('status')}</dt>
        <dd>${statusText(language, consent.status)}</dd>
      </dl>
      ${consentText(language, consent)}
      <h2>${say('history')}</h2>
      <ul>
        ${steps}
      </ul>
      ${isOver(consent) ? undefined : withdrawForm(language, { consent, name }, token)}
      <p><a href="${PERMISSIONS}">${say('back')}</a></p>`,
  }
}

function withdrawForm(language: Language, { consent, name }: Named, token: string): Html {
  return html`<h2>${language.about('withdrawTitle', name)}</h2>
    <p>${language.say('withdrawText')}</p>
    <form method="post" action="${PERMISSIONS}/${consent.id}/withdraw">
      <input type="hidden" name="form" value="${token}" />
      <button class="ends" type="submit">${language.say('withdraw')}</button>
    </form>`
}
