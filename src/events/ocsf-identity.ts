/**
 * Identity events in the words of OCSF: logins and tokens are class 3002 Authentication (required: `user`; `service` or `dst_endpoint`),
 * everything else is class 3004 Entity Management (required: `entity`), by events/iam/*.json of github.com/ocsf/ocsf-schema.
 */
import type { JsonObject } from '../lib/index.ts'
import type { IdentityAction, IdentityEvent } from './identity-event.ts'

const IAM = 3
const AUTHENTICATION = 3002
const ENTITY_MANAGEMENT = 3004
/** `auth_protocol_id`. */
const OAUTH = 6

interface Kind {
  readonly class: typeof AUTHENTICATION | typeof ENTITY_MANAGEMENT
  /** Authentication: 1 Logon, 99 Other. Entity Management: 1 Create, 2 Read, 3 Update, 4 Delete. */
  readonly activity: number
  readonly entity: 'Client' | 'Consent' | 'Element' | 'Key' | 'Register' | 'Token'
}
const login = (activity: number): Kind => ({ class: AUTHENTICATION, activity, entity: 'Token' })
const of = (entity: Kind['entity'], activity: number): Kind => ({
  class: ENTITY_MANAGEMENT,
  activity,
  entity,
})
const KINDS: Readonly<Record<IdentityAction, Kind>> = {
  login: login(1),
  'authorization-request': login(99),
  'authorization-code': login(99),
  'decoupled-request': login(99),
  token: login(99),
  'token-revoke': of('Token', 4),
  introspection: of('Token', 2),
  'consent-request': of('Consent', 2),
  'consent-create': of('Consent', 1),
  'consent-authorise': of('Consent', 3),
  'consent-refuse': of('Consent', 3),
  'consent-withdraw': of('Consent', 4),
  'consent-cancel': of('Consent', 4),
  'consent-terminate': of('Consent', 4),
  'consent-expire': of('Consent', 4),
  'consent-consume': of('Consent', 3),
  'client-register': of('Client', 1),
  'client-change': of('Client', 3),
  'client-remove': of('Client', 4),
  'client-manage': of('Client', 2),
  'client-status': of('Client', 3),
  'client-keys': of('Client', 3),
  'element-code': of('Element', 1),
  'element-add': of('Element', 1),
  'element-remove': of('Element', 4),
  'register-change': of('Register', 3),
  'key-make': of('Key', 1),
  'key-sign': of('Key', 3),
  'key-end': of('Key', 4),
  'secret-seal': of('Key', 3),
  'secret-end': of('Key', 4),
}

export function identityToOcsf(event: IdentityEvent, productVersion: string): JsonObject {
  const kind = KINDS[event.action]
  const { id, at, client, subject, consent, code, error, why } = event
  const refused = event.outcome === 'refused'
  const uid = {
    Client: client,
    Consent: consent,
    Element: null,
    Key: event.keys[0] ?? null,
    Register: null,
    Token: null,
  }[kind.entity]
  return {
    category_uid: IAM,
    class_uid: kind.class,
    activity_id: kind.activity,
    type_uid: kind.class * 100 + kind.activity,
    status_id: refused ? 2 : 1,
    severity_id: refused ? 2 : 1,
    time: at,
    ...(code === null ? {} : { status_code: code }),
    ...(error === null ? {} : { status_detail: why === null ? error : `${error}: ${why}` }),
    metadata: {
      version: '1.9.0-dev',
      uid: id,
      product: { name: 'Gatehouse', version: productVersion },
    },
    actor: {
      ...(client === null ? {} : { app_uid: client }),
      ...(subject === null ? {} : { user: { uid: subject } }),
    },
    ...(kind.class === AUTHENTICATION
      ? {
          user: { uid: subject ?? 'unknown' },
          service: { name: 'authorization server' },
          auth_protocol_id: OAUTH,
        }
      : { entity: { type: kind.entity, ...(uid === null ? {} : { uid }) } }),
    unmapped: {
      action: event.action,
      by: event.by,
      consent,
      before: event.before,
      after: event.after,
      purpose: event.purpose,
      keys: [...event.keys],
      caller: event.caller,
      ...(event.authentication === undefined ? {} : { authentication: event.authentication }),
    },
  }
}
