/** Acts of the authorization server as observations: how clients authenticated to whom it gave tokens, for every API that takes its tokens alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { control } from '../../src/controls/index.ts'
import type { IdentityEvent } from '../../src/events/index.ts'
import { deriveTrafficObservations } from '../../src/posture/index.ts'
import { accessEvent, storedEvents } from '../support/access-event.ts'

const AT = Date.UTC(2026, 10, 29)
const DAY_MS = 86_400_000

function identity(changes: Partial<IdentityEvent>): IdentityEvent {
  return {
    v: 1,
    kind: 'identity',
    id: 'e-1',
    at: AT,
    action: 'token',
    outcome: 'done',
    code: null,
    error: null,
    why: null,
    by: 'third-party',
    client: 'tpp',
    subject: null,
    consent: null,
    before: null,
    after: null,
    purpose: 'client_credentials',
    keys: [],
    caller: null,
    ...changes,
  }
}
const refused = { outcome: 'refused', code: 'GH_IDENTITY_REFUSED' } as const

function observations(events: readonly Partial<IdentityEvent>[], apis?: readonly string[]) {
  return deriveTrafficObservations(storedEvents(events.map(identity)), {
    rulesOf: () => undefined,
    now: AT + 2 * DAY_MS,
    ...(apis === undefined ? {} : { apisOfServer: apis }),
  })
}
const lines = (events: readonly Partial<IdentityEvent>[], apis = ['accounts']) =>
  observations(events, apis).map(
    ({ api, control: id, outcome, population }) => `${api} ${id} ${outcome} ${population}`,
  )

test('the catalogue has the control, and traffic is evidence of it', () => {
  assert.ok(control('client-strong-auth')?.evidence.kinds.includes('traffic'))
})

for (const [what, event, shown] of [
  ['a token for a signed assertion', { authentication: 'private_key_jwt' }, 'pass'],
  ['a token for a certificate', { authentication: 'tls_client_auth' }, 'pass'],
  ['a token for a secret', { authentication: 'client_secret_basic' }, 'fail'],
  ['a token for a secret that signs', { authentication: 'client_secret_jwt' }, 'fail'],
  [
    'a token for a certificate of nobody',
    { authentication: 'self_signed_tls_client_auth' },
    'fail',
  ],
  ['a token for nothing', { authentication: 'none' }, 'fail'],
  ['a token of before it was recorded', {}, null],
  ['a client that did not authenticate', { ...refused, error: 'invalid_client' }, 'pass'],
  ['a name that nobody has', { ...refused, error: 'invalid_client', client: null }, null],
  ['a refusal for something else', { ...refused, error: 'invalid_grant' }, null],
  ['a server that failed', { ...refused, error: 'server_error' }, null],
  ['another act', { action: 'token-revoke', authentication: 'private_key_jwt' }, null],
] as const satisfies readonly (readonly [string, Partial<IdentityEvent>, string | null])[])
  test(`${what} shows ${shown ?? 'nothing'}`, () => {
    assert.deepEqual(
      lines([event]),
      shown === null ? [] : [`accounts client-strong-auth ${shown} 1`],
    )
  })

test('it is evidence of every API that takes tokens of that server alone, and of no other', () => {
  const held = { authentication: 'private_key_jwt' }
  assert.deepEqual(lines([held, held], ['accounts', 'payments']), [
    'accounts client-strong-auth pass 2',
    'payments client-strong-auth pass 2',
  ])
  assert.deepEqual(lines([held], []), [])
  assert.deepEqual(observations([held]), [], 'nobody said which')
})

test('a token that was given for a secret is told by its method, and ends nothing of what was seen before', () => {
  const found = observations(
    [{ authentication: 'private_key_jwt' }, { authentication: 'client_secret_post' }],
    ['accounts'],
  )
  assert.deepEqual(
    found.map(({ outcome }) => outcome),
    ['pass', 'fail'],
  )
  assert.match(found[1]?.value ?? '', /identity\.clientAuth\.methods .*client_secret_post/)
})

test('it counts for a day from the last, and what has no time is of no day', () => {
  const [only] = observations([{ authentication: 'private_key_jwt' }], ['accounts'])
  assert.equal(only?.expiresAt, AT + DAY_MS)
  assert.deepEqual(lines([{ authentication: 'private_key_jwt', at: Number.NaN }]), [])
})

test('requests beside it are counted as before', () => {
  const found = deriveTrafficObservations(
    storedEvents([
      accessEvent({ at: AT, api: 'accounts', ran: 1 }),
      identity({ authentication: 'private_key_jwt' }),
    ]),
    {
      rulesOf: () => [{ rule: 'authz.consent', control: 'consent-bound-access', mode: 'enforce' }],
      now: AT,
      apisOfServer: ['accounts'],
    },
  )
  assert.deepEqual(
    found.map(({ control: id, population }) => `${id} ${population}`),
    ['consent-bound-access 1', 'client-strong-auth 1'],
  )
})
