/** Which consent an authorization request is about: the one that it names, or one that is made from what it asks for. */
import type { Payload } from 'oidc-provider'
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  paymentText,
  readAuthorizationDetails,
} from '../../lib/index.ts'
import type { ConsentBook } from '../consents/consent-book.ts'
import type { Consent } from '../consents/consent.ts'
import { OAUTH, termsOf } from '../consents/oauth/regime.ts'

/** UK Open Banking security profile: the claim by which a request names its consent. */
export const INTENT_CLAIM = 'openbanking_intent_id'

/**
 * `consent_id`, or the value of the claim, wherever it is asked for; `undefined`: it names none. Two that differ, or what is no name: `null`, which is
 * none of anybody, for a customer who then agreed to something else would not have been asked for this.
 */
export function namedConsent(params: Payload): string | null | undefined {
  const ids = new Set<string>()
  if (typeof params['consent_id'] === 'string') ids.add(params['consent_id'])
  const claims = parsed(params['claims'])
  for (const target of ['id_token', 'userinfo']) {
    const of = claims !== undefined && isJsonObject(claims) ? claims[target] : undefined
    const asked = of !== undefined && isJsonObject(of) ? of[INTENT_CLAIM] : undefined
    if (asked === undefined || !isJsonObject(asked)) continue
    // OpenID Connect Core §5.5.1: one of several would be as good, and a consent is not one of several.
    if (asked['values'] !== undefined) return null
    const { value } = asked
    if (value === undefined) continue
    if (typeof value !== 'string') return null
    ids.add(value)
  }
  const [id] = ids
  return ids.size > 1 ? null : id
}

/** `interaction`: the name that all pages of one request have in common. `undefined`: there is none that this third party could mean. */
export async function requestedConsent(
  book: ConsentBook,
  params: Payload,
  interaction: string,
  resourceScopes: ReadonlySet<string>,
): Promise<Consent | undefined> {
  const client = String(params['client_id'])
  const named = namedConsent(params)
  if (named === null) return undefined
  const list = detailsOf(params)
  if (named !== undefined) {
    const consent = await book.find(named, client)
    return consent !== undefined && saysNoMore(list, consent) ? consent : undefined
  }
  const scope = typeof params['scope'] === 'string' ? params['scope'] : ''
  const scopes = scope.split(' ').filter((one) => resourceScopes.has(one))
  const terms = termsOf(list, scopes)
  const made = await book.create(terms, { client, regime: OAUTH.name }, interaction)
  return made.kind === 'made' ? made.consent : undefined
}

/**
 * Details beside a named consent may say again what it says. What else they said no customer would see, for pages and devices show the consent,
 * and tokens would hold it.
 */
function saysNoMore(
  details: readonly JsonObject[],
  { regime, request, payments }: Consent,
): boolean {
  const asked = regime === OAUTH.name ? request['details'] : payments
  const held = new Set(Array.isArray(asked) ? asked.map(meaningOf) : [])
  return details.every((detail) => held.has(meaningOf(detail)))
}

/** A payment in canonical form, for the same may be said in several ways. */
function meaningOf(detail: JsonValue): string {
  const read = readAuthorizationDetails([detail])
  return read.kind === 'known' && read.payments.length > 0
    ? JSON.stringify(read.payments.map((one) => one.map(paymentText)))
    : canonicalJson(detail)
}

export function detailsOf(params: Payload): readonly JsonObject[] {
  const details = parsed(params['authorization_details'])
  return Array.isArray(details) ? (details as readonly JsonValue[]).filter(isJsonObject) : []
}

/** The library has checked that it is JSON. */
function parsed(text: unknown): JsonValue | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
