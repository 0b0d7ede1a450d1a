/** Backup of a running installation, and what becomes of it: restored, refused, killed in between. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { verifySpool } from '../../src/events/index.ts'
import { call, until, up } from '../scenario/gateway-process.ts'
import { installation, type Installation } from '../scenario/installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from '../scenario/invented-bank.ts'
import { gatehouse } from '../cli/terminal.ts'
import { runProcess } from './cli-process.ts'

const ACCOUNTS = '/v2/pot-accounts'
const KILLS = Math.max(6, Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 0))

/** An installation that has served, and is stopped. */
async function served(t: TestContext): Promise<Installation> {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  await until(5_000, async () => (await call(gateway, { path: ACCOUNTS, token })).status === 200)
  await gateway.stop()
  return place
}
const restore = (from: string, to: string, ...more: string[]): ReturnType<typeof gatehouse> =>
  gatehouse(['restore', from, '--to', to, ...more])

test('a backup is made under load, and what is restored serves, verifies and continues its chain', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  await until(5_000, async () => (await call(gateway, { path: ACCOUNTS, token })).status === 200)
  const stopping = new AbortController()
  const statuses = new Set<number>()
  const load = Array.from({ length: 6 }, async () => {
    while (!stopping.signal.aborted)
      statuses.add((await call(gateway, { path: ACCOUNTS, token })).status)
  })
  const backup = join(place.dir, 'backups', 'one')
  const keys = join(place.dir, 'safe.keys')
  mkdirSync(join(place.dir, 'backups'))
  const made = await runProcess([
    'backup',
    backup,
    '--keys',
    keys,
    '--json',
    '--config',
    place.config,
  ])
  stopping.abort()
  await Promise.all(load)
  assert.deepEqual([made.code, [...statuses]], [0, [200]], made.err)
  const said = JSON.parse(made.out) as { lastEvent: number }
  assert.ok(said.lastEvent > 1)

  // Nobody but the owner, and no key in it.
  for (const path of globSync('**', { cwd: backup })) {
    const { mode } = statSync(join(backup, path))
    assert.equal(mode & 0o077, 0, path)
    assert.doesNotMatch(path, /\.key$|sock|lock/)
  }
  assert.equal(statSync(keys).mode & 0o777, 0o600)
  const key = readFileSync(join(place.dataDir, 'pseudonym.key'), 'utf8')
  for (const path of globSync('**', { cwd: backup }))
    if (statSync(join(backup, path)).isFile())
      assert.ok(!readFileSync(join(backup, path)).includes(key), path)

  // The disk is lost.
  await gateway.stop('SIGKILL')
  rmSync(place.dataDir, { recursive: true })
  const restored = await restore(backup, place.dataDir, '--keys', keys, '--json')
  assert.equal(restored.code, 0, restored.err)
  const report = await verifySpool(join(place.dataDir, 'spool'))
  assert.deepEqual([report.damage, report.torn], [null, null])
  assert.equal(
    report.lastSeq,
    said.lastEvent + 1,
    'the events of the backup and the notice of the restore',
  )
  assert.equal(readFileSync(join(place.dataDir, 'pseudonym.key'), 'utf8'), key)
  const again = await up(t, place)
  await until(5_000, async () => (await call(again, { path: ACCOUNTS, token })).status === 200)
  await again.stop()
  const after = await verifySpool(join(place.dataDir, 'spool'))
  assert.equal(after.damage, null)
  assert.ok(after.lastSeq > report.lastSeq)
  const events = await place.run('posture', '--json')
  assert.ok([0, 3].includes(events.code), events.err)
})

