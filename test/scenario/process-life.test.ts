/** Starting twice, starting where somebody else listens, stopping while a request is under way. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { type StoredEvent, verifySpool } from '../../src/events/index.ts'
import { RawConnection } from '../support/raw-http.ts'
import { call, callOn, launch, requestText, until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'

const ACCOUNTS = '/v2/pot-accounts'
const SLOW = '/v2/slow-accounts'

test('SIGTERM lets a request under way end, takes no other, and leaves nothing behind', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  let finish: (() => void) | undefined
  bank.slow = (answer) => (finish = answer)
  const slow = new RawConnection(gateway.port)
  const idle = new RawConnection(gateway.port)
  t.after(() => [slow, idle].map((one) => one.destroy()))
  assert.equal((await callOn(idle, { path: ACCOUNTS, token })).status, 200)
  slow.send(requestText({ path: SLOW, token }))
  await until(5_000, () => finish !== undefined)

  const ended = gateway.stop('SIGTERM')
  await idle.closed()
  // Whoever comes now is turned away, by a refused connection or by one that closes without an answer.
  await until(2_000, () =>
    call(gateway, { path: ACCOUNTS, token }).then(
      () => false,
      () => true,
    ),
  )
  finish?.()
  const answer = await slow.answer()
  assert.equal(answer?.status, 200)
  assert.match(answer?.body ?? '', /"pot-2"/)
  assert.equal((await ended).code, 0)
  assert.ok(!readdirSync(place.dataDir).includes('control.sock'))
  const report = await verifySpool(join(place.dataDir, 'spool'))
  assert.equal(report.damage, null)
  assert.equal(report.torn, null)
})

test('a second Ctrl-C ends it at once, although a request hangs', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  let asked = false
  bank.slow = () => (asked = true)
  const slow = new RawConnection(gateway.port)
  t.after(() => slow.destroy())
  slow.send(requestText({ path: SLOW, token: place.token({ scope: 'pots.read' }) }))
  await until(5_000, () => asked)
  const at = performance.now()
  gateway.child.kill('SIGINT')
  await until(5_000, () =>
    call(gateway, { path: ACCOUNTS }).then(
      () => false,
      () => true,
    ),
  )
  // Half a second is one press, however many signals it makes.
  gateway.child.kill('SIGTERM')
  await until(2_000, () => performance.now() - at > 600)
  assert.equal(gateway.child.exitCode, null)
  assert.equal((await gateway.stop('SIGINT')).code, 130)
  assert.ok(performance.now() - at < 5_000)
})

test('a second start on one data directory is refused with 69, and the first goes on', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const first = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  const second = await launch(t, place)
  assert.ok(!('origin' in second), 'a second one serves')
  assert.equal(second.code, 69)
  assert.match(second.err, /GH_STORE_LOCKED .*Another process holds this data directory/)
  assert.equal(second.out, '')
  assert.equal((await call(first, { path: ACCOUNTS, token })).status, 200)
  const { code, out } = await place.run('events', 'tail', '--no-follow', '--json')
  assert.equal(code, 0)
  assert.match(out, /"outcome":"trimmed"/)
  assert.equal((await first.stop()).code, 0)
})

test('a port in use ends with 69 and its address, and nothing stays locked', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo // sound: listening on TCP
  const bank = await meadowBank(t)
  const config = meadowConfig(bank.origin)
  const place = installation(t, config.replace('127.0.0.1:0', `127.0.0.1:${port}`), MEADOW_FILES)
  const refused = await launch(t, place)
  assert.ok(!('origin' in refused))
  assert.equal(refused.code, 69)
  assert.equal(refused.out, '')
  assert.match(refused.err, new RegExp(`^GH_GATEWAY_LISTEN_FAILED .*127\\.0\\.0\\.1:${port}$`, 'm'))
  assert.doesNotMatch(refused.err, /\n\s+at /)
  place.write('gatehouse.yaml', config)
  assert.equal((await (await up(t, place)).stop()).code, 0)
})

test('a data directory is for its owner alone, whatever it was before', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  mkdirSync(place.dataDir)
  chmodSync(place.dataDir, 0o777)
  const gateway = await up(t, place)
  const modes = (folder: string): void => {
    assert.equal(statSync(folder).mode & 0o077, 0, folder)
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) modes(path)
      else assert.equal(statSync(path).mode & 0o077, 0, path)
    }
  }
  modes(place.dataDir)
  await gateway.stop()
  modes(place.dataDir)
})

test('a configuration with mistakes starts nothing and names them all', async (t) => {
  const place = installation(
    t,
    meadowConfig('http://127.0.0.1:1')
      .replace('template: ais', 'template: aiz')
      .replace('name: pots', 'naem: pots'),
    MEADOW_FILES,
  )
  const ended = await launch(t, place)
  assert.ok(!('origin' in ended))
  assert.equal(ended.code, 4)
  assert.equal(ended.out, '')
  assert.match(ended.err, /gatehouse\.yaml:7:5: GH_CONFIG_UNKNOWN_KEY/)
  assert.match(
    ended.err,
    /gatehouse\.yaml:10:15: GH_CONFIG_REFERENCE_UNKNOWN|gatehouse\.yaml:10:15: /,
  )
  assert.ok(!readdirSync(place.dir).includes('.gatehouse'))
})

test('a data directory with a long name, and an address of IPv6, work like any other', async (t) => {
  const bank = await meadowBank(t)
  const long = `${'a long name for a folder '.repeat(6)}é`
  const place = installation(
    t,
    `dataDir: "${long}/data"\n${meadowConfig(bank.origin).replace('127.0.0.1:0', '"[::1]:0"')}`,
    MEADOW_FILES,
  )
  mkdirSync(join(place.dir, long))
  const gateway = await up(t, place)
  assert.match(gateway.origin, /^http:\/\/\[::1\]:\d+$/)
  const answer = await fetch(`${gateway.origin}${ACCOUNTS}`)
  assert.equal(answer.status, 401)
  await answer.text()
  // The control socket has a path that fits, and the commands find it.
  const { code, out, err } = await place.run('events', 'tail', '--no-follow', '--outcome', 'denied')
  assert.equal(code, 0, err)
  assert.match(out, /GH_GATEWAY_TOKEN_MISSING/)
  assert.equal((await gateway.stop()).code, 0)
})

test('what is no request is refused, recorded and explained', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  const broken: readonly (readonly [string, string])[] = [
    ['no HTTP at all', 'what is this?\r\n\r\n'],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001'],
    [
      'two lengths',
      `POST ${ACCOUNTS} HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
    ],
    [
      'a length and chunks',
      `POST ${ACCOUNTS} HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a header folded over lines', `GET ${ACCOUNTS} HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n`],
    [
      'a header of a megabyte: one event, not one for each piece',
      `GET ${ACCOUNTS} HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(1_000_000)}\r\n\r\n`,
    ],
    ['two hosts', `GET ${ACCOUNTS} HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n`],
    ['CONNECT', 'CONNECT bank.example:443 HTTP/1.1\r\nhost: bank.example\r\n\r\n'],
  ]
  for (const [name, bytes] of broken) {
    const connection = new RawConnection(gateway.port)
    connection.send(Buffer.from(bytes, 'latin1'))
    const answer = await connection.answer()
    assert.ok(answer !== undefined && answer.status >= 400 && answer.status < 500, name)
    connection.destroy()
  }
  assert.deepEqual(bank.seen, [], 'the bank heard of none of them')
  const { out } = await place.run('events', 'tail', '--no-follow', '--json')
  const refused = out
    .split('\n')
    .map((line) => (JSON.parse(line) as StoredEvent).event) // sound: what the CLI promises
    .filter((event) => event.kind !== 'notice')
  assert.equal(refused.length, broken.length)
  for (const event of refused) {
    const told = await place.run('explain', event.id)
    assert.equal(told.code, 0, told.err)
    assert.match(told.out, /refused/)
  }
  assert.doesNotMatch(out, /bank\.example|what is this|xxxx/)
  assert.equal((await gateway.stop()).code, 0)
})

const spoilt: readonly {
  readonly name: string
  readonly spoil: (dataDir: string) => void
  readonly says: RegExp
}[] = [
  {
    name: 'a file stands where the data directory should be',
    spoil: (dataDir) => writeFileSync(dataDir, ''),
    says: /^GH_CLI_IO .*\.gatehouse/m,
  },
  {
    name: 'the database is something else',
    spoil: (dataDir) => {
      mkdirSync(join(dataDir, 'store'), { recursive: true })
      writeFileSync(join(dataDir, 'store', 'gatehouse.db'), 'not a database'.repeat(1_000))
    },
    says: /^GH_STORE_CORRUPT /m,
  },
  {
    name: 'the spool is something else',
    spoil: (dataDir) => {
      mkdirSync(join(dataDir, 'spool'), { recursive: true })
      writeFileSync(join(dataDir, 'spool', 'spool.json'), '[]')
    },
    says: /^GH_EVENTS_SPOOL_CORRUPT /m,
  },
  {
    name: 'the key of the pseudonyms was cut',
    spoil: (dataDir) => {
      mkdirSync(dataDir)
      writeFileSync(join(dataDir, 'pseudonym.key'), 'c2hvcnQ')
    },
    says: /^GH_STORE_FAILED .*pseudonym\.key does not hold a key/m,
  },
]
for (const { name, spoil, says } of spoilt) {
  test(`nothing starts when ${name}: it ends with 74 and says so`, async (t) => {
    const place = installation(t, meadowConfig('http://127.0.0.1:1'), MEADOW_FILES)
    spoil(place.dataDir)
    const ended = await launch(t, place)
    assert.ok(!('origin' in ended), 'it serves')
    assert.match(ended.err, says)
    assert.equal(ended.code, 74, ended.err)
    assert.equal(ended.out, '')
    assert.doesNotMatch(ended.err, /\n\s+at |please report/)
  })
}
