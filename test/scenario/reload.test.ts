/** A configuration that changes under a gateway that serves: by signal, by command, valid or not. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { apiClient } from '../../src/api/index.ts'
import type { ControlEvent } from '../../src/events/index.ts'
import { call, type GatewayProcess, up, until } from './gateway-process.ts'
import {
  BROKEN_SPEC,
  MEADOW_FILES,
  meadowBank,
  meadowConfig,
  PRODUCTS_SPEC,
} from './invented-bank.ts'
import { type Installation, installation } from './installation.ts'

const ACCOUNTS = '/v2/pot-accounts'

async function running(t: TestContext): Promise<{
  readonly place: Installation
  readonly gateway: GatewayProcess
  readonly config: string
  readonly token: string
  readonly origin: string
}> {
  const bank = await meadowBank(t)
  const config = meadowConfig(bank.origin)
  const place = installation(t, config, {
    ...MEADOW_FILES,
    'products.yaml': PRODUCTS_SPEC,
    'broken.yaml': BROKEN_SPEC,
  })
  const gateway = await up(t, place)
  return { place, gateway, config, token: place.token({ scope: 'pots.read' }), origin: bank.origin }
}

async function status(place: Installation): Promise<Record<string, unknown>> {
  const { code, out, err } = await place.run('status', '--json')
  assert.equal(code, 0, err)
  return JSON.parse(out) as Record<string, unknown> // sound: what the command promises
}

/** Asked of the instance itself: the file that commands read may be the broken one. */
async function controls({ dataDir }: Installation): Promise<readonly ControlEvent[]> {
  const stored = await apiClient(join(dataDir, 'control.sock')).events({ after: 0, limit: 1_000 })
  const asked = stored.flatMap(({ event }) => (event.kind === 'control' ? [event] : []))
  // The last record of an id counts: one that a slow disk took late was written twice.
  return [...new Map(asked.map((event) => [event.id, event])).values()]
}

test('`reload` puts a new rule in force, says what became looser, and who asked', async (t) => {
  const { place, gateway, config, token } = await running(t)
  const short = place.token({ scope: 'nothing' })
  assert.equal((await call(gateway, { path: ACCOUNTS, token: short })).status, 403)
  const before = (await status(place))['plan']
  place.write('gatehouse.yaml', `${config}    rules: { authz.operations: { mode: observe } }\n`)
  const { code, out, err } = await place.run('reload', '--reason', 'CHG-1')
  assert.equal(code, 0, err)
  assert.match(out, /authz\.operations.*LOOSER/)
  assert.equal((await call(gateway, { path: ACCOUNTS, token: short })).status, 200)
  assert.equal((await call(gateway, { path: ACCOUNTS, token })).status, 200)
  const after = await status(place)
  assert.notEqual(after['plan'], before)
  const [event] = await controls(place)
  assert.ok(event !== undefined)
  assert.deepEqual(
    [
      event.action,
      event.who,
      event.uid,
      event.via,
      event.reason,
      event.outcome,
      event.before,
      event.after,
    ],
    ['reload', 'olga', 1000, 'socket', 'CHG-1', 'done', before, after['plan']],
  )
  assert.match(event.details.join('\n'), /1 changes? weaken/)
  const told = await place.run('explain', event.id)
  assert.match(told.out, /olga asked for reload because: CHG-1/)
})

test('SIGHUP reloads too, and a process that is asked twice for the same does nothing', async (t) => {
  const { place, gateway, config, origin } = await running(t)
  place.write(
    'gatehouse.yaml',
    `${config}  - { name: products, spec: products.yaml, upstream: ${origin}, template: open-data }\n`,
  )
  gateway.child.kill('SIGHUP')
  await until(20_000, async () => ((await status(place))['apis'] as unknown[]).length === 2)
  const { out } = await place.run('reload', '--json')
  assert.equal((JSON.parse(out) as { outcome: string }).outcome, 'unchanged')
  const events = await controls(place)
  assert.deepEqual(
    events.map(({ via, outcome }) => [via, outcome]),
    [
      ['signal', 'done'],
      ['socket', 'unchanged'],
    ],
  )
})