test('`restore` refuses a backup that is damaged, altered, incomplete or added to, and leaves nothing', async (t) => {
  const place = await served(t)
  const sound = join(place.dir, 'sound')
  const keys = join(place.dir, 'keys')
  assert.equal((await place.run('backup', sound, '--keys', keys)).code, 0)
  const files = globSync('**', { cwd: sound }).filter((path) =>
    statSync(join(sound, path)).isFile(),
  )
  assert.ok(files.length >= 5, files.join())
  const bad = join(place.dir, 'bad')
  const target = join(place.dir, 'target')
  const refused = async (what: string, code: string, ...more: string[]): Promise<void> => {
    const { code: exit, err } = await restore(
      bad,
      target,
      ...(more.length > 0 ? more : ['--keys', keys]),
    )
    assert.equal(exit, 4, `${what}: ${err}`)
    assert.match(err, new RegExp(code), what)
    assert.equal(existsSync(target), false, what)
    assert.deepEqual(
      readdirSync(place.dir).filter((name) => name.includes('partial')),
      [],
      what,
    )
  }
  const each = async (what: string, code: string, change: () => void): Promise<void> => {
    rmSync(bad, { recursive: true, force: true })
    cpSync(sound, bad, { recursive: true })
    change()
    await refused(what, code)
  }
  for (const path of files) {
    const file = join(bad, path)
    await each(`${path} with a byte changed`, 'GH_BACKUP_DAMAGED', () => {
      const bytes = readFileSync(file)
      const at = Math.floor(bytes.length / 2)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      writeFileSync(file, bytes)
    })
    await each(`${path} taken away`, 'GH_BACKUP_DAMAGED', () => rmSync(file))
    await each(`${path} cut`, 'GH_BACKUP_DAMAGED', () =>
      writeFileSync(file, readFileSync(file).subarray(0, -1)),
    )
  }
  await each('a file added', 'GH_BACKUP_DAMAGED', () => writeFileSync(join(bad, 'plans', 'x'), 'x'))
  await each('a link added', 'GH_BACKUP_DAMAGED', () =>
    symlinkSync('/etc/passwd', join(bad, 'link')),
  )

  // Somebody who computes every digest again still lacks the keys.
  const rewrite = (change: (manifest: Record<string, unknown>) => void) => (): void => {
    const file = join(bad, 'manifest.json')
    const whole = JSON.parse(readFileSync(file, 'utf8')) as {
      manifest: Record<string, unknown>
      mac: string
    }
    change(whole.manifest)
    const sha256 = digest(JSON.stringify(whole.manifest))
    writeFileSync(file, `${JSON.stringify({ manifest: whole.manifest, sha256, mac: whole.mac })}\n`)
  }
  await each(
    'a manifest made again',
    'GH_BACKUP_DAMAGED',
    rewrite((manifest) => (manifest['at'] = 1)),
  )
  await each(
    'a newer format',
    'GH_BACKUP_NEWER',
    rewrite((manifest) => (manifest['format'] = 2)),
  )
  for (const path of [
    '../outside',
    '/etc/passwd',
    'plans/../../x',
    '.hidden',
    'manifest.json',
    'a\\b',
    '',
  ])
    await each(
      `a file called ${path}`,
      'GH_BACKUP_DAMAGED',
      rewrite((manifest) => {
        const [file] = manifest['files'] as [Record<string, unknown>]
        file['path'] = path
      }),
    )
  rmSync(bad, { recursive: true, force: true })
  await refused('nothing there', 'GH_BACKUP_DAMAGED')
})

test('`restore` wants the keys of the backup, all of them and kept to their owner, or a word that they are given up', async (t) => {
  const place = await served(t)
  const backup = join(place.dir, 'backup')
  const keys = join(place.dir, 'keys')
  assert.equal((await place.run('backup', backup, '--keys', keys)).code, 0)
  const target = join(place.dir, 'target')
  assert.match((await restore(backup, target)).err, /GH_BACKUP_KEYS/)
  chmodSync(keys, 0o644)
  assert.match((await restore(backup, target, '--keys', keys)).err, /GH_BACKUP_KEYS/)
  const other = join(place.dir, 'other')
  writeFileSync(other, '{"gatehouseKeys":1,"keys":"{\\"pseudonym.key\\":\\"AAAA\\"}"}', {
    mode: 0o600,
  })
  assert.match((await restore(backup, target, '--keys', other)).err, /GH_BACKUP_KEYS/)
  assert.equal(existsSync(target), false)
  assert.equal((await restore(backup, target, '--new-keys')).code, 0)
  assert.equal(existsSync(join(target, 'pseudonym.key')), false)
})

