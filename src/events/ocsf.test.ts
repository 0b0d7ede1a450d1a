import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessEvent } from './access-event.ts'
import { toOcsf } from './ocsf.ts'

const EVENT: AccessEvent = {
  v: 1,
  kind: 'access',
  id: 'decision-1',
  at: 1_767_603_600_000,
  api: 'accounts',
  operation: 'GetAccounts',
  method: 'GET',
  route: '/accounts',
  plan: 'sha256:00',
  client: 'budget-buddy',
  subject: 'hmac:0123456789abcdef',
  consent: 'hmac:fedcba9876543210',
  outcome: 'trimmed',
  code: null,
  status: 200,
  ran: 4,
  failed: [],
  interaction: '93bac548-d2de-4546-b106-880a5018460d',
  peer: '198.51.100.7',
  facts: null,
  response: {
    upstreamStatus: 200,
    upstreamMicros: 900,
    bytes: 700,
    removedFields: 2,
    removedRows: 1,
    shape: null,
  },
  durationMicros: 1500,
}

test('`toOcsf` maps a decision to API Activity with the security control profile', () => {
  assert.deepEqual(toOcsf(EVENT, '0.1.0'), {
    category_uid: 6,
    class_uid: 6003,
    activity_id: 2,
    type_uid: 600_302,
    action_id: 4,
    disposition_id: 1,
    status_id: 1,
    severity_id: 1,
    time: 1_767_603_600_000,
    metadata: {
      version: '1.9.0-dev',
      uid: 'decision-1',
      profiles: ['security_control'],
      product: { name: 'Gatehouse', version: '0.1.0' },
    },
    src_endpoint: { ip: '198.51.100.7' },
    duration: 2,
    actor: { app_uid: 'budget-buddy', user: { uid: 'hmac:0123456789abcdef' } },
    api: { operation: 'GetAccounts', service: { name: 'accounts' } },
    http_request: {
      http_method: 'GET',
      url: { path: '/accounts' },
      uid: '93bac548-d2de-4546-b106-880a5018460d',
    },
    http_response: { code: 200 },
    unmapped: {
      plan: 'sha256:00',
      consent: 'hmac:fedcba9876543210',
      failed_controls: [],
      removed_fields: 2,
      removed_rows: 1,
    },
  })
})

test('`toOcsf` makes up no answer for a request that another data plane carried', () => {
  const carried = toOcsf({ ...EVENT, status: 0, dataPlane: 'envoy', response: null }, '0')
  assert.equal(carried?.['http_response'], undefined)
})

test('`toOcsf` tells allowed, denied and failed apart, and keeps what OCSF requires when nothing is known', () => {
  const unknown = { api: null, operation: null, route: null, client: null, subject: null } as const
  const code = 'GH_GATEWAY_ROUTE_UNKNOWN'
  const cases = [
    ['allowed', 1, 1, 1],
    ['denied', 2, 2, 2],
    ['failed', 1, 27, 2],
  ] as const
  for (const [outcome, action, disposition, status] of cases) {
    const mapped = toOcsf({ ...EVENT, ...unknown, outcome, code, response: null }, '0')
    assert.deepEqual(
      [mapped?.['action_id'], mapped?.['disposition_id'], mapped?.['status_id']],
      [action, disposition, status],
    )
    assert.equal(mapped?.['status_code'], code)
    assert.deepEqual(mapped?.['actor'], {})
    assert.deepEqual(mapped?.['api'], { operation: 'unknown' })
  }
  for (const [method, activity] of [
    ['POST', 1],
    ['PUT', 3],
    ['DELETE', 4],
    ['BREW', 99],
    ['__proto__', 99],
  ] as const)
    assert.equal(toOcsf({ ...EVENT, method }, '0')?.['activity_id'], activity)
})

test('`toOcsf` maps what was refused before there was a request', () => {
  const mapped = toOcsf(
    {
      v: 1,
      kind: 'refused',
      id: 'r1',
      at: 1,
      code: 'GH_GATEWAY_REQUEST_MALFORMED',
      cause: 'HPE_INVALID_METHOD',
      peer: '198.51.100.7',
    },
    '0',
  )
  assert.deepEqual(
    [
      mapped?.['type_uid'],
      mapped?.['disposition_id'],
      mapped?.['src_endpoint'],
      mapped?.['unmapped'],
    ],
    [600_300, 25, { ip: '198.51.100.7' }, { cause: 'HPE_INVALID_METHOD' }],
  )
})
