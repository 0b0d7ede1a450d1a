/** UK Open Banking Read/Write API v4.0: consents of accounts, payments and funds, as the specification names their members and codes. */
import type { ConsentBook } from '../consent-book.ts'
import type { Face } from '../face.ts'
import { accountAccessConsents } from './account-access.ts'
import { refusal } from './answers.ts'
import { fundsConfirmationConsents } from './funds.ts'
import { PAYMENT_CONSENTS, paymentConsents } from './payments.ts'
import { permissionsOf, type Resource, statusWord, UK_OBIE } from './resource.ts'

const ROOT = '/open-banking/v4.0/'

export interface UkObieOptions {
  readonly book: ConsentBook
  /** Under which third parties find it, e.g. `https://login.bank.example`. */
  readonly origin: string
  readonly now: () => number
  readonly randomUuid: () => string
}

export function ukObie({ book, origin, now, randomUuid }: UkObieOptions): Face {
  const parts = { book, now, self: (path: string) => `${origin}${ROOT}${path}` }
  const resources = new Map<string, Resource>([
    ['aisp/account-access-consents', accountAccessConsents(parts)],
    ['cbpii/funds-confirmation-consents', fundsConfirmationConsents(parts)],
    ...PAYMENT_CONSENTS.map((kind): [string, Resource] => [
      `pisp/${kind.name}`,
      paymentConsents(parts, kind),
    ]),
  ])
  return {
    name: UK_OBIE,
    area: 'UK',
    confirms: true,
    statusWord,
    permissionsOf,
    root: ROOT,
    route(method, [group = '', name = '', ...rest]) {
      const resource = resources.get(`${group}/${name}`)
      if (resource === undefined || rest.length > 1) return undefined
      if (rest.length === 0) return method === 'POST' ? resource.create : ['POST']
      if (method === 'GET') return resource.read
      if (method === 'DELETE' && resource.end !== undefined) return resource.end
      return resource.end === undefined ? ['GET'] : ['GET', 'DELETE']
    },
    refusal: (why) => refusal(why),
    headers: (header) => ({
      'x-fapi-interaction-id': interactionId(header('x-fapi-interaction-id')) ?? randomUuid(),
    }),
  }
}

/** RFC 4122, as the specification asks; anything else is not played back. */
function interactionId(given: string | undefined): string | undefined {
  return given !== undefined && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given)
    ? given
    : undefined
}