test('a keys file with a passphrase tells nothing without it, and opens for no other and not when it was changed', async (t) => {
  const place = await served(t)
  const backup = join(place.dir, 'backup')
  const keys = join(place.dir, 'keys')
  const [word, other] = [join(place.dir, 'word'), join(place.dir, 'other')]
  writeFileSync(word, 'correct horse battery staple\n')
  writeFileSync(other, 'Tr0ub4dor&3\n')
  const made = await place.run('backup', backup, '--keys', keys, '--passphrase', word)
  assert.equal(made.code, 0, made.err)
  const text = readFileSync(keys, 'utf8')
  for (const name of ['pseudonym.key', 'persons.key'])
    assert.ok(!text.includes(readFileSync(join(place.dataDir, name), 'utf8').trim()), name)
  const target = join(place.dir, 'target')
  for (const more of [[], ['--passphrase', other]])
    assert.match((await restore(backup, target, '--keys', keys, ...more)).err, /GH_BACKUP_KEYS/)
  writeFileSync(
    keys,
    text.replace(
      /("sealed":".{9})(.)/,
      (_, before: string, letter: string) => `${before}${letter === 'A' ? 'B' : 'A'}`,
    ),
  )
  assert.match(
    (await restore(backup, target, '--keys', keys, '--passphrase', word)).err,
    /GH_BACKUP_KEYS/,
  )
  assert.equal(existsSync(target), false)
  writeFileSync(keys, text)
  const restored = await restore(backup, target, '--keys', keys, '--passphrase', word)
  assert.equal(restored.code, 0, restored.err)
})

test('neither command writes over anything, nor keys into the backup', async (t) => {
  const place = await served(t)
  const taken = join(place.dir, 'feed')
  for (const words of [
    ['backup', taken],
    ['restore', taken, '--to', place.dataDir],
  ])
    assert.match((await place.run(...words)).err, /GH_BACKUP_TARGET/)
  const inside = await place.run(
    'backup',
    join(place.dir, 'b'),
    '--keys',
    join(place.dir, 'b', 'keys'),
  )
  assert.match(inside.err, /GH_BACKUP_KEYS/)
  assert.equal(existsSync(join(place.dir, 'b')), false)
  writeFileSync(join(place.dir, 'keys'), 'mine')
  const over = await place.run('backup', join(place.dir, 'b'), '--keys', join(place.dir, 'keys'))
  assert.match(over.err, /GH_BACKUP_TARGET/)
  assert.equal(readFileSync(join(place.dir, 'keys'), 'utf8'), 'mine')
})

test(`killed ${KILLS} times at some moment, a backup or a restore is whole or not there`, async (t) => {
  const place = await served(t)
  const keys = join(place.dir, 'keys')
  const sound = join(place.dir, 'sound')
  const began = performance.now()
  assert.equal(
    (await runProcess(['backup', sound, '--keys', keys, '--config', place.config])).code,
    0,
  )
  const tookMs = performance.now() - began
  const seen = { whole: 0, none: 0 }
  for (let round = 0; round < KILLS; round++) {
    const killAfterMs = tookMs * (0.3 + (0.8 * round) / KILLS)
    const backup = join(place.dir, `backup${round}`)
    // However fast the machine was a moment ago: the first is killed while it works.
    const killed =
      round === 0 ? { killAt: { folder: place.dir, begins: `.backup${round}.` } } : { killAfterMs }
    await runProcess(['backup', backup, '--config', place.config], killed)
    const target = join(place.dir, `target${round}`)
    if (existsSync(backup)) {
      assert.equal((await restore(backup, target, '--new-keys')).code, 0)
      seen.whole++
    } else {
      assert.match((await restore(backup, target, '--new-keys')).err, /GH_BACKUP_DAMAGED/)
      seen.none++
    }
    const second = join(place.dir, `second${round}`)
    await runProcess(['restore', sound, '--to', second, '--keys', keys], { killAfterMs })
    if (existsSync(second)) {
      const report = await verifySpool(join(second, 'spool'))
      assert.deepEqual([report.damage, report.torn], [null, null])
    } else assert.equal((await restore(sound, second, '--keys', keys)).code, 0)
  }
  assert.ok(seen.none > 0, 'some were killed in time')
})

function digest(text: string): string {
  return hash('sha256', text)
}
