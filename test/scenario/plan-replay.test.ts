/** `gatehouse plan --replay` on what a running gateway has recorded: what a draft would have refused, told before it bites. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Compile } from 'typebox/schema'
import type { Explanation, ReplayAnswer } from '../../src/app/index.ts'
import { gatehouse, type Screen } from '../cli/terminal.ts'
import { call, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig, PRODUCTS_SPEC } from './invented-bank.ts'

const ROOT = join(import.meta.dirname, '..', '..')
// Sound: a schema that is committed here.
const schema = Compile(
  JSON.parse(readFileSync(join(ROOT, 'schemas', 'plan-replay.schema.json'), 'utf8')) as object,
)

test('a draft is tried on recorded traffic', async (t) => {
  const bank = await meadowBank(t)
  const config = meadowConfig(bank.origin)
  const place = installation(t, config, MEADOW_FILES)
  place.write(
    'draft.yaml',
    `${config}    rules:
      token.lifetime: { maxSeconds: 60 }
`,
  )
  const draft = join(place.dir, 'draft.yaml')
  const plan = (...words: string[]): Promise<Screen> =>
    gatehouse(['plan', ...words, '--config', draft], { now: () => Date.now() })
  const read = async (...words: string[]): Promise<ReplayAnswer> => {
    const { out, err } = await plan('--replay', ...words, '--json')
    assert.equal(err, '')
    const json: unknown = JSON.parse(out)
    assert.ok(schema.Check(json), out)
    return json as ReplayAnswer // sound: just checked
  }

  await t.test('nothing recorded is nothing replayed, and no mistake', async () => {
    assert.equal((await read()).decisions, 0)
    assert.equal((await plan('--replay')).code, 0)
  })

  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  for (const path of ['/v2/pot-accounts', '/v2/pot-accounts', '/v2/pot-accounts/pot-1/balance'])
    assert.equal((await call(gateway, { path, token })).status, 200)
  assert.equal((await call(gateway, { path: '/v2/pot-accounts/pot-9/balance', token })).status, 403)
  assert.equal((await call(gateway, { path: '/v2/nothing', token })).status, 404)

  await t.test('while the instance runs, by rule, client and operation', async () => {
    const report = await read()
    assert.equal(report.decisions, 5)
    assert.deepEqual(
      report.newlyDenied.map(({ rule, code, client, operation, count }) => ({
        rule,
        code,
        client,
        operation,
        count,
      })),
      [
        {
          rule: 'token.lifetime',
          code: 'GH_GATEWAY_TOKEN_LIFETIME',
          client: 'tpp-a',
          operation: 'listPots',
          count: 2,
        },
        {
          rule: 'token.lifetime',
          code: 'GH_GATEWAY_TOKEN_LIFETIME',
          client: 'tpp-a',
          operation: 'potBalance',
          count: 1,
        },
      ],
    )
    assert.deepEqual(report.unchanged, { allowed: 0, denied: 2, deniedOtherwise: 1 })
    assert.deepEqual([report.newlyAllowed, report.undecidable], [[], []])
  })

  await t.test('the example is a decision that explain knows', async () => {
    const [first] = (await read()).newlyDenied
    const { code, out } = await place.run('explain', first?.example ?? '', '--json')
    assert.equal(code, 0)
    assert.notEqual((JSON.parse(out) as Explanation).outcome, 'denied')
  })

  await t.test('exit codes: 3 where it was asked for, else 0', async () => {
    assert.equal((await plan('--replay', '--fail-on', 'newly-denied')).code, 3)
    assert.equal((await plan('--replay')).code, 0)
    assert.equal((await place.run('plan', '--replay', '--fail-on', 'newly-denied')).code, 0)
    assert.equal((await plan('--replay', '--fail-on', 'high')).code, 4)
    assert.equal((await plan('--fail-on', 'newly-denied')).code, 4)
    assert.equal((await plan('--replay', '9x')).code, 4)
  })

  await t.test('one API alone, and an API that is not there is named', async () => {
    place.write(
      'draft.yaml',
      `${config}    rules:
      token.lifetime: { maxSeconds: 60 }
  - name: products
    spec: products.yaml
    upstream: ${bank.origin}
    template: open-data
`,
    )
    place.write('products.yaml', PRODUCTS_SPEC)
    const pots = await read('all', 'pots')
    assert.deepEqual([pots.api, pots.newlyDenied.length], ['pots', 2])
    const { out } = await plan('products', '--replay', 'all', '--json')
    const products = JSON.parse(out) as ReplayAnswer // sound: the same command as above
    assert.deepEqual([products.api, products.decisions, products.newlyDenied], ['products', 0, []])
    assert.equal((await plan('products', '--replay', '--fail-on', 'newly-denied')).code, 0)
    assert.equal((await plan('pots', '--replay', '--fail-on', 'newly-denied')).code, 3)
    assert.equal((await plan('pot', '--replay')).code, 4)
    place.write(
      'draft.yaml',
      `${config}    rules:
      token.lifetime: { maxSeconds: 60 }
`,
    )
  })

  await t.test('a range leaves out what lies outside', async () => {
    assert.equal((await read('all')).decisions, 5)
    assert.equal((await read('2020-01-01..2020-12-31')).decisions, 0)
  })

  await t.test('a person reads who, where and why', async () => {
    const { out } = await plan('--replay')
    for (const word of ['token.lifetime', 'tpp-a', 'listPots', 'Newly denied (3)', 'explain'])
      assert.ok(out.includes(word), `${word} in\n${out}`)
    assert.doesNotMatch(out, /\b(?:undefined|NaN)\b|\[object/)
  })

  await t.test(
    'a rule that only watches tells what it has seen: the gate before it is enforced',
    async () => {
      place.write(
        'draft.yaml',
        `${config}    rules:
      token.lifetime: { maxSeconds: 60, mode: observe }
`,
      )
      const report = await read()
      assert.deepEqual(report.newlyDenied, [])
      const [watched] = report.watched
      assert.deepEqual(
        [watched?.rule, watched?.mode, watched?.wouldDeny, watched?.wouldDenyClients],
        ['token.lifetime', 'observe', 4, 1],
      )
    },
  )

  await t.test('the same configuration changes nothing', async () => {
    const { out } = await place.run('plan', '--replay', '--json')
    const report = JSON.parse(out) as ReplayAnswer // sound: our own output, checked above
    assert.deepEqual(
      [report.newlyDenied, report.newlyAllowed, report.undecidable, report.answerUndecidable],
      [[], [], [], []],
    )
    assert.deepEqual(report.unchanged, { allowed: 3, denied: 2, deniedOtherwise: 0 })
  })

  await t.test('Ctrl-C ends it with 130 and changes nothing', async () => {
    const stop = new AbortController()
    stop.abort()
    const { code } = await gatehouse(['plan', '--replay', '--config', draft], {
      signal: stop.signal,
      now: () => Date.now(),
    })
    assert.equal(code, 130)
  })

  await t.test('and it runs as a process, with data on stdout alone', async () => {
    const child = spawn(process.execPath, [
      join(ROOT, 'src', 'cli', 'main.ts'),
      'plan',
      '--replay',
      '--json',
      '--config',
      draft,
    ])
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const [code] = (await once(child, 'close')) as unknown[]
    assert.deepEqual([code, err], [0, ''])
    assert.ok(schema.Check(JSON.parse(out)))
  })
})
