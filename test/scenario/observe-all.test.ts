/** The kill switch on a running gateway: what it lets through, what it never does, how long, and that it outlives a restart. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { apiClient } from '../../src/api/index.ts'
import type { GatehouseEvent } from '../../src/events/index.ts'
import { call, type GatewayProcess, problemOf, up } from './gateway-process.ts'
import { MEADOW_FILES, meadowBank, meadowConfig, PRODUCTS_SPEC } from './invented-bank.ts'
import { type Installation, installation } from './installation.ts'

const ACCOUNTS = '/v2/pot-accounts'

async function running(
  t: TestContext,
  more = '',
): Promise<{
  readonly place: Installation
  readonly gateway: GatewayProcess
  readonly poor: string
}> {
  const bank = await meadowBank(t)
  const config = `${more}${meadowConfig(bank.origin)}  - { name: products, spec: products.yaml, upstream: ${bank.origin}, template: open-data }\n`
  const place = installation(t, config, { ...MEADOW_FILES, 'products.yaml': PRODUCTS_SPEC })
  const gateway = await up(t, place)
  return { place, gateway, poor: place.token({ scope: 'nothing' }) }
}

async function events({ dataDir }: Installation): Promise<readonly GatehouseEvent[]> {
  const stored = await apiClient(join(dataDir, 'control.sock')).events({ after: 0, limit: 1_000 })
  // The last record of an id counts: one that a slow disk took late was written twice.
  return [...new Map(stored.map(({ event }) => [event.id, event])).values()]
}

test('`observe-all` lets through what a rule would have refused, records it, and ends', async (t) => {
  const { place, gateway, poor } = await running(t)
  assert.equal((await call(gateway, { path: ACCOUNTS, token: poor })).status, 403)
  const on = await place.run('observe-all', 'pots', '--reason', 'INC-77', '--for', '30m')
  assert.equal(on.code, 0, on.err)
  const through = await call(gateway, { path: ACCOUNTS, token: poor })
  assert.equal(through.status, 200, through.body)
  const shown = await place.run('status')
  assert.match(shown.out, /observe-all +ON for pots until .*olga: INC-77/)
  const let_ = (await events(place)).findLast((event) => event.kind === 'access')
  assert.ok(let_?.kind === 'access')
  assert.equal(let_.facts?.observeAll, true)
  const scope = let_.failed.find(({ code }) => code === 'GH_GATEWAY_SCOPE_MISSING')
  assert.equal(scope?.effect, 'observed')
  assert.match((await place.run('explain', let_.id)).out, /kill switch/)
  // It is no configuration that may be called met.
  const posture = JSON.parse((await place.run('posture', 'pots', '--json')).out) as {
    apis: { states: { control: string; state: string }[] }[]
  } // sound: what the command promises
  const state = posture.apis[0]?.states.find(({ control }) => control === scope?.control)
  assert.ok(state === undefined || state.state === 'not-met', JSON.stringify(state))
  assert.ok((posture.apis[0]?.states ?? []).some((one) => one.state === 'not-met'))

  const off = await place.run('observe-all', '--end', '--reason', 'over')
  assert.equal(off.code, 0, off.err)
  assert.equal((await call(gateway, { path: ACCOUNTS, token: poor })).status, 403)
  assert.match((await place.run('status')).out, /observe-all +off/)
  const asked = (await events(place)).flatMap((event) =>
    event.kind === 'control' ? [[event.action, event.outcome, event.reason, event.apis]] : [],
  )
  assert.deepEqual(asked, [
    ['observe-all', 'done', 'INC-77', ['pots']],
    ['observe-all-end', 'done', 'over', []],
  ])
})

test('what no plan can switch off is refused all the same, and so is what a mandate wants', async (t) => {
  const { place, gateway, poor } = await running(
    t,
    'mandate: { authz.operations: { mode: enforce } }\n',
  )
  assert.equal((await place.run('observe-all', '--reason', 'x', '--for', '1m')).code, 0)
  const rows: readonly (readonly [string, number, string])[] = [
    [ACCOUNTS, 403, 'GH_GATEWAY_SCOPE_MISSING'],
    ['/nowhere', 404, 'GH_GATEWAY_ROUTE_UNKNOWN'],
    ['/v2/../v2/pot-accounts', 400, 'GH_GATEWAY_TARGET_MALFORMED'],
  ]
  for (const [path, status, code] of rows) {
    const answer = await call(gateway, { path, token: poor })
    assert.equal(answer.status, status, `${path}: ${answer.body}`)
    assert.equal(problemOf(answer).code, code)
  }
  const posted = await call(gateway, { path: ACCOUNTS, method: 'POST', token: poor })
  assert.equal(posted.status, 405)
})

test('an API that is not named is judged as ever', async (t) => {
  const { place, gateway, poor } = await running(t)
  assert.equal((await place.run('observe-all', 'products', '--reason', 'x', '--for', '1m')).code, 0)
  assert.equal((await call(gateway, { path: ACCOUNTS, token: poor })).status, 403)
})

test('it outlives a restart, but nobody can write it by hand', async (t) => {
  const { place, gateway, poor } = await running(t)
  assert.equal((await place.run('observe-all', '--reason', 'INC-1', '--for', '10m')).code, 0)
  await gateway.stop()
  const file = join(place.dataDir, 'observe-all.json')
  const kept = readFileSync(file, 'utf8')
  const again = await up(t, place)
  assert.match(JSON.stringify(again.ready['remarks']), /observe-all is on for every API/)
  assert.equal((await call(again, { path: ACCOUNTS, token: poor })).status, 200)
  await again.stop()
  writeFileSync(file, kept.replace('INC-1', 'INC-2'))
  const third = await up(t, place)
  assert.equal((await call(third, { path: ACCOUNTS, token: poor })).status, 403)
})

const refused: readonly (readonly [string, readonly string[], string])[] = [
  ['no reason', ['--for', '5m'], 'GH_CONTROL_REASON'],
  ['a blank reason', ['--reason', '  ', '--for', '5m'], 'GH_CONTROL_REASON'],
  ['no time', ['--reason', 'x'], 'GH_CONTROL_DURATION'],
  ['too long', ['--reason', 'x', '--for', '14401s'], 'GH_CONTROL_DURATION'],
  ['too short', ['--reason', 'x', '--for', '59s'], 'GH_CONTROL_DURATION'],
  ['no such API', ['potz', '--reason', 'x', '--for', '5m'], 'GH_CONTROL_API_UNKNOWN'],
  [
    'one API of two unknown',
    ['pots', 'potz', '--reason', 'x', '--for', '5m'],
    'GH_CONTROL_API_UNKNOWN',
  ],
]
test('what is not asked for in full is refused, recorded, and switches nothing', async (t) => {
  const { place, gateway, poor } = await running(t)
  for (const [name, words, code] of refused) {
    const result = await place.run('observe-all', ...words)
    assert.equal(result.code, 4, name)
    assert.match(result.err, new RegExp(`^${code} `), name)
  }
  for (const words of [
    ['--for', '5'],
    ['--for', '-5m'],
    ['--for', '1d'],
    ['--end', 'pots'],
  ]) {
    const result = await place.run('observe-all', '--reason', 'x', ...words)
    assert.deepEqual([result.code, result.err.slice(0, 12)], [4, 'GH_CLI_USAGE'], words.join(' '))
  }
  assert.equal((await call(gateway, { path: ACCOUNTS, token: poor })).status, 403)
  const codes = (await events(place)).flatMap((event) =>
    event.kind === 'control' ? [event.code] : [],
  )
  assert.deepEqual(
    codes,
    refused.map(([, , code]) => code),
  )
  assert.equal((await place.run('observe-all', '--end')).code, 0, 'nothing to end is no error')
})
