import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aisPlan } from '../../test/support/ais-plan.ts'
import type { ActiveApi, Plan, PlanUpstream } from '../decide/index.ts'
import { issuerEgress, planEgress } from './egress-lists.ts'
import { guardedRequest } from './guarded-request.ts'

const plan = aisPlan({ upstream: 'http://127.0.0.1:1' })
const [first] = plan.apis
if (first?.state !== 'active') throw new Error('the API is closed')
const one: ActiveApi = first

function planOf(...lists: readonly PlanUpstream['egress'][]): Plan {
  const apis = lists.map((egress) => ({
    ...one,
    upstream: { ...one.upstream, ...(egress !== undefined && { egress }) },
  }))
  return { ...plan, apis }
}

const issuer = plan.issuers[0]?.issuer ?? ''
const HOSTS = { hosts: ['as.bank.example'] }
const NETWORK = { networks: ['10.0.0.0/8'] }

test('a key set is bound by the lists of all APIs that take its tokens, and by those that are enforced', () => {
  const both = planOf(HOSTS, undefined, NETWORK, { hosts: ['x'], observed: true })
  assert.deepEqual(issuerEgress(both, issuer), [HOSTS, NETWORK])
  assert.deepEqual(planEgress(both), [HOSTS, NETWORK])
  assert.deepEqual(issuerEgress(both, 'https://another.example'), [])
})

test('a closed API binds nobody', () => {
  const closed = { state: 'closed', name: 'b', basePath: '/b', code: 'GH_POLICY_EGRESS' } as const
  assert.deepEqual(planEgress({ ...plan, apis: [{ ...closed, reason: '' }] }), [])
})

const GET = { method: 'GET', headers: {}, timeoutMs: 5_000, maxBytes: 100 } as const
const leading =
  (address: string) =>
  (
    _host: string,
    _options: unknown,
    done: (failure: null, found: readonly { address: string; family: number }[]) => void,
  ): void =>
    done(null, [{ address, family: 4 }])

for (const [what, url, address] of [
  ['a host that is not on one of them', 'http://other.bank.example/', '10.0.0.1'],
  ['a name that leads elsewhere', 'http://as.bank.example/', '11.0.0.1'],
  ['a name that leads to a metadata service', 'http://as.bank.example/', '169.254.169.254'],
  ['an address that is not on them', 'http://11.0.0.1/', ''],
] as const)
  test(`our own calls keep to all lists: ${what}`, async () => {
    const lists = [{ ...HOSTS, networks: ['10.0.0.0/8'] }, NETWORK]
    await assert.rejects(guardedRequest(url, { ...GET, lists }, leading(address)), (error: Error) =>
      /EGRESS|Egress/.test(
        `${error.name} ${error.constructor.name} ${'code' in error ? String(error.code) : ''}`,
      ),
    )
  })