const refused: readonly {
  readonly name: string
  readonly change: (config: string, place: Installation) => string
  readonly code: string
  readonly exit: number
}[] = [
  {
    name: 'mistakes in the file',
    change: (config) => config.replace('template: ais', 'template: aiz'),
    code: 'GH_CONTROL_CONFIG_INVALID',
    exit: 4,
  },
  { name: 'no YAML at all', change: () => '\u0000[', code: 'GH_CONTROL_CONFIG_INVALID', exit: 4 },
  {
    name: 'an address to listen on that is taken',
    // That of the bank.
    change: (config) =>
      config.replace('127.0.0.1:0', /127\.0\.0\.1:[1-9]\d+/.exec(config)?.[0] ?? ''),
    code: 'GH_GATEWAY_LISTEN_FAILED',
    exit: 69,
  },
  {
    name: 'another feed',
    change: (config) => `feed: elsewhere\n${config}`,
    code: 'GH_CONTROL_NEEDS_RESTART',
    exit: 4,
  },
  {
    name: 'an API that would close',
    change: (config) => config.replace('accounts.yaml', 'broken.yaml'),
    code: 'GH_CONTROL_WOULD_CLOSE',
    exit: 4,
  },
  {
    name: 'a new API that would be closed',
    change: (config) =>
      `${config}  - { name: other, spec: broken.yaml, upstream: "http://127.0.0.1:1", template: ais }\n`,
    code: 'GH_CONTROL_WOULD_CLOSE',
    exit: 4,
  },
  {
    name: 'an issuer whose keys cannot be loaded',
    change: (config) =>
      config.replace(
        'issuers:\n',
        'issuers:\n  - { issuer: "https://other.example", jwks: "http://127.0.0.1:1/jwks", audience: x }\n',
      ),
    code: 'GH_CONTROL_KEYS_MISSING',
    exit: 69,
  },
  {
    name: 'a file that is gone',
    change: (config, place) => (place.remove('accounts.yaml'), config),
    code: 'GH_CONTROL_CONFIG_INVALID',
    exit: 4,
  },
  {
    name: 'a monitoring address that is taken',
    change: (config) => `monitoring: { listen: "127.0.0.1:PORT" }\n${config}`,
    code: 'GH_GATEWAY_LISTEN_FAILED',
    exit: 69,
  },
]
test('what cannot be put in force leaves the last good configuration, and says why', async (t) => {
  const { place, gateway, config, token } = await running(t)
  const { plan } = await status(place)
  for (const { name, change, code, exit } of refused)
    await t.test(name, async () => {
      place.write('gatehouse.yaml', change(config, place).replace('PORT', String(gateway.port)))
      const result = await place.run('reload')
      assert.equal(result.code, exit, result.err)
      assert.match(result.err, new RegExp(`^${code} `))
      assert.doesNotMatch(result.err, /\n\s+at /)
      assert.equal((await call(gateway, { path: ACCOUNTS, token })).status, 200)
      const now = await status(place)
      assert.equal(now['plan'], plan)
      const last = now['lastReload'] as { outcome: string; code: string; details: string[] }
      assert.deepEqual([last.outcome, last.code], ['refused', code])
      assert.ok(last.details.length > 0)
      const event = (await controls(place)).at(-1)
      assert.deepEqual([event?.outcome, event?.code], ['refused', code])
      place.write('accounts.yaml', MEADOW_FILES['accounts.yaml'])
    })
  place.write('gatehouse.yaml', config)
  assert.equal((await place.run('reload')).code, 0, 'and a good one is taken afterwards')
})

test('nobody in particular is refused, and that is recorded', async (t) => {
  const { place } = await running(t)
  for (const name of ['', '   ', 'x\u001b[2J', 'x'.repeat(129)]) {
    const { code, err } = await place.run('reload', '--as', name)
    assert.equal(code, 4)
    assert.match(err, /^GH_CONTROL_OPERATOR /)
  }
  const events = await controls(place)
  assert.equal(events.length, 4)
  for (const event of events)
    assert.deepEqual(
      [event.who, event.outcome, event.code],
      ['nobody', 'refused', 'GH_CONTROL_OPERATOR'],
    )
})

test('a reload changes what is logged and where it is monitored', async (t) => {
  const { place, gateway, config } = await running(t)
  place.write(
    'gatehouse.yaml',
    `monitoring: { listen: "127.0.0.1:0" }\nlogs: { format: text }\n${config}`,
  )
  assert.equal((await place.run('reload')).code, 0)
  const origin = (await status(place))['monitoring']
  assert.ok(typeof origin === 'string')
  const answer = await fetch(`${origin}/metrics`)
  assert.match(await answer.text(), /^gatehouse_reloads_total\{outcome="done"\} 1$/m)
  place.write('gatehouse.yaml', config)
  assert.equal((await place.run('reload')).code, 0)
  await assert.rejects(fetch(`${origin}/health`))
  const { err } = await gateway.stop()
  assert.match(err, /^\S+Z info {2}reload-done /m)
})

test('`status` answers whatever is wrong with the configuration, and says when nothing runs', async (t) => {
  const { place, gateway } = await running(t)
  place.write('gatehouse.yaml', ': : :\n\t[')
  const shown = await place.run('status')
  assert.equal(shown.code, 0, shown.err)
  assert.match(shown.out, /^ready$/m)
  assert.match(shown.out, /pots +active/)
  rmSync(join(place.dir, 'gatehouse.yaml'))
  assert.equal((await place.run('status')).code, 0)
  await gateway.stop()
  assert.equal((await place.run('status')).code, 69)
})
