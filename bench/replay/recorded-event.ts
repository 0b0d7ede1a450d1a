/** An event as the gateway writes it of a call to the example bank: one of several operations, clients and outcomes. */
import type { ActiveApi, Plan, PlanOperation } from '../../src/decide/index.ts'
import type { AccessEvent } from '../../src/events/index.ts'

const START = Date.UTC(2026, 10, 28, 12)

export function recordedEvent(plan: Plan, at: number): AccessEvent {
  const [api] = plan.apis
  if (api?.state !== 'active') throw new Error('the example bank is closed')
  const operation = api.operations.filter(({ path }) => path.includes('{AccountId}'))[at % 8]
  if (operation === undefined) throw new Error('the example bank has fewer operations')
  const now = START + at
  const foreign = at % 50 === 0
  return {
    v: 1,
    kind: 'access',
    id: at.toString(36).padStart(26, '0'),
    at: now,
    api: api.name,
    operation: operation.id,
    method: operation.method,
    route: api.basePath + operation.path,
    plan: plan.digest,
    client: `tpp-${at % 20}`,
    subject: `hmac:${(at % 1_000).toString(16).padStart(16, '0')}`,
    consent: `hmac:${(at % 1_000).toString(16).padStart(16, '0')}`,
    outcome: foreign ? 'denied' : 'trimmed',
    code: foreign ? 'GH_GATEWAY_OBJECT_FORBIDDEN' : null,
    status: foreign ? 403 : 200,
    ran: foreign ? positionOf(api, operation, 'authz.objects') + 1 : operation.rules.length,
    failed: foreign
      ? [
          {
            rule: 'authz.objects',
            control: 'object-authz',
            code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
            effect: 'denied',
            detail: 'path:AccountId is not an account of the consent',
          },
        ]
      : [],
    interaction: '93bac548-d2de-4546-b106-880a5018460d',
    peer: '127.0.0.1',
    facts: {
      bucket: at % 10_000,
      feedAgeMs: 100,
      token: {
        kind: 'verified',
        issuer: plan.issuers[0]?.issuer ?? '',
        type: 'at+jwt',
        audiences: plan.issuers[0]?.audiences ?? [],
        scopes: ['openid', 'accounts'],
        ageSeconds: 10,
        lifetimeSeconds: at % 3 === 0 ? 300 : 200,
        revoked: false,
        issuedAt: now / 1000 - 10,
        expiresAt: now / 1000 - 10 + (at % 3 === 0 ? 300 : 200),
      },
      clientStatus: 'active',
      consent: {
        status: 'AUTH',
        permissions: ['ReadAccountsDetail', 'ReadBalances', 'ReadTransactionsDetail', 'ReadParty'],
        accounts: 3,
        sameClient: true,
        sameSubject: true,
        expiresInSeconds: 86_400,
        revoked: false,
        expiresAt: now + 86_400_000,
      },
      objects: { 'path:AccountId': !foreign },
      query: [],
      gathered: ['token', 'client', 'consent'],
      headers: ['x-fapi-interaction-id'],
      named: {
        present: ['path:AccountId'],
        ofConsent: foreign ? [] : ['path:AccountId'],
        ofSubject: [],
      },
    },
    response: foreign
      ? null
      : {
          upstreamStatus: 200,
          upstreamMicros: 900,
          bytes: 700,
          removedFields: 2,
          removedRows: 0,
          shape: null,
        },
    durationMicros: 1_500,
  }
}

function positionOf(api: ActiveApi, operation: PlanOperation, name: string): number {
  return operation.rules.findIndex((index) => api.rules[index]?.name === name)
}
