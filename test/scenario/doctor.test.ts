/** `gatehouse doctor`: with nothing running, with an instance, and with each thing that goes wrong. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSpool } from '../../src/events/index.ts'
import { notice } from '../events/spool-harness.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { call, until, up } from './gateway-process.ts'
import { type Installation, installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'

interface Report {
  readonly live: boolean
  readonly sound: boolean
  readonly diagnoses: readonly {
    readonly name: string
    readonly result: string
    readonly evidence: string
    readonly mend: string | null
  }[]
}

async function examine(place: Installation): Promise<{
  readonly code: number
  readonly report: Report
  of(name: string): Report['diagnoses'][number]
}> {
  const { code, out, err } = await place.run('doctor', '--json')
  assert.equal(err, '')
  const report = JSON.parse(out) as Report // sound: what the CLI promises
  return {
    code,
    report,
    of(name) {
      const found = report.diagnoses.find((one) => one.name === name)
      assert.ok(found, `${name} was not looked at`)
      return found
    },
  }
}

const NAMES =
  'node|memory|open files|clock|data directory|file system|free space|disk sync|instance|port|policy|specifications|issuer keys|certificates|exchange rates|feed|spool|clock skew|event index|retention|backup'

test('with nothing running, everything is looked at and each thing has its evidence', async (t) => {
  const place = installation(t, meadowConfig('http://127.0.0.1:9'), MEADOW_FILES)
  const { code, report, of } = await examine(place)
  assert.deepEqual(report.diagnoses.map(({ name }) => name).join('|'), NAMES)
  assert.equal(code, 0, JSON.stringify(report.diagnoses.filter((one) => one.result !== 'ok')))
  assert.equal(report.live, false)
  for (const { evidence, result, mend } of report.diagnoses) {
    assert.notEqual(evidence, '')
    assert.equal(mend === null, result === 'ok')
  }
  assert.match(of('node').evidence, /v24\.\d+\.\d+, .*sha256 [0-9a-f]{64}/)
  assert.match(of('disk sync').evidence, /p50 \d+\.\d\d ms/)
  assert.match(of('issuer keys').evidence, /https:\/\/as\.example 1/)
  const shown = await place.run('doctor')
  assert.match(shown.out, /ok +node/)
})

test('beside a running instance its port is its own, and what changed since the start is named', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  await call(gateway, { path: '/v2/pot-accounts' })
  await until(10_000, async () => (await examine(place)).of('event index').result === 'ok')
  const before = await examine(place)
  assert.equal(before.code, 0, JSON.stringify(before.report))
  assert.equal(before.report.live, true)
  assert.match(before.of('instance').evidence, new RegExp(`pid ${gateway.child.pid}`))
  assert.match(before.of('spool').evidence, /^events 1 to \d+; the chain of the last \d+ holds$/)

  assert.equal(before.of('backup').result, 'warn', 'there is something to lose, and no copy')
  const safe = temporaryFolder(t)
  const copy = (name: string, ...more: string[]): Promise<unknown> =>
    place.run('backup', join(safe, name), ...more)
  await copy('first')
  const first = (await examine(place)).of('backup')
  assert.deepEqual([first.result, /without keys/.test(first.evidence)], ['warn', true])
  await copy('second', '--keys', join(safe, 'second.keys'))
  const second = (await examine(place)).of('backup')
  assert.equal(second.result, 'ok')
  assert.match(second.evidence, /^0 h ago, to .*second/)
  assert.equal(existsSync(join(safe, 'second', 'last-backup.json')), false, 'a copy has no copy')

  const [specFile = ''] = Object.keys(MEADOW_FILES).filter((name) => name.endsWith('.yaml'))
  const text = readFileSync(join(place.dir, specFile), 'utf8')
  place.write(specFile, text.replace('operationId: listPots', 'operationId: listAllPots'))
  const after = await examine(place)
  assert.equal(after.of('specifications').result, 'warn')
  assert.match(after.of('specifications').evidence, new RegExp(specFile.replaceAll('.', '\\.')))
  assert.equal(after.of('policy').result, 'warn')
  assert.equal(after.code, 0, 'a warning is no failure')
})

test('each thing that goes wrong fails by name, with what mends it', async (t) => {
  const place = installation(t, meadowConfig('http://127.0.0.1:9'), MEADOW_FILES)
  const failing = async (name: string, evidence: RegExp): Promise<void> => {
    const { code, of } = await examine(place)
    assert.equal(code, 3, name)
    assert.equal(of(name).result, 'fail', name)
    assert.match(of(name).evidence, evidence)
    assert.notEqual(of(name).mend, null)
  }
  mkdirSync(place.dataDir, { mode: 0o755 })
  chmodSync(place.dataDir, 0o755)
  await failing('data directory', /0755/)
  chmodSync(place.dataDir, 0o700)

  place.write('feed/consents/c9.json', '{ "id": 7 }')
  await failing('feed', /c9\.json:1:/)
  place.remove('feed/consents/c9.json')

  const jwks = readFileSync(join(place.dir, 'jwks.json'), 'utf8')
  const config = readFileSync(place.config, 'utf8')
  place.write(
    'gatehouse.yaml',
    config.replace('jwks: jwks.json', 'jwks: http://127.0.0.1:9/jwks.json'),
  )
  await failing('issuer keys', /as\.example/)
  place.write('gatehouse.yaml', config)
  place.write('jwks.json', jwks)

  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // sound: it listens on an address
  place.write('gatehouse.yaml', config.replace(/listen: .*/, `listen: 127.0.0.1:${port}`))
  await failing('port', /EADDRINUSE/)
  place.write('gatehouse.yaml', config)

  const spoolDir = join(place.dataDir, 'spool')
  const spool = await openSpool({ dir: spoolDir, create: true, scheduler: new FakeClock() })
  const ahead = Date.now() + 3_600_000
  await new Promise<void>((resolve, reject) =>
    spool.append({ ...notice('n-1'), at: ahead }, 'strict', (failure) =>
      failure === undefined ? resolve() : reject(failure),
    ),
  )
  await spool.close()
  await failing('clock skew', /3[56]\d\d s ahead/)
  const missing = await examine(place)
  assert.equal(missing.of('event index').result, 'warn')

  const segment = join(spoolDir, '0000000001.seg')
  const bytes = readFileSync(segment)
  bytes[80] = (bytes[80] ?? 0) ^ 1
  writeFileSync(segment, bytes)
  await failing('spool', /GH_EVENTS_SPOOL_CORRUPT.*0000000001\.seg:64/)

  const [specFile = ''] = Object.keys(MEADOW_FILES).filter((name) => name.endsWith('.yaml'))
  place.write(specFile, 'openapi: 3.0.3\npaths: [')
  await failing('policy', /closed/)
})
