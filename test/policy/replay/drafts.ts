/** Plans beside the small account API's: each tightens, loosens, moves or watches one thing. */
import type { ActiveApi, Plan, PlanRule, RuleName, RuleOf } from '../../../src/decide/index.ts'
import { aisPlan } from '../../support/ais-plan.ts'

const UPSTREAM = 'http://127.0.0.1:1'

export function planNamed(
  name: string,
  change: (api: ActiveApi) => ActiveApi = (api) => api,
): Plan {
  return withApi(aisPlan({ upstream: UPSTREAM }), name, change)
}

function withApi(plan: Plan, name: string, change: (api: ActiveApi) => ActiveApi): Plan {
  return {
    ...plan,
    digest: `sha256:${Buffer.from(name).toString('hex').padStart(64, '0').slice(-64)}`,
    apis: plan.apis.map((api) => (api.state === 'active' ? change(api) : api)),
  }
}

const eachRule =
  (change: (rule: PlanRule) => PlanRule) =>
  (api: ActiveApi): ActiveApi => ({ ...api, rules: api.rules.map(change) })

export function rule<N extends RuleName>(
  name: N,
  change: (rule: RuleOf<N>) => Partial<RuleOf<N>>,
): (api: ActiveApi) => ActiveApi {
  return eachRule((one) =>
    // Sound: the name tells the members of the union apart.
    one.name === name ? { ...one, ...change(one as RuleOf<N>) } : one,
  )
}
const params = <N extends RuleName>(
  name: N,
  changes: Partial<RuleOf<N>['params']>,
): ((api: ActiveApi) => ActiveApi) =>
  // Sound: parameters of one rule stay parameters of that rule.
  rule(name, (one) => ({ params: { ...one.params, ...changes } }) as unknown as Partial<RuleOf<N>>)
const mode = (
  name: RuleName,
  to: PlanRule['mode'],
  fraction?: number,
): ((api: ActiveApi) => ActiveApi) =>
  eachRule((one) =>
    one.name === name ? { ...one, mode: to, ...(fraction === undefined ? {} : { fraction }) } : one,
  )

const operation =
  (id: string, change: (one: ActiveApi['operations'][number]) => ActiveApi['operations'][number]) =>
  (api: ActiveApi): ActiveApi => ({
    ...api,
    operations: api.operations.map((one) => (one.id === id ? change(one) : one)),
  })

/** Thirty days back without a fresh authentication, as far as the request names days. */
function recentDays(beyond: 'cut' | 'challenge'): (api: ActiveApi) => ActiveApi {
  const dates = ['fromBookingDateTime']
  const sca: PlanRule = {
    name: 'sca.required',
    control: 'sca-applied',
    mode: 'enforce',
    origin: { level: 'api', source: 'test' },
    params: { history: { days: 30, freshSeconds: 300, beyond, dates, rows: [] } },
  }
  return (api) => ({
    ...api,
    rules: [...api.rules, sca],
    operations: api.operations.map((one) =>
      one.id === 'GetTransactions' ? { ...one, rules: [...one.rules, api.rules.length] } : one,
    ),
  })
}

/** What may have run when the events were written. */
export const BEFORE: readonly Plan[] = [
  planNamed('enforced'),
  planNamed(
    'watched',
    eachRule((one) => (one.name === 'authz.default' ? one : { ...one, mode: 'observe' })),
  ),
  planNamed(
    'shares',
    eachRule((one) =>
      one.name === 'authz.consent' || one.name === 'token.lifetime'
        ? { ...one, fraction: 3_000 }
        : one,
    ),
  ),
  planNamed(
    'unchecked',
    eachRule((one) =>
      one.name === 'request.validation' || one.name === 'authz.objects'
        ? { ...one, mode: 'off' }
        : one,
    ),
  ),
]

