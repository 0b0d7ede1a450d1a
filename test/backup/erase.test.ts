/** A person is forgotten while the instance runs: what the files hold of them before, after, and after an old backup came back. */
import assert from 'node:assert/strict'
import { copyFileSync, globSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifySpool } from '../../src/events/index.ts'
import { call, until, up } from '../scenario/gateway-process.ts'
import { installation, type Installation } from '../scenario/installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from '../scenario/invented-bank.ts'

const ACCOUNTS = '/v2/pot-accounts'

interface Seen {
  readonly event: {
    readonly kind: string
    readonly subject?: string | null
    readonly consent?: string | null
  }
}
async function names(
  place: Installation,
): Promise<{ subject: string | null; consent: string | null }> {
  const { out } = await place.run('events', 'tail', '--no-follow', '--json', '--lines', '1000')
  const seen = out.split('\n').map((line) => JSON.parse(line) as Seen) // sound: what `events tail --json` promises
  const last = seen.findLast(({ event }) => event.kind === 'access')?.event
  return { subject: last?.subject ?? null, consent: last?.consent ?? null }
}

test('nothing at rest names a person; erased, nobody can link them any more, also not with a backup', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const token = place.token({ scope: 'pots.read' })
  const { sub, consent_id: consentId } = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
  ) as { sub: string; consent_id: string }
  const gateway = await up(t, place)
  await until(5_000, async () => (await call(gateway, { path: ACCOUNTS, token })).status === 200)
  const before = await names(place)
  assert.match(before.subject ?? '', /^hmac:/)
  const backup = join(place.dir, 'backup')
  const keys = join(place.dir, 'keys')
  assert.equal((await place.run('backup', backup, '--keys', keys)).code, 0)

  // The files that the product keeps: no person, no consent, no account of theirs, in the clear.
  const secrets = [
    sub,
    consentId,
    ...globSync('*.json', { cwd: join(place.dir, 'feed', 'consents') }).flatMap(
      (name) =>
        (
          JSON.parse(readFileSync(join(place.dir, 'feed', 'consents', name), 'utf8')) as {
            accounts?: string[]
          }
        ).accounts ?? [],
    ),
  ].filter((text) => text.length >= 4)
  assert.ok(secrets.length >= 2, secrets.join())
  for (const folder of [place.dataDir, backup])
    for (const path of globSync('**', { cwd: folder })) {
      const file = join(folder, path)
      if (!statSync(file).isFile()) continue
      const text = readFileSync(file)
      for (const secret of secrets) assert.ok(!text.includes(secret), `${path} holds ${secret}`)
    }

  const refused = await place.run('erase', '--person', sub, '--reason', `${sub} asked`)
  assert.equal(refused.code, 4)
  const erased = await place.run(
    'erase',
    '--person',
    sub,
    '--reason',
    'Art. 17 request',
    '--by',
    'dpo',
    '--json',
  )
  assert.equal(erased.code, 0, erased.err)
  assert.ok(!erased.out.includes(sub))
  // It serves the person as before, and writes no name.
  await until(5_000, async () => {
    assert.equal((await call(gateway, { path: ACCOUNTS, token })).status, 200)
    return (await names(place)).subject === null
  })
  assert.deepEqual(await names(place), { subject: null, consent: null })
  await gateway.stop()
  assert.equal((await verifySpool(join(place.dataDir, 'spool'))).damage, null)

  // A backup from before, brought back together with its keys and the log that was kept outside.
  const log = join(place.dir, 'erasures')
  copyFileSync(join(place.dataDir, 'erasures.jsonl'), log)
  rmSync(place.dataDir, { recursive: true })
  const words = ['restore', backup, '--to', place.dataDir, '--keys', keys, '--erasures', log]
  const restored = await place.run(...words)
  assert.equal(restored.code, 0, restored.err)
  const again = await up(t, place)
  await until(5_000, async () => (await call(again, { path: ACCOUNTS, token })).status === 200)
  assert.deepEqual(await names(place), { subject: null, consent: null })
  await again.stop()
})
