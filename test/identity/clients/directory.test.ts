/** The register from a file and from a URL, the signed sample of the example, and what is no register. */
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { signDirectory } from '../../../examples/bank/directory/sign.ts'
import { openSettings } from '../../../src/app/identity/registration-settings.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { readRegister } from '../../../src/identity/clients/organisation-register.ts'
import { MAX_REGISTER_BYTES, watchRegister } from '../../../src/identity/clients/register-watch.ts'
import { readStatement } from '../../../src/identity/clients/software-statement.ts'
import { RegistrationRefused } from '../../../src/identity/clients/refused.ts'
import { readSignedObject } from '../../../src/proof/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { now, signingJwk } from '../client.ts'
import { recordedEvidence } from '../evidence.ts'
import { sqlite } from '../rig.ts'
import { keysOf } from './third-party.ts'

const SAMPLE = join(import.meta.dirname, '../../../examples/bank/directory')
const RUNS = Math.max(2_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
type From = { readonly file: string } | { readonly url: string }

async function watching(t: TestContext, from: From, jwks = join(SAMPLE, 'directory-jwks.json')) {
  const opened = await openSettings(
    { directories: [], register: { from, jwks: { file: jwks } }, partners: false, fapi1: false },
    { clock: systemClock, scheduler: realScheduler },
  )
  t.after(() => opened.close())
  assert.ok(opened.settings.register)
  const problems: string[] = []
  const watch = watchRegister({
    ...opened.settings.register,
    store: await sqlite(t),
    clock: systemClock,
    scheduler: new FakeClock(),
    evidence: recordedEvidence(),
    say: (problem) => problems.push(problem),
  })
  t.after(() => watch.stop())
  await watch.look()
  return { watch, problems, source: opened.settings.register.source }
}

test('the sample of the example is a register, and one that its script signs anew is too', async (t) => {
  const sample = await watching(t, { file: join(SAMPLE, 'register.jws') })
  assert.deepEqual(sample.problems, [])
  const { entries } = sample.watch.current() ?? { entries: new Map() }
  assert.equal(entries.get('PSDGB-FCA-123456')?.status, 'authorised')
  assert.equal(entries.get('PSDGB-FCA-654321')?.status, 'withdrawn')
  const dir = temporaryFolder(t)
  await signDirectory(dir)
  const mine = await watching(
    t,
    { file: join(dir, 'register.jws') },
    join(dir, 'directory-jwks.json'),
  )
  assert.equal(mine.watch.current()?.entries.size, 2)
  const foreign = await watching(t, { file: join(dir, 'register.jws') })
  assert.equal(foreign.watch.current(), undefined)
  assert.equal(foreign.problems.length, 1)
})

test('a file is read when it changed and at no other time; one that is gone or too large says so', async (t) => {
  const file = join(temporaryFolder(t), 'register.jws')
  copyFileSync(join(SAMPLE, 'register.jws'), file)
  const { watch, problems, source } = await watching(t, { file })
  const first = watch.current()
  await watch.look()
  assert.equal(watch.current(), first)
  const read = await source.read(undefined, MAX_REGISTER_BYTES)
  assert.ok(read)
  assert.equal(await source.read(read.version, MAX_REGISTER_BYTES), undefined)
  await assert.rejects(source.read(undefined, 10))
  writeFileSync(file, 'no register')
  await watch.look()
  assert.equal(watch.current(), first, 'the one before goes on')
  assert.equal(problems.length, 1)
  renameSync(file, `${file}.gone`)
  await watch.look()
  assert.equal(problems.length, 2)
  copyFileSync(join(SAMPLE, 'register.jws'), file)
  await watch.look()
  assert.notEqual(watch.current(), first)
  assert.equal(problems.length, 2)
})

test('a URL is asked with the version that is known, follows no redirect and reads no more than it may', async (t) => {
  const text = readFileSync(join(SAMPLE, 'register.jws'), 'utf8')
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers['if-none-match'])
    if (request.url === '/elsewhere') return response.writeHead(302, { location: '/' }).end()
    if (request.url === '/large') return response.end('x'.repeat(100_000))
    if (request.headers['if-none-match'] === '"1"') return response.writeHead(304).end()
    return response.writeHead(200, { etag: '"1"' }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: it listens on TCP
  const at = (path: string): From => ({ url: `http://127.0.0.1:${port}${path}` })
  const { watch, problems } = await watching(t, at('/'))
  const first = watch.current()
  assert.equal(first?.entries.size, 2)
  await watch.look()
  assert.equal(watch.current(), first)
  assert.deepEqual(seen, [undefined, '"1"'])
  assert.deepEqual(problems, [])
  const { watch: moved, problems: said } = await watching(t, at('/elsewhere'))
  assert.equal(moved.current(), undefined)
  assert.equal(said.length, 1)
  const { source } = await watching(t, at('/large'))
  await assert.rejects(source.read(undefined, 50_000))
})

test('half a register is none', async () => {
  const key = await signingJwk('PS256')
  const keys = keysOf(key)
  await keys.ready
  const good = {
    organizationIdentifier: 'PSDGB-FCA-1',
    name: 'A',
    status: 'authorised',
    roles: ['PSP_AI'],
    directoryIds: ['a'],
  }
  const read = async (claims: object) => {
    const jws = new SignJWT({ iat: now(), exp: now() + 600, ...claims })
    const header = { alg: 'PS256', kid: String(key.jwk.kid) }
    return readRegister(await jws.setProtectedHeader(header).sign(key.privateKey), keys, Date.now())
  }
  assert.ok((await read({ entries: [good] })).ok)
  const list = Array.from({ length: 50_001 }, (_, at) => ({
    ...good,
    organizationIdentifier: `P-${at}`,
  }))
  assert.ok((await read({ entries: list.slice(1) })).ok)
  for (const [what, claims] of [
    ['more than there may be', { entries: list }],
    ['no list', { entries: good }],
    ['one twice', { entries: [good, good] }],
    ['no status', { entries: [{ ...good, status: undefined }] }],
    [
      'a status that is not known',
      { entries: [good, { ...good, organizationIdentifier: 'B', status: 'paused' }] },
    ],
    ['no roles', { entries: [{ ...good, roles: undefined }] }],
    ['roles that are none', { entries: [{ ...good, roles: [1] }] }],
    ['no name', { entries: [{ ...good, name: 7 }] }],
    ['no organisation', { entries: [{ ...good, organizationIdentifier: ' ' }] }],
    ['null', { entries: [null] }],
    ['no end', { entries: [good], exp: undefined }],
    ['no beginning', { entries: [good], iat: undefined }],
    ['an end before the beginning', { entries: [good], exp: now() - 1 }],
  ] as const)
    assert.ok(!(await read(claims)).ok, what)
  const unknown = await read({ entries: [{ ...good, roles: ['PSP_XX', 'PSP_AI'] }] })
  assert.ok(unknown.ok)
  assert.deepEqual([...(unknown.value.entries.get('PSDGB-FCA-1')?.roles ?? [])], ['PSP_AI'])
})

test('whatever is sent as a signed object or a statement is read or refused, and never throws anything else', async () => {
  const key = await signingJwk('PS256')
  const keys = keysOf(key)
  await keys.ready
  const directories = [{ issuer: 'D', keys, maxAgeSeconds: 600 }]
  const part = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc
      .record({
        alg: fc.constantFrom('PS256', 'none', 'RS256', 'HS256', 7),
        kid: fc.anything(),
        iss: fc.constantFrom('D', 1),
      })
      .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
      const text = parts.join('.')
      const read = readSignedObject(text, 10_000)
      if (read !== undefined) assert.ok(!read.signedByOneOf([]))
      await assert.rejects(readStatement(text, directories, Date.now()), RegistrationRefused)
    }),
    { numRuns: RUNS },
  )
})

test('a statement with any byte changed is refused', async () => {
  const key = await signingJwk('PS256')
  const keys = keysOf(key)
  await keys.ready
  const directories = [{ issuer: 'D', keys, maxAgeSeconds: 600 }]
  const claims = {
    iss: 'D',
    iat: now(),
    jti: 'j',
    software_id: 's',
    org_id: 'o',
    software_roles: ['AISP'],
  }
  const header = { alg: 'PS256', kid: String(key.jwk.kid) }
  const good = await new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey)
  assert.equal((await readStatement(good, directories, Date.now())).software, 's')
  await fc.assert(
    fc.asyncProperty(
      fc.nat(good.length - 1),
      fc.constantFrom(...'AZaz09-_.'),
      async (at, letter) => {
        const spoiled = `${good.slice(0, at)}${letter}${good.slice(at + 1)}`
        if (spoiled === good) return
        await assert.rejects(readStatement(spoiled, directories, Date.now()), RegistrationRefused)
      },
    ),
    { numRuns: Math.min(RUNS, 2_000) },
  )
})
