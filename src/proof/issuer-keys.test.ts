import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { jwks, signingKey } from '../../test/support/token-issuer.ts'
import {
  createIssuerKeys,
  type IssuerKeys,
  MAX_STALE_MS,
  URL_REFRESH_MS,
  URL_RETRY_MS,
} from './issuer-keys.ts'

const first = signingKey('first', 'EdDSA')
const second = signingKey('second', 'EdDSA')

interface Source {
  readonly clock: FakeClock
  readonly keys: IssuerKeys
  text: string | Error
  reads: number
  /** Lets what was started come to its end. */
  settle(): Promise<void>
}

async function source(
  location: { file: string } | { url: string },
  text: string | Error = jwks(first),
): Promise<Source> {
  const clock = new FakeClock()
  const read = (): Promise<string> => {
    made.reads++
    return made.text instanceof Error ? Promise.reject(made.text) : Promise.resolve(made.text)
  }
  const made = {
    clock,
    text,
    reads: 0,
    settle: () => new Promise<void>((resolve) => setImmediate(resolve)),
  } as { -readonly [K in keyof Source]: Source[K] } // sound: `keys` follows below
  made.keys = createIssuerKeys({
    location,
    ports: { fetchText: read, readText: read },
    clock,
    scheduler: clock,
  })
  await made.keys.ready
  return made
}
const known = ({ keys, clock }: Source, kid: string): boolean =>
  keys.known(kid, 'EdDSA', clock.now()) !== undefined

test('`createIssuerKeys` sees a changed file within a second', async () => {
  const it = await source({ file: 'jwks.json' })
  assert.ok(known(it, 'first') && !known(it, 'second'))
  it.text = jwks(first, second)
  it.clock.advance(1_000)
  await it.settle()
  assert.ok(known(it, 'first') && known(it, 'second'))
})

test('`createIssuerKeys` keeps the object of a key that stays, and ends one that leaves', async () => {
  const it = await source({ file: 'jwks.json' }, jwks(first, second))
  const now = it.clock.now()
  const [kept, gone] = [it.keys.known('first', 'EdDSA', now), it.keys.known('second', 'EdDSA', now)]
  it.text = jwks(first)
  it.clock.advance(1_000)
  await it.settle()
  assert.equal(it.keys.known('first', 'EdDSA', it.clock.now()), kept)
  assert.equal(gone?.usableUntil, 0)
})

test('`createIssuerKeys` does not take another key of the same kid for the same key', async () => {
  const it = await source({ file: 'jwks.json' })
  const before = it.keys.known('first', 'EdDSA', it.clock.now())
  it.text = jwks({ ...second, kid: 'first' })
  it.clock.advance(1_000)
  await it.settle()
  assert.equal(before?.usableUntil, 0)
  assert.notEqual(it.keys.known('first', 'EdDSA', it.clock.now()), before)
})

for (const bad of [
  new Error('unreachable'),
  'not json',
  '{"keys":[]}',
  '{"keys":[{"kty":"oct","k":"AA"}]}',
])
  test(`\`createIssuerKeys\` keeps the last good set for a day and no longer when the source gives ${bad}`, async () => {
    const it = await source({ file: 'jwks.json' })
    it.text = bad
    it.clock.advance(1_000)
    await it.settle()
    assert.equal(it.keys.status.problems.length, 1)
    assert.ok(known(it, 'first'))
    it.clock.advance(MAX_STALE_MS - 1_001)
    await it.settle()
    assert.ok(known(it, 'first'))
    it.clock.advance(1)
    await it.settle()
    assert.ok(!known(it, 'first'))
    it.text = jwks(first)
    it.clock.advance(1_000)
    await it.settle()
    assert.ok(known(it, 'first'), 'the source is back')
  })

