/** Consent resources, and where requests name a consent: in every scheme of open banking a resource that a client makes for itself. */
import type { ObjectSelector } from '../../decide/index.ts'
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import type { FieldPath } from '../../schema/index.ts'
import type { ClientsAct } from '../template/document.ts'
import { plainName } from './generic/names.ts'
import type { SchemaView } from './schema-view.ts'

/** `account-access-consents`, `consents`, `consentimentos`. */
function isConsentWord(segment: string): boolean {
  return /consent(s|imentos?|imientos?)?$/.test(plainName(segment))
}

/** What starts and follows the authorisation of a consent or a payment by its customer (Berlin Group). */
function isAuthorisationWord(segment: string): boolean {
  return /^(cancellation)?authori[sz]ations?$/.test(plainName(segment))
}

export function segmentsOf({ path }: OperationRecord): readonly string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** What a client does for itself: make, read and end a consent, or have a payment authorised. What is done *under* a consent is neither. */
export function clientsAct(operation: OperationRecord): ClientsAct | undefined {
  if (operation.role !== 'auth') return undefined
  const segments = segmentsOf(operation)
  if (segments.some(isConsentWord)) return 'consents'
  return segments.some(isAuthorisationWord) ? 'authorisations' : undefined
}

/** Last words of the paths of an authorization server (RFC 8414 §2, RFC 9126, OpenID Connect Discovery and CIBA). */
const SERVER_WORDS: ReadonlySet<string> = new Set(
  `authorize authorise authorization token par introspect introspection revoke revocation register registration
   jwks jwks.json certs openid-configuration oauth-authorization-server bc-authorize device_authorization
   pushed-authorization-requests backchannel-authentication`
    .split(/\s+/)
    .map(plainName),
)

export function isServerOperation(operation: OperationRecord): boolean {
  return SERVER_WORDS.has(plainName(segmentsOf(operation).at(-1) ?? ''))
}

/**
 * Every alternative of the declared security is a token that a client gets for itself (OpenAPI 3.0.3, OAuth Flows Object:
 * `clientCredentials` and no other flow).
 */
export function isClientsOwn({ security }: OperationRecord, document: JsonValue): boolean {
  const components = isJsonObject(document) ? document['components'] : undefined
  const schemes = isJsonObject(components) ? components['securitySchemes'] : undefined
  const own = (name: string): boolean => {
    const scheme = isJsonObject(schemes) && Object.hasOwn(schemes, name) ? schemes[name] : undefined
    const flows = isJsonObject(scheme) && scheme['type'] === 'oauth2' ? scheme['flows'] : undefined
    return isJsonObject(flows) && Object.keys(flows).join() === 'clientCredentials'
  }
  const sets = (security ?? []).map((set) => Object.keys(set))
  return sets.length > 0 && sets.every((names) => names.length > 0 && names.every(own))
}

const BODY_PATHS: readonly FieldPath[] = [
  ['Data', 'ConsentId'],
  ['data', 'consentId'],
  ['ConsentId'],
  ['consentId'],
]

function isConsentParameter(name: string): boolean {
  return /^(x)?consentid(entifier)?$/.test(plainName(name))
}

/** Where the request names a consent: `{ConsentId}`, `/consents/{id}`, `Consent-ID`, `Data.ConsentId`. */
export function consentSelectors(
  operation: OperationRecord,
  view: SchemaView,
): readonly ObjectSelector[] {
  const found: ObjectSelector[] = []
  const segments = segmentsOf(operation)
  segments.forEach((segment, at) => {
    const name = /^\{([^{}]+)\}$/.exec(segment)?.[1]
    if (name === undefined) return
    if (isConsentParameter(name) || isConsentWord(segments[at - 1] ?? ''))
      found.push({ in: 'path', name, names: 'consent' })
  })
  for (const { in: where, name } of operation.parameters)
    if ((where === 'query' || where === 'header') && isConsentParameter(name))
      found.push({ in: where, name, names: 'consent' })
  for (const at of BODY_PATHS) {
    const declared = view
      .bodies(operation)
      .some((root) => at.reduce((here, step) => view.child(here, step), root).length > 0)
    // One that the bank itself gives out (POST /consents) is no claim of the client's.
    if (declared && clientsAct(operation) === undefined) {
      found.push({ in: 'body', name: at.at(-1) ?? '', at, names: 'consent' })
      break
    }
  }
  return found
}
