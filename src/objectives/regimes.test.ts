import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiProfile } from '../../test/support/api-profile.ts'
import { type ApiProfile, computeObjective } from './index.ts'

function appliedTo(changes: Partial<ApiProfile>): readonly string[] {
  return computeObjective(apiProfile(changes), { approval: null }).regimes.map(({ id, basis }) =>
    basis === 'law' ? id : `${id} (${basis})`,
  )
}

const payments: Partial<ApiProfile> = { roles: ['pis'], dataClasses: ['payment-instruction'] }
const open: Partial<ApiProfile> = {
  roles: ['open-data'],
  dataClasses: ['public-reference'],
  exposure: 'internet-anonymous',
}

for (const [what, changes, want] of [
  [
    'a member state is in the EU',
    { jurisdictions: ['FR'] },
    ['eu-psd2', 'eu-rts-sca', 'eu-dora', 'gdpr'],
  ],
  [
    'Norway is in the EEA, not in the EU',
    { jurisdictions: ['NO'] },
    ['eu-psd2', 'eu-rts-sca', 'gdpr'],
  ],
  ['GB is the UK', { jurisdictions: ['GB'] }, ['uk-psr-rts', 'uk-obl', 'gdpr']],
  [
    'payments in the EU are no instant payments by themselves',
    { ...payments },
    ['eu-psd2', 'eu-rts-sca', 'eu-dora', 'eu-aml', 'gdpr'],
  ],
  [
    'instant payments in the UK do not fall under the EU rules',
    { ...payments, jurisdictions: ['UK'], features: ['jwt', 'instant-credit-transfer'] },
    ['uk-psr-rts', 'uk-obl', 'uk-mlr', 'gdpr'],
  ],
  ['Brazil', { jurisdictions: ['BR'] }, ['br-ofb']],
  ['open data in Brazil', { ...open, jurisdictions: ['BR'] }, ['br-ofb']],
  ['Australia has no payment initiation under CDR', { ...payments, jurisdictions: ['AU'] }, []],
  ['the United States', { jurisdictions: ['US'] }, ['us-1033']],
  ['New York', { jurisdictions: ['US-NY'] }, ['us-1033', 'us-nydfs500']],
  ['Singapore', { jurisdictions: ['SG'] }, ['sg-mas']],
  [
    'Singapore, an operator that is no financial institution',
    { jurisdictions: ['SG'], entity: ['service-provider'] },
    [],
  ],
  ['Hong Kong', { jurisdictions: ['HK'] }, ['hk-openapi']],
  ['India', { jurisdictions: ['IN'] }, ['in-rbi']],
  ['card data anywhere', { jurisdictions: ['CH'], dataClasses: ['card-pan'] }, ['pci-dss']],
  [
    'a payment institution is a financial entity',
    { entity: ['payment-institution'] },
    ['eu-psd2', 'eu-rts-sca', 'eu-dora', 'gdpr'],
  ],
  [
    'payments that feed Swift',
    { ...payments, jurisdictions: ['CH'], entity: ['swift-user'] },
    ['swift-cscf'],
  ],
  [
    'an internal API has no payment-account access',
    { roles: ['internal'], exposure: 'internal-network' },
    ['eu-dora', 'gdpr'],
  ],
  [
    'a bank outside the area that follows PSD2',
    { jurisdictions: ['CH'], referenceRegimes: ['eu-psd2', 'eu-rts-sca'] },
    ['eu-psd2 (reference)', 'eu-rts-sca (reference)'],
  ],
  [
    'a reference that is law here stays law',
    { jurisdictions: ['UK'], referenceRegimes: ['uk-obl', 'fapi2', 'fapi2'] },
    ['uk-psr-rts', 'uk-obl', 'gdpr', 'fapi2 (reference)'],
  ],
  [
    'a proposal applies by name only',
    { jurisdictions: ['UK'], referenceRegimes: ['eu-psr'] },
    ['uk-psr-rts', 'uk-obl', 'gdpr', 'eu-psr (reference)'],
  ],
] as const)
  test(`O-02: ${what}`, () => {
    assert.deepEqual(appliedTo(changes), want)
  })

test('a regime followed as reference asks for its controls, and says that it is no law here', () => {
  const objective = computeObjective(
    apiProfile({ jurisdictions: ['CH'], referenceRegimes: ['eu-rts-sca'] }),
    { approval: null },
  )
  assert.ok(objective.required.some((item) => item.control === 'sca-applied'))
  assert.ok(
    objective.because.some(
      (reason) => reason.text === 'eu-rts-sca: named by the bank as reference, not law here',
    ),
  )
})

test('clauses of a required control are those of the regimes that apply, with how far each was checked', () => {
  const objective = computeObjective(apiProfile(), { approval: null })
  const clauses = objective.required.find(
    (item) => item.control === 'cert-register-renewal',
  )?.clauses
  assert.ok(clauses !== undefined && clauses.length > 0)
  assert.ok(clauses.some((item) => item.regime === 'eu-dora-rts-rm' && item.checked === 'text'))
  for (const { regime } of objective.required.flatMap((item) => item.clauses))
    assert.doesNotMatch(regime, /^(uk|au|br|us|sg|hk|in|pci|swift|eu-psr|eu-cra)-?/)
})
