/** Berlin Group NextGenPSD2 1.3: consents for accounts, payments (single, in bulk, periodic) and their authorisations, in the redirect (OAuth), decoupled and embedded approaches. */
import type { ConsentBook } from '../consent-book.ts'
import type { Consent } from '../consent.ts'
import type { Face, FaceAnswer, FaceRequest, Operation } from '../face.ts'
import { objectAt } from '../shape.ts'
import { accountConsents, GLOBAL } from './account-consents.ts'
import { refusal } from './answers.ts'
import { authorisations } from './authorisations.ts'
import { isEmbedded } from './embedded.ts'
import { paymentResources } from './payments.ts'
import {
  BERLIN_GROUP,
  type BerlinGroupOptions,
  consentStatus,
  type Parts,
  type Resource,
  ROOT,
} from './resource.ts'

export function berlinGroup(options: BerlinGroupOptions): Face {
  const parts: Parts = {
    ...options,
    link: (path) => ({ href: `${options.origin}${ROOT}${path}` }),
    approach(request, consent) {
      const { header } = request
      if (options.device !== undefined && header('tpp-decoupled-preferred') === 'true')
        return 'DECOUPLED'
      return options.embedded !== undefined &&
        (header('tpp-redirect-preferred') === 'false' || isEmbedded(request)) &&
        isComplete(consent)
        ? 'EMBEDDED'
        : 'REDIRECT'
    },
  }
  const consents = accountConsents(parts)
  const payments = paymentResources(parts)
  return {
    name: BERLIN_GROUP,
    area: 'EU',
    confirms: false,
    statusWord: consentStatus,
    root: ROOT,
    route(method, path) {
      const [first = '', ...rest] = path
      if (first === 'consents') return routed(method, rest, consents, consentParts(parts))
      const [product = '', ...below] = rest
      const found = payments(first, product)
      if (found === undefined || !('run' in found))
        return found && routed(method, below, found, paymentParts(parts, first, product))
      if (below.length > 0) return undefined
      return method === 'POST' ? found : ['POST']
    },
    refusal: (why) => refusal(why),
    headers(header): Readonly<Record<string, string>> {
      const id = header('x-request-id')
      return id !== undefined && /^[0-9a-fA-F-]{36}$/.test(id) ? { 'x-request-id': id } : {}
    },
  }
}

/** Nothing is left for the customer to choose, for which he would need a page of the bank. */
function isComplete({ kind, namedAccounts, request }: Consent): boolean {
  if (kind !== 'account-access' || namedAccounts.length > 0) return true
  const access = objectAt(request, 'access')
  return GLOBAL.some((name) => Object.hasOwn(access, name))
}

interface Below {
  find(id: string, client: string): Promise<Consent | undefined>
  /** Path of one, below the root. */
  path(id: string): string
  readonly book: ConsentBook
  readonly parts: Parts
}

function routed(
  method: string,
  [id, sub, third, ...more]: readonly string[],
  resource: Resource,
  below: Below,
): Operation | readonly string[] | undefined {
  const { scopes } = resource
  const operation = (
    run: (request: FaceRequest) => Promise<FaceAnswer>,
    takesBody: Operation['takesBody'] = false,
  ): Operation => ({ scopes, takesBody, run })
  const of = (
    run: (consent: Consent, request: FaceRequest) => Promise<FaceAnswer> | FaceAnswer,
    takesBody?: Operation['takesBody'],
  ) =>
    operation(async (request) => {
      const consent = await below.find(id ?? '', request.client)
      return consent === undefined ? resource.unknown : run(consent, request)
    }, takesBody)
  if (more.length > 0) return undefined
  if (id === undefined)
    return method === 'POST' ? operation((request) => resource.create(request), true) : ['POST']
  if (sub === undefined) {
    if (method === 'GET') return of((consent) => ({ status: 200, body: resource.show(consent) }))
    if (method !== 'DELETE') return ['GET', 'DELETE']
    return of(async ({ id: own }, { client }) => {
      const ended = await below.book.act(own, { kind: 'cancel', client })
      return resource.cancelled(ended.ok ? ended.value : await below.find(own, client))
    })
  }
  if (sub === 'status' && third === undefined)
    return method === 'GET'
      ? of((consent) => ({ status: 200, body: resource.status(consent) }))
      : ['GET']
  if (sub === 'cancellation-authorisations' && resource.cancellations !== undefined) {
    const { list, start } = resource.cancellations
    if (third !== undefined)
      return method === 'GET' || method === 'PUT' ? of(() => resource.unknown) : ['GET', 'PUT']
    if (method === 'GET') return of(() => list)
    return method === 'POST' ? of(() => start) : ['GET', 'POST']
  }
  if (sub !== 'authorisations') return undefined
  const sca = authorisations(below.parts, below.path, resource.unknown)
  if (third !== undefined) {
    if (method === 'GET') return of((consent) => sca.status(consent, third))
    return method === 'PUT'
      ? of((consent, request) => sca.update(consent, third, request), 'may')
      : ['GET', 'PUT']
  }
  if (method === 'GET') return of((consent) => sca.list(consent))
  return method === 'POST'
    ? of((consent, request) => sca.start(consent, request), 'may')
    : ['GET', 'POST']
}

const consentParts = (parts: Parts): Below => ({
  parts,
  book: parts.book,
  path: (id) => `consents/${id}`,
  find: (id, client) => find(parts.book, id, client, 'consents'),
})
const paymentParts = (parts: Parts, service: string, product: string): Below => ({
  parts,
  book: parts.book,
  path: (id) => `${service}/${product}/${id}`,
  find: (id, client) => find(parts.book, id, client, `${service}/${product}`),
})

async function find(book: ConsentBook, id: string, client: string, purpose: string) {
  const found = await book.find(id, client)
  return found?.regime === BERLIN_GROUP && found.purpose === purpose ? found : undefined
}
