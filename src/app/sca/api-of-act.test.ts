import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan } from '../../decide/index.ts'
import { aisPlan } from '../../../test/support/ais-plan.ts'
import { apiOfAct } from './api-of-act.ts'

const PLAN = aisPlan({ upstream: 'http://127.0.0.1:9' })
const [given] = PLAN.apis
assert.ok(given?.state === 'active')

function api(name: string, rule: 'sca.dynamicLinking' | 'rate.unattended'): Plan['apis'][number] {
  assert.ok(given?.state === 'active')
  const origin = { level: 'api', source: 'test' } as const
  const of = { control: 'c', mode: 'enforce', origin } as const
  const rules =
    rule === 'sca.dynamicLinking'
      ? [{ ...of, name: rule, params: { free: [] } }]
      : [{ ...of, name: rule, params: { accesses: 4, presence: [], paging: [], selectors: [] } }]
  return { ...given, name, rules }
}

test('a payment is of the API that pays, access of the one that is read, anything else of none', () => {
  const apis = [api('accounts', 'rate.unattended'), api('payments', 'sca.dynamicLinking')]
  assert.equal(apiOfAct({ apis }, 'remote-payment'), 'payments')
  assert.equal(apiOfAct({ apis }, 'account-access'), 'accounts')
  assert.equal(apiOfAct({ apis }, 'risky-act'), undefined)
  assert.equal(apiOfAct({ apis: [] }, 'remote-payment'), undefined)
})

test('of several nobody can say which it will be', () => {
  const apis = [api('payments', 'sca.dynamicLinking'), api('more', 'sca.dynamicLinking')]
  assert.equal(apiOfAct({ apis }, 'remote-payment'), undefined)
})
