/** The customer's own page: who has or had access, and an end to it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsentBook } from '../consents/consent-book.ts'
import type { CustomerArea, CustomerSessions } from './customer-session.ts'
import type { InteractionOptions } from './interaction.ts'
import { formToken, isOurs, readForm } from './forms.ts'
import { chooseLanguage } from './language.ts'
import { goTo, type Page, sendPage } from './page.ts'
import { type Named, permissionList, permissionPage, PERMISSIONS } from './permission-pages.ts'
import { notice } from './request-pages.ts'

export interface PermissionOptions extends Pick<
  InteractionOptions,
  'provider' | 'origin' | 'sealing' | 'brand'
> {
  readonly book: ConsentBook
  readonly sessions: CustomerSessions
  /** Whether there are pages of "my security". */
  readonly security: boolean
}

const AREA: CustomerArea = { path: PERMISSIONS, title: 'permissions' }

export function permissionScreens(options: PermissionOptions) {
  const { book, sealing, brand, origin, sessions } = options

  return async function handle(request: IncomingMessage, response: ServerResponse, path: string) {
    const language = chooseLanguage(undefined, request.headers['accept-language'])
    const send = (status: number, content: Pick<Page, 'title' | 'body'>): void =>
      sendPage(response, { status, ...content }, { brand, language })
    const session = sessions.of(request)
    const [, , id = '', action = '', ...more] = path.split('/')
    if (more.length > 0) return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
    const entered = sessions.enter(request, response, { language, area: AREA, step: id })
    if (entered !== undefined) return entered
    if (session === undefined) return sessions.showLogin(response, language, AREA)
    sessions.renew(response, session)
    const token = formToken(sealing, `permissions.${session.id}`)
    if (request.method === 'POST') {
      const form = await readForm(request)
      if (form === undefined || !isOurs(request, form, token, origin))
        return send(403, notice(language, 'forgedTitle', 'forgedText'))
      if (id === 'logout' && action === '') return sessions.logout(response, AREA)
      if (action !== 'withdraw') return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
      await book.act(id, { kind: 'withdraw', subject: session.subject })
      return goTo(response, `${PERMISSIONS}/${/^[0-9a-f]{32}$/.test(id) ? id : ''}`)
    }
    if (request.method !== 'GET' || action !== '')
      return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
    const consents = await book.ofCustomer(session.subject)
    if (id === '')
      return send(
        200,
        permissionList(language, await named(consents), { token, security: options.security }),
      )
    const [one] = await named(consents.filter((consent) => consent.id === id))
    if (one === undefined) return send(404, notice(language, 'notFoundTitle', 'notFoundText'))
    return send(200, permissionPage(language, one, session.subject, token))
  }

  async function named(consents: readonly Named['consent'][]): Promise<readonly Named[]> {
    const provider = options.provider()
    return Promise.all(
      consents.map(async (consent) => ({
        consent,
        name: (await provider.Client.find(consent.client))?.clientName ?? consent.client,
      })),
    )
  }
}
