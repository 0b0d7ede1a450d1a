/**
 * An event in the words of OCSF (github.com/ocsf/ocsf-schema, 1.9.0-dev of 2026-07-23): class 6003 API Activity, profile `security_control`.
 * Required there: `actor`, `api`, `src_endpoint` (events/application/api_activity.json). What OCSF has no word for is under `unmapped`.
 * Reports and exporters use it; the spool keeps our own form.
 */
import type { JsonObject } from '../lib/index.ts'
import type { AccessEvent, GatehouseEvent, RefusedEvent } from './access-event.ts'
import { identityToOcsf } from './ocsf-identity.ts'

const CLASS_UID = 6003

/** `activity_id`: what the method does by RFC 9110 §9.3; 0 Unknown, 99 Other. */
const ACTIVITY = new Map([
  ['POST', 1],
  ['GET', 2],
  ['HEAD', 2],
  ['PUT', 3],
  ['PATCH', 3],
  ['DELETE', 4],
])

interface Outcome {
  /** 1 Allowed, 2 Denied, 4 Modified. */
  readonly action_id: number
  /** 1 Allowed, 2 Blocked, 25 Rejected, 27 Error. */
  readonly disposition_id: number
  /** 1 Success, 2 Failure. */
  readonly status_id: number
  /** 1 Informational, 2 Low, 3 Medium. */
  readonly severity_id: number
}
const OUTCOMES: Readonly<Record<AccessEvent['outcome'] | 'refused', Outcome>> = {
  allowed: { action_id: 1, disposition_id: 1, status_id: 1, severity_id: 1 },
  trimmed: { action_id: 4, disposition_id: 1, status_id: 1, severity_id: 1 },
  denied: { action_id: 2, disposition_id: 2, status_id: 2, severity_id: 2 },
  failed: { action_id: 1, disposition_id: 27, status_id: 2, severity_id: 3 },
  refused: { action_id: 2, disposition_id: 25, status_id: 2, severity_id: 2 },
}

/** `undefined`: OCSF has classes for decisions; notices and changes of the product itself stay behind. */
export function toOcsf(event: GatehouseEvent, productVersion: string): JsonObject | undefined {
  switch (event.kind) {
    case 'access':
    case 'refused':
      return apiActivity(event, productVersion)
    case 'identity':
      return identityToOcsf(event, productVersion)
    case 'notice':
    case 'control':
    case 'sca':
      return undefined
    default:
      return event satisfies never
  }
}

function apiActivity(event: AccessEvent | RefusedEvent, productVersion: string): JsonObject {
  const refused = event.kind === 'refused'
  const activity = refused ? 0 : (ACTIVITY.get(event.method) ?? 99)
  return {
    category_uid: 6,
    class_uid: CLASS_UID,
    activity_id: activity,
    type_uid: CLASS_UID * 100 + activity,
    ...OUTCOMES[refused ? 'refused' : event.outcome],
    time: event.at,
    ...(event.code === null ? {} : { status_code: event.code }),
    metadata: {
      version: '1.9.0-dev',
      uid: event.id,
      profiles: ['security_control'],
      ...(refused || event.trace === undefined ? {} : { correlation_uid: event.trace.id }),
      product: { name: 'Gatehouse', version: productVersion },
    },
    src_endpoint: { ip: event.peer },
    ...(refused ? refusedMembers(event) : accessMembers(event)),
  }
}

function refusedMembers(event: RefusedEvent): JsonObject {
  return { actor: {}, api: { operation: 'unknown' }, unmapped: { cause: event.cause } }
}

function accessMembers(event: AccessEvent): JsonObject {
  const { client, subject, consent, api, response } = event
  return {
    duration: Math.round(event.durationMicros / 1000),
    actor: {
      ...(client === null ? {} : { app_uid: client }),
      ...(subject === null ? {} : { user: { uid: subject } }),
    },
    api: {
      operation: event.operation ?? 'unknown',
      ...(api === null ? {} : { service: { name: api } }),
    },
    http_request: {
      http_method: event.method,
      ...(event.route === null ? {} : { url: { path: event.route } }),
      ...(event.interaction === null ? {} : { uid: event.interaction }),
    },
    // Of a call whose answer nobody here has seen there is none.
    ...(event.status === 0 ? {} : { http_response: { code: event.status } }),
    unmapped: {
      plan: event.plan,
      consent,
      failed_controls: event.failed.map((failure) => failure.control),
      removed_fields: response?.removedFields ?? 0,
      removed_rows: response?.removedRows ?? 0,
    },
  }
}
