/** The gateway's side of a house: its words as templates of its own and a mandate, compiled as any bank's configuration is. */
import assert from 'node:assert/strict'
import { type Kernel, prepare } from '../../src/decide/index.ts'
import type { JsonValue } from '../../src/lib/index.ts'
import { compilePolicy, templateLibrary } from '../../src/policy/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { type ApiWords, apiSource, change, policySource } from '../support/policy-source.ts'
import {
  AUDIENCE,
  BASE,
  CLOCK_SKEW_SECONDS,
  type House,
  ISSUERS,
  ORIGIN,
  UPSTREAM,
} from './house.ts'
import { accountsDocument, atmsDocument, paymentsDocument } from './specifications.ts'
import ukPayments from '../../src/policy/template/data/pis-1.1.json' with { type: 'json' }

const RESILIENCE = {
  mode: 'enforce',
  params: {
    connectTimeoutMs: 2_000,
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 15_000,
    maxResponseBytes: 8_388_608,
  },
}

export function compiledHouse(house: House): Kernel {
  const base = { format: 1, version: '1.0.0', level: 'profile', degradable: true }
  const documents: object[] = [
    {
      ...base,
      name: 'house-ais',
      title: 'reads of this house',
      roles: ['ais'],
      serves: { methods: ['GET', 'HEAD'], notRoles: ['auth', 'pis', 'cbpii', 'admin'] },
      audit: 'buffered',
      feedAllowanceMs: house.feedAllowanceMs.accounts,
      permissionDialects: ['uk-obie-v4', 'generic'],
      rules: { ...house.accounts, 'upstream.resilience': RESILIENCE },
    },
    {
      ...base,
      name: 'house-pis',
      title: 'payments of this house',
      roles: ['pis'],
      serves: { methods: ['GET', 'HEAD', 'POST'], notRoles: ['ais', 'admin'], also: ['consents'] },
      audit: 'strict',
      feedAllowanceMs: house.feedAllowanceMs.payments,
      permissionDialects: ['payments'],
      payments: ukPayments.payments,
      rules: { ...house.payments, 'upstream.resilience': RESILIENCE },
    },
  ]
  const { templates, problems } = templateLibrary(
    documents.map((value, at) => ({ file: `house-${at}.json`, value: value as JsonValue })), // sound: JSON by construction
  )
  assert.deepEqual(problems, [])
  const api = (
    name: keyof typeof BASE,
    spec: object,
    template: string,
    degraded = false,
    open: Pick<ApiWords, 'dataClasses' | 'exposure'> = {},
  ) =>
    apiSource({
      ...open,
      spec,
      template,
      name,
      basePath: BASE[name],
      degraded,
      upstream: `${UPSTREAM}/bank`,
    })
  const source = policySource(
    [
      api('accounts', accountsDocument(BASE.accounts), 'house-ais@1.0.0', house.degraded),
      api('payments', paymentsDocument(BASE.payments), 'house-pis@1.0.0', house.degraded),
      api('atms', atmsDocument(BASE.atms), 'open-data', false, {
        dataClasses: [],
        exposure: 'internet-anonymous',
      }),
      api('closed', atmsDocument(BASE.closed), 'no-such-template'),
    ],
    house.mandate.map((rule) => change(rule, { mode: 'enforce' })),
    ISSUERS,
  )
  const { plan, findings } = compilePolicy({
    ...source,
    templates,
    publicOrigins: [ORIGIN],
    issuers: source.issuers.map((one, at) => ({
      ...one,
      audiences: [AUDIENCE],
      algorithms: [at === 0 ? 'ES256' : 'EdDSA'],
      clockSkewSeconds: CLOCK_SKEW_SECONDS,
    })),
  })
  for (const one of plan.apis)
    assert.equal(
      one.state,
      one.name === 'closed' ? 'closed' : 'active',
      JSON.stringify([one.name, findings.filter((f) => f.closes)]),
    )
  return prepare(plan, { regex: linearRegex })
}
