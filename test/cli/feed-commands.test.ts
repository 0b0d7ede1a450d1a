/** Clients, consents and revocations from the command line: what is kept, what is refused, what is shown. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse, type Screen } from './terminal.ts'

const CONFIG = `apis:
  - name: products
    spec: products.json
    upstream: http://127.0.0.1:9000
    template: open-data
`
const CONSENT = {
  id: 'consent-1',
  client: 'app',
  subject: 'customer-1',
  status: 'AUTH',
  permissions: ['ReadAccountsBasic'],
  accounts: ['A1', 'A2'],
  expiresAt: '2027-01-01T00:00:00Z',
}

interface Place {
  readonly dir: string
  file(name: string, value: unknown): string
  run(...words: string[]): Promise<Screen>
  /** Files of a folder of the feed. */
  kept(folder: string): string[]
}

function place(t: TestContext, config = CONFIG): Place {
  const dir = temporaryFolder(t)
  writeFileSync(join(dir, 'gatehouse.yaml'), config)
  writeFileSync(join(dir, 'products.json'), '{}')
  return {
    dir,
    file(name, value) {
      writeFileSync(join(dir, name), typeof value === 'string' ? value : JSON.stringify(value))
      return name
    },
    run: (...words) => gatehouse(words, { cwd: dir }),
    kept: (folder) => {
      const path = join(dir, 'feed', folder)
      return existsSync(path) ? readdirSync(path) : []
    },
  }
}

test('"consents put" keeps a record, for its owner only, and puts a later one in its place', async (t) => {
  const { run, file, kept, dir } = place(t)
  const first = await run('consents', 'put', file('new.json', CONSENT), '--json')
  assert.equal(first.code, 0, first.err)
  const { file: written } = JSON.parse(first.out) as { file: string }
  assert.equal(statSync(join(dir, written)).mode & 0o077, 0)
  await run('consents', 'put', file('new.json', { ...CONSENT, accounts: ['A1'] }))
  assert.equal(kept('consents').length, 1)
  const { out } = await run('consents', 'list', '--json')
  const [shown] = JSON.parse(out) as Record<string, unknown>[]
  assert.deepEqual(shown?.['accounts'], ['A1'])
  assert.equal(shown?.['revoked'], false)
  assert.match((await run('consents', 'list')).out, /consent-1 .*until 2027-01-01 .*1 accounts/)
})

const refused = [
  [
    'a member that is missing',
    { ...CONSENT, client: undefined },
    /new\.json:1:1: GH_FEED_RECORD_INVALID .*client/,
  ],
  ['a member that nobody knows', { ...CONSENT, acounts: [] }, /GH_FEED_RECORD_INVALID .*accounts/],
  ['a time that is none', { ...CONSENT, expiresAt: 'soon' }, /GH_FEED_RECORD_INVALID .*expiresAt/],
  ['a list', [], /GH_FEED_RECORD_INVALID .*not a JSON object/],
  ['half a file', '{"id":', /GH_FEED_RECORD_INVALID .*not JSON/],
] as const
for (const [name, value, says] of refused) {
  test(`"consents put" refuses ${name} with 4, and keeps nothing`, async (t) => {
    const { run, file, kept } = place(t)
    const { code, out, err } = await run('consents', 'put', file('new.json', value))
    assert.equal(code, 4, err)
    assert.equal(out, '')
    assert.match(err, says)
    assert.doesNotMatch(err, /customer-1/, 'values stay inside')
    assert.deepEqual(kept('consents'), [])
  })
}

test('"consents put" of a file that is not there ends with 4 and its name', async (t) => {
  const { code, err } = await place(t).run('consents', 'put', 'nowhere.json')
  assert.equal(code, 4)
  assert.match(err, /nowhere\.json: there is no such file/)
})

test('"consents revoke" is shown by "list", and needs a reason', async (t) => {
  const { run, file, kept, dir } = place(t)
  await run('consents', 'put', file('new.json', CONSENT))
  for (const reason of [[], ['--reason', ' ']]) {
    const { code, err } = await run('consents', 'revoke', 'consent-1', ...reason)
    assert.equal(code, 4)
    assert.match(err, /--reason is needed/)
  }
  assert.deepEqual(kept('revocations'), [])
  const done = await run('consents', 'revoke', 'consent-1', '--reason', 'they asked')
  assert.equal(done.code, 0)
  assert.equal(done.err, '')
  const [name = ''] = kept('revocations')
  assert.deepEqual(JSON.parse(readFileSync(join(dir, 'feed', 'revocations', name), 'utf8')), {
    consent: 'consent-1',
    at: '2026-11-22T12:00:00.000Z',
    reason: 'they asked',
  })
  assert.match((await run('consents', 'list')).out, /consent-1 +revoked/)
})

test('"revoke" of an id that no record has is kept, and says that nobody has it', async (t) => {
  const { run, file, kept } = place(t)
  await run('consents', 'put', file('new.json', CONSENT))
  const { code, err } = await run('consents', 'revoke', 'consnet-1', '--reason', 'they asked')
  assert.equal(code, 0)
  assert.match(err, /no consent of the feed has this id\. Did you mean "consent-1"\?/)
  assert.equal(kept('revocations').length, 1)
  // Tokens are not in the feed: there is nothing to compare with.
  assert.equal((await run('tokens', 'revoke', 'jti-1', '--reason', 'stolen')).err, '')
  for (const what of ['grants', 'certificates'])
    assert.deepEqual(
      await run(what, 'revoke', 'some-id', '--reason', 'stolen').then(({ code, err }) => [
        code,
        err,
      ]),
      [0, ''],
    )
})

test('ids that would climb out of the folder stay inside it', async (t) => {
  const { run, file, kept, dir } = place(t)
  const before = readdirSync(dir)
  for (const id of ['../../evil', '/etc/passwd', '.hidden', 'a/b', 'CON', 'x'.repeat(256)]) {
    const { code, err } = await run('consents', 'put', file('new.json', { ...CONSENT, id }))
    assert.equal(code, 0, err)
    assert.equal((await run('consents', 'revoke', id, '--reason', 'they asked')).code, 0)
  }
  assert.equal(kept('consents').length, 6)
  assert.equal(kept('revocations').length, 6)
  const listed = JSON.parse((await run('consents', 'list', '--json')).out) as { revoked: boolean }[]
  assert.ok(listed.length === 6 && listed.every((one) => one.revoked))
  assert.deepEqual(readdirSync(dir), [...before, 'feed', 'new.json'].toSorted())
})

test('"list" shows what counts, and names the files that do not', async (t) => {
  const { run, dir } = place(t)
  mkdirSync(join(dir, 'feed', 'clients'), { recursive: true })
  writeFileSync(
    join(dir, 'feed', 'clients', 'good.json'),
    '{"id":"app","name":"App Ltd","status":"active"}',
  )
  writeFileSync(join(dir, 'feed', 'clients', 'bad.json'), '{"id":"other","status":"activ"}')
  const { code, out, err } = await run('clients', 'list')
  assert.equal(code, 0)
  assert.match(out, /^app +active +App Ltd +file$/)
  assert.match(err, /^feed\/clients\/bad\.json:1:\d+: GH_FEED_/m)
})

test('a feed folder that was named and is not there is an error, not an empty feed', async (t) => {
  const { run, dir } = place(t, `feed: records\n${CONFIG}`)
  const { code, err } = await run('clients', 'list')
  assert.equal(code, 74)
  assert.match(err, /GH_FEED_UNREADABLE .*records is not there/)
  assert.ok(!existsSync(join(dir, 'records')))
})