test('`createIssuerKeys` asks a URL again every five minutes, and sooner after a failure', async () => {
  const it = await source({ url: 'https://as.example/jwks' })
  assert.equal(it.reads, 1)
  it.clock.advance(URL_REFRESH_MS - 1_000)
  await it.settle()
  assert.equal(it.reads, 1)
  it.text = new Error('down')
  it.clock.advance(1_000)
  await it.settle()
  assert.equal(it.reads, 2)
  it.clock.advance(URL_RETRY_MS)
  await it.settle()
  assert.equal(it.reads, 3)
})

test('`refetched` makes one request for all who wait, then none for ten seconds', async () => {
  const it = await source({ url: 'https://as.example/jwks' })
  assert.equal(it.keys.refetched('x', 'EdDSA'), undefined, 'it was asked just now')
  it.clock.advance(10_000)
  it.text = jwks(first, second)
  const waiting = Array.from({ length: 50 }, () => it.keys.refetched('second', 'EdDSA'))
  const found = await Promise.all(waiting.map((one) => Promise.resolve(one)))
  assert.ok(found.every((key) => key?.kid === 'second'))
  assert.equal(it.reads, 2)
  assert.equal(it.keys.refetched('third', 'EdDSA'), undefined)
})

test('`refetched` lets a thousand wait and refuses the next at once', async () => {
  const it = await source({ url: 'https://as.example/jwks' })
  it.clock.advance(10_000)
  const waiting = Array.from({ length: 1_001 }, () => it.keys.refetched('x', 'EdDSA'))
  assert.ok(waiting[999] instanceof Promise)
  assert.equal(waiting[1_000], undefined)
  await Promise.all(waiting.map((one) => Promise.resolve(one)))
  it.clock.advance(10_000)
  assert.ok(it.keys.refetched('x', 'EdDSA') instanceof Promise, 'the room is given back')
})

test('`status` never quotes what the source said', async () => {
  const it = await source(
    { file: 'secret-folder/jwks.json' },
    new Error('ENOENT secret-folder/jwks.json'),
  )
  assert.ok(!JSON.stringify(it.keys.status).includes('secret-folder'))
  assert.equal(it.keys.status.loadedAt, 0)
  assert.ok(!known(it, 'first'))
})

test('`close` ends the polling', async () => {
  const it = await source({ file: 'jwks.json' })
  it.keys.close()
  it.clock.advance(60_000)
  assert.equal(it.reads, 1)
})

test('`createIssuerKeys` asks an issuer where its keys are, and follows when they move', async () => {
  const clock = new FakeClock()
  const issuer = 'https://login.bank.example/bank'
  const pages = new Map<string, string>([['https://keys.example/1', jwks(first)]])
  const asked: string[] = []
  const say = (uri: string, named = issuer): unknown =>
    pages.set(
      'https://login.bank.example/.well-known/oauth-authorization-server/bank',
      JSON.stringify({ issuer: named, jwks_uri: uri }),
    )
  say('https://keys.example/1')
  const keys = createIssuerKeys({
    location: { issuer },
    ports: {
      fetchText(url) {
        asked.push(url)
        const page = pages.get(url)
        return page === undefined ? Promise.reject(new Error('404')) : Promise.resolve(page)
      },
      readText: () => assert.fail('it is no file'),
    },
    clock,
    scheduler: clock,
  })
  const has = (kid: string): boolean => keys.known(kid, 'EdDSA', clock.now()) !== undefined
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  await keys.ready
  assert.ok(has('first'))
  assert.deepEqual(asked, [
    `${issuer}/.well-known/openid-configuration`,
    'https://login.bank.example/.well-known/oauth-authorization-server/bank',
    'https://keys.example/1',
  ])
  pages.set('https://keys.example/2', jwks(second))
  say('https://keys.example/2')
  clock.advance(URL_REFRESH_MS)
  await settle()
  assert.ok(has('second') && !has('first'))
  // What names somebody else is not believed, and what was known stays known.
  say('https://keys.example/1', 'https://login.bank.example/other')
  clock.advance(URL_REFRESH_MS)
  await settle()
  assert.ok(has('second') && !has('first'))
  assert.deepEqual(keys.status.problems, ['the source of the keys cannot be read'])
  keys.close()
})
