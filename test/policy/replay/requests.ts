/** Requests of every kind that the small account API knows, good and bad, from seeded chance. */
import fc from 'fast-check'
import type { Driven, DrivenRequest } from './driven-gateway.ts'

/** Clients and consents that the requests speak of. */
export function fillFeed({ feed, clock }: Driven): void {
  feed.addClient('tpp-a')
  feed.addClient('tpp-slow', 'suspended')
  const now = clock.now()
  feed.addConsent('consent-1')
  feed.addConsent('consent-basic', { permissions: new Set(['ReadAccountsBasic']) })
  feed.addConsent('consent-foreign', { client: 'tpp-slow' as never }) // sound: a test's own id
  feed.addConsent('consent-other', { subject: 'customer-2' })
  feed.addConsent('consent-waiting', { status: 'AWAU' })
  feed.addConsent('consent-ended', { expiresAt: now - 1 })
  feed.addConsent('consent-future', { validFrom: now + 60_000 })
  feed.addConsent('consent-gone')
  feed.revocations.add('consent:consent-gone')
  feed.revocations.add('token:jti-revoked')
}

const account = fc.constantFrom('A1', 'A1', 'A1', 'A2', 'A9', 'customer-1', 'a%20b')
const query = fc.constantFrom(
  '',
  '',
  '?fromBookingDateTime=2026-01-01',
  '?fromBookingDateTime=1&fromBookingDateTime=2',
  '?iban=GB00',
  '?accountid=A9',
  '?AccountId=A1',
  '?access_token=x',
  '?x=eyJhbGciOiJub25lIn0.e30.',
  '?fromBookingDateTime=eyJhbGciOiJub25lIn0.e30.',
)
const read = fc
  .tuple(fc.constantFrom('', '/transactions', '/transactions', '/file'), account, query)
  .map(([rest, id, text]) => ({ method: 'GET', target: `/aisp/accounts/${id}${rest}${text}` }))
const plain = fc.constantFrom(
  { method: 'GET', target: '/aisp/accounts' },
  { method: 'GET', target: '/aisp/accounts?page=1' },
  { method: 'GET', target: '/aisp/atms' },
  { method: 'HEAD', target: '/aisp/atms' },
  { method: 'GET', target: '/aisp/nothing' },
  { method: 'PUT', target: '/aisp/accounts' },
  { method: 'GET', target: '/aisp/accounts/%2e%2e' },
  { method: 'GET', target: '/aisp/%61ccounts' },
  { method: 'GET', target: '/elsewhere' },
  { method: 'GET', target: '/broken/x' },
)
const note = fc
  .tuple(
    account,
    fc.constantFrom(
      '{"Text":"a"}',
      '{"Text":"a"}',
      '{"Text":1}',
      '{}',
      '',
      `{"Text":"${'x'.repeat(90)}"}`,
      'no json',
    ),
    fc.constantFrom('application/json', 'application/json', 'text/plain'),
  )
  .map(([id, body, mediaType]) => ({
    method: 'POST',
    target: `/aisp/accounts/${id}/notes`,
    body,
    mediaType,
  }))
const noBody = account.map((id) => ({ method: 'POST', target: `/aisp/accounts/${id}/notes` }))
const bodyWhereNone = fc.constant({ method: 'GET', target: '/aisp/accounts', body: '{}' })

const claims = fc.constantFrom<DrivenRequest['token']>(
  {},
  {},
  {},
  {},
  {},
  { consent_id: 'consent-basic' },
  { consent_id: 'consent-foreign' },
  { consent_id: 'consent-other' },
  { consent_id: 'consent-waiting' },
  { consent_id: 'consent-ended' },
  { consent_id: 'consent-future' },
  { consent_id: 'consent-gone' },
  { consent_id: 'consent-nowhere' },
  { consent_id: undefined },
  { client_id: 'tpp-slow' },
  { client_id: 'tpp-nobody' },
  { scope: 'openid' },
  { scope: 'accounts payments' },
  { aud: 'https://elsewhere.example' },
  { iss: 'https://stranger.example' },
  { jti: 'jti-revoked' },
  { exp: 1_000 },
  { exp: 4_000_000_000 },
  null,
  'forged',
)
const headers = fc.constantFrom<readonly string[]>(
  [],
  [],
  [],
  ['x-fapi-interaction-id', '93bac548-d2de-4546-b106-880a5018460d'],
  ['X-Account', 'A9'],
  ['x-jws-signature', 'a', 'x-jws-signature', 'b'],
)

const request: fc.Arbitrary<DrivenRequest> = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: read },
      { weight: 2, arbitrary: plain },
      { weight: 2, arbitrary: note },
      { weight: 1, arbitrary: noBody },
      { weight: 1, arbitrary: bodyWhereNone },
    ),
    claims,
    headers,
    fc.constantFrom(0, 0, 0, 0, 100_000, 400_000),
  )
  .map(([what, token, head, feedAgeMs]) => ({ ...what, token, headers: head, feedAgeMs }))

export function requestsOfChance(count: number, seed: number): readonly DrivenRequest[] {
  return fc.sample(request, { numRuns: count, seed })
}