export const DRAFTS: readonly Plan[] = [
  ...BEFORE,
  planNamed('short-lives', params('token.lifetime', { maxSeconds: 60 })),
  planNamed('long-lives', params('token.lifetime', { maxSeconds: 9e9 })),
  planNamed('more-scopes', params('authz.operations', { anyOf: [['accounts', 'payments']] })),
  planNamed('fewer-statuses', params('authz.consent', { statuses: ['AUTH', 'AWAU'] })),
  planNamed(
    'other-permissions',
    params('authz.consent', { permissions: [['ReadTransactionsDetail']] }),
  ),
  planNamed('unmapped', params('authz.consent', { unmapped: true })),
  planNamed('slow-clients', params('identity.clientStatus', { statuses: ['active', 'suspended'] })),
  planNamed('no-clients', params('identity.clientStatus', { statuses: [] })),
  planNamed('fresh-feed', (api) => ({ ...api, feedAllowanceMs: 50_000 })),
  planNamed('old-feed', (api) => ({ ...api, feedAllowanceMs: 500_000 })),
  planNamed('degraded', (api) => ({ ...api, degraded: true })),
  planNamed('undeclared-refused', params('request.validation', { undeclaredQuery: 'refuse' })),
  planNamed('undeclared-passed', params('request.validation', { undeclaredQuery: 'pass' })),
  planNamed('small-bodies', params('request.validation', { maxBodyBytes: 20 })),
  planNamed('flat-bodies', params('request.validation', { maxDepth: 1 })),
  planNamed(
    'more-words',
    params('logging.redact', { queryDenied: ['access_token', 'iban', 'fromBookingDateTime'] }),
  ),
  planNamed(
    'subjects-in-path',
    params('authz.objects', { selectors: [{ in: 'path', name: 'AccountId', names: 'subject' }] }),
  ),
  planNamed(
    'objects-in-query',
    params('authz.objects', {
      selectors: [
        { in: 'path', name: 'AccountId' },
        { in: 'query', name: 'AccountId' },
      ],
    }),
  ),
  planNamed(
    'objects-in-header',
    params('authz.objects', { selectors: [{ in: 'header', name: 'X-Account' }] }),
  ),
  planNamed('recent-days', recentDays('challenge')),
  planNamed('recent-rows', recentDays('cut')),
  planNamed('nothing-open', params('authz.default', { open: false })),
  planNamed('all-open', params('authz.default', { open: true })),
  planNamed('consent-watched', mode('authz.consent', 'observe')),
  planNamed('consent-shared', mode('authz.consent', 'enforce', 4_000)),
  planNamed('tokens-watched', mode('token.validation', 'observe')),
  planNamed('objects-off', mode('authz.objects', 'off')),
  planNamed('validation-off', mode('request.validation', 'off')),
  planNamed(
    'mandated',
    eachRule((one) => ({ ...one, mode: 'observe', origin: { level: 'mandate', source: 'test' } })),
  ),
  planNamed(
    'from-required',
    operation('GetTransactions', (one) => ({
      ...one,
      parameters: one.parameters.map((it) => ({ ...it, required: true })),
    })),
  ),
  planNamed(
    'from-gone',
    operation('GetTransactions', (one) => ({ ...one, parameters: one.parameters.slice(0, 1) })),
  ),
  planNamed(
    'body-optional',
    operation('AddNote', (one) => ({
      ...one,
      requestBody: { required: false, content: one.requestBody?.content ?? [] },
    })),
  ),
  planNamed(
    'body-gone',
    operation('AddNote', ({ requestBody: _, ...one }) => one),
  ),
  planNamed(
    'other-ids',
    operation('GetTransactions', (one) => ({ ...one, id: 'ListTransactions' })),
  ),
  planNamed('other-names', (api) => ({
    ...api,
    operations: api.operations.map((one) => ({
      ...one,
      path: one.path.replace('{AccountId}', '{id}'),
      parameters: one.parameters.map((it) => (it.in === 'path' ? { ...it, name: 'id' } : it)),
    })),
    rules: api.rules.map((one) =>
      one.name === 'authz.objects'
        ? { ...one, params: { selectors: [{ in: 'path', name: 'id' }] } }
        : one,
    ),
  })),
  planNamed('fewer-operations', (api) => ({ ...api, operations: api.operations.slice(0, 2) })),
  planNamed('fixed-sibling', (api) => ({
    ...api,
    operations: [
      ...api.operations,
      ...api.operations.slice(0, 1).map((one) => ({ ...one, id: 'GetA9', path: '/accounts/A9' })),
    ],
  })),
  planNamed('fixed-becomes-value', (api) => ({
    ...api,
    operations: api.operations
      .slice(1, 2)
      .map((one) => ({ ...one, id: 'GetAny', path: '/{AccountId}' })),
  })),
  planNamed('elsewhere', (api) => ({ ...api, basePath: '/other' })),
  planNamed('renamed', (api) => ({ ...api, name: 'konten' })),
  {
    ...planNamed('shut'),
    apis: planNamed('shut').apis.map((api) => ({
      state: 'closed',
      name: api.name,
      basePath: api.basePath,
      code: 'GH_GATEWAY_API_CLOSED',
      reason: 'x',
    })),
  },
  {
    ...planNamed('other-audience'),
    issuers: planNamed('x').issuers.map((one) => ({
      ...one,
      audiences: ['https://elsewhere.example'],
    })),
  },
  {
    ...planNamed('patient'),
    issuers: planNamed('x').issuers.map((one) => ({ ...one, clockSkewSeconds: 100_000 })),
  },
  {
    ...planNamed('other-claims'),
    issuers: planNamed('x').issuers.map((one) => ({
      ...one,
      claims: { ...one.claims, consent: 'sub' },
    })),
  },
  {
    ...planNamed('more-issuers'),
    issuers: [
      ...planNamed('x').issuers,
      ...planNamed('x').issuers.map((one) => ({ ...one, issuer: 'https://stranger.example' })),
    ],
  },
]
