/** Everything that a customer sees of the authorization server, by path; what is not here is the library's. */
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { APPROVALS } from '../approvals/approval-pages.ts'
import { approvalScreens } from '../approvals/approval-screens.ts'
import type { Approvals } from '../approvals/approvals.ts'
import { customerSessions, type SessionOptions } from './customer-session.ts'
import { LOGIN_CALLBACK } from '../login/login-desk.ts'
import { INTERACTION_PATH, interactionScreens } from './interaction.ts'
import { chooseLanguage } from './language.ts'
import { sendPage, STYLE_PATH } from './page.ts'
import { PERMISSIONS } from './permission-pages.ts'
import { type PermissionOptions, permissionScreens } from './permissions.ts'
import type { InteractionOptions } from './interaction.ts'
import { notice } from './request-pages.ts'
import { securityScreens } from './security.ts'
import { SECURITY } from './security-pages.ts'
import { styleSheet } from './style.ts'
import type { StrongOptions } from '../strong/strong.ts'

export interface ScreenOptions
  extends InteractionOptions, SessionOptions, Omit<PermissionOptions, 'sessions' | 'security'> {
  /** With what customers authenticate strongly; `undefined`: their login is all there is. */
  readonly elements: StrongOptions | undefined
  /** What customers are asked on a device of theirs; `undefined`: nothing is. */
  readonly approvals: Approvals | undefined
  /** Told of what could not be shown. */
  readonly say: (failure: unknown) => void
}

/** False: it is no page of ours. */
export function customerScreens(options: ScreenOptions) {
  const { brand, say } = options
  const script = options.strong?.passkeys
  const interaction = interactionScreens(options)
  const sessions = customerSessions(options)
  const permissions = permissionScreens({
    ...options,
    sessions,
    security: options.elements !== undefined,
  })
  const security =
    options.elements &&
    securityScreens({ ...options, sessions, elements: options.elements, passkeys: script })
  const approvals =
    options.approvals && approvalScreens({ ...options, sessions, approvals: options.approvals })
  const style = styleSheet(brand)
  const tag = `"${hash('sha256', style, 'base64url').slice(0, 16)}"`

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path = ''] = (request.url ?? '').split('?')
    if (path === STYLE_PATH) {
      response.writeHead(200, {
        'content-type': 'text/css; charset=utf-8',
        'content-length': Buffer.byteLength(style),
        'cache-control': 'public, max-age=3600',
        'x-content-type-options': 'nosniff',
        etag: tag,
      })
      response.end(request.method === 'HEAD' ? undefined : style)
      return true
    }
    if (path === script?.path) {
      response.writeHead(200, {
        'content-type': 'text/javascript; charset=utf-8',
        'content-length': Buffer.byteLength(script.text),
        // Its name changes with it.
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
      })
      response.end(request.method === 'HEAD' ? undefined : script.text)
      return true
    }
    if (path === LOGIN_CALLBACK && options.loginDesk !== undefined) {
      if (options.loginDesk.sendOn(request, response)) return true
      const language = chooseLanguage(undefined, request.headers['accept-language'])
      const page = { status: 400, ...notice(language, 'loginLostTitle', 'loginLostText') }
      sendPage(response, page, { brand, language })
      return true
    }
    const ours = INTERACTION_PATH.test(path)
      ? interaction
      : path === PERMISSIONS || path.startsWith(`${PERMISSIONS}/`)
        ? permissions
        : path === SECURITY || path.startsWith(`${SECURITY}/`)
          ? security
          : path === APPROVALS || path.startsWith(`${APPROVALS}/`)
            ? approvals
            : undefined
    if (ours === undefined) return false
    ours(request, response, path).catch((error: unknown) => {
      say(error)
      if (response.headersSent) return void response.destroy()
      const language = chooseLanguage(undefined, request.headers['accept-language'])
      const page = { status: 500, ...notice(language, 'brokenTitle', 'brokenText') }
      sendPage(response, page, { brand, language })
    })
    return true
  }
}
