/** What changes while the gateway runs: consents, clients, keys; edited, withdrawn, half-written. Each counts within a second. */
import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { apiClient } from '../../src/api/index.ts'
import { RawConnection } from '../support/raw-http.ts'
import { jwks, signingKey } from '../support/token-issuer.ts'
import { callOn, problemOf, until, up } from './gateway-process.ts'
import { client, installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig, meadowConsent } from './invented-bank.ts'

/** DESIGN: a gateway sees a change within a second. */
const SEEN_WITHIN_MS = 1_000
/** Key files are looked at once a second. */
const KEYS_SEEN_WITHIN_MS = 2_500
const ACCOUNTS = '/v2/pot-accounts'
const BALANCE = '/v2/pot-accounts/pot-2/balance'

test('a running gateway follows its feed and its keys', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })
  /** A client that never lets go of its connection. */
  const held = new RawConnection(gateway.port)
  t.after(() => held.destroy())
  /** The code of a refusal, else the status. */
  const ask = async (path = ACCOUNTS, by = token): Promise<string> => {
    const answer = await callOn(held, { path, token: by })
    return problemOf(answer).code || String(answer.status)
  }
  const becomes = (wanted: string, path = ACCOUNTS): Promise<number> =>
    until(SEEN_WITHIN_MS, async () => (await ask(path)) === wanted)

  assert.equal(await ask(), '200')
  assert.equal(await ask(BALANCE), '200')

  await t.test('a consent that a file revokes is refused on the open connection', async () => {
    const at = new Date().toISOString()
    place.write('feed/revocations/r1.json', { consent: 'consent-1', at, reason: 'they asked' })
    await becomes('GH_GATEWAY_CONSENT_INACTIVE')
    // Nor is a revocation undone by a mistake in its file.
    place.write('feed/revocations/r1.json', { consent: 'consent-1' })
    const calls = bank.seen.length
    await until(SEEN_WITHIN_MS, async () => (await place.run('clients', 'list')).err.includes('r1'))
    assert.equal(await ask(), 'GH_GATEWAY_CONSENT_INACTIVE')
    assert.equal(bank.seen.length, calls, 'the bank was not asked')
    place.remove('feed/revocations/r1.json')
    await becomes('200')
  })
  await t.test('a consent, a client and a token that a command revokes are refused', async () => {
    for (const [kind, id, code] of [
      ['consents', 'consent-1', 'GH_GATEWAY_CONSENT_INACTIVE'],
      ['clients', 'tpp-a', 'GH_GATEWAY_CLIENT_INACTIVE'],
      ['tokens', 'token-1', 'GH_GATEWAY_TOKEN_REVOKED'],
    ] as const) {
      const done = await place.run(kind, 'revoke', id, '--reason', 'they asked', '--json')
      assert.equal(done.code, 0, done.err)
      const { file } = JSON.parse(done.out) as { file: string }
      await becomes(code)
      place.remove(file)
      await becomes('200')
    }
  })
  await t.test('a client that is suspended, or gone, is refused', async () => {
    place.write('feed/clients/app.json', client('tpp-a', 'suspended'))
    await becomes('GH_GATEWAY_CLIENT_INACTIVE')
    place.remove('feed/clients/app.json')
    await becomes('GH_GATEWAY_CLIENT_UNKNOWN')
    place.write('feed/clients/app.json', client('tpp-a'))
    await becomes('200')
  })

  const edits: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['another account', { accounts: ['pot-1'] }, 'GH_GATEWAY_OBJECT_FORBIDDEN'],
    ['no permission', { permissions: ['ReadAccountsBasic'] }, 'GH_GATEWAY_PERMISSION_MISSING'],
    ['an end', { expiresAt: '2026-01-05T09:00:00Z' }, 'GH_GATEWAY_CONSENT_EXPIRED'],
    ['a later beginning', { validFrom: '2099-01-01T00:00:00Z' }, 'GH_GATEWAY_CONSENT_INACTIVE'],
    ['another customer', { subject: 'customer-2' }, 'GH_GATEWAY_CONSENT_MISSING'],
    ['another status', { status: 'RJCT' }, 'GH_GATEWAY_CONSENT_INACTIVE'],
    ['another client', { client: 'tpp-b' }, 'GH_GATEWAY_CONSENT_MISSING'],
    ['a shorter list', { accounts: [] }, 'GH_GATEWAY_OBJECT_FORBIDDEN'],
    ['another id', { id: 'consent-2' }, 'GH_GATEWAY_CONSENT_MISSING'],
  ]
  // Neighbours answer differently, so that each edit is seen to count.
  for (const [what, changes, code] of edits) {
    await t.test(`a consent that is edited to ${what} is refused with ${code}`, async () => {
      place.write('feed/consents/one.json', meadowConsent(changes))
      await becomes(code, BALANCE)
    })
  }
  await t.test('a consent that is half-written, or deleted, covers nothing', async () => {
    const whole = JSON.stringify(meadowConsent())
    place.write('feed/consents/one.json', whole)
    await becomes('200')
    writeFileSync(join(place.dir, 'feed/consents/one.json'), whole.slice(0, whole.length / 2))
    await becomes('GH_GATEWAY_CONSENT_MISSING')
    writeFileSync(join(place.dir, 'feed/consents/one.json'), whole)
    await becomes('200')
    place.remove('feed/consents/one.json')
    await becomes('GH_GATEWAY_CONSENT_MISSING')
    place.write('feed/consents/one.json', meadowConsent())
    await becomes('200')
  })
  await t.test('two files that claim one consent cover nothing', async () => {
    place.write('feed/consents/two.json', meadowConsent({ accounts: ['pot-9'] }))
    await becomes('GH_GATEWAY_CONSENT_MISSING')
    place.remove('feed/consents/two.json')
    await becomes('200')
  })
  await t.test('keys: new ones count, and one that left takes its tokens with it', async () => {
    const next = [signingKey('key-2', 'PS256'), signingKey('key-3', 'EdDSA')]
    const early = next.map((key) => place.token({ scope: 'pots.read' }, key))
    const codes = async (): Promise<string> => {
      const found: string[] = []
      for (const one of [...early, token]) found.push(await ask(ACCOUNTS, one))
      return found.join()
    }
    const unknown = 'GH_GATEWAY_TOKEN_KEY_UNKNOWN'
    assert.equal(await codes(), `${unknown},${unknown},200`)
    for (const [keys, wanted] of [
      [[...next, place.key], '200,200,200'],
      [next, `200,200,${unknown}`],
      [[place.key], `${unknown},${unknown},200`],
    ] as const) {
      place.write('jwks.json', jwks(...keys))
      await until(KEYS_SEEN_WITHIN_MS, async () => (await codes()) === wanted)
    }
  })
  await t.test(
    'a feed that vanishes gets old, says so, and is young again when it is back',
    async () => {
      // Its allowance is 300 s, a number of the template: that it is refused then is the kernel's to test.
      const { status } = apiClient(join(place.dataDir, 'control.sock'))
      assert.ok((await status()).feed.ageMs < SEEN_WITHIN_MS)
      renameSync(join(place.dir, 'feed'), join(place.dir, 'away'))
      await until(5_000, async () => (await status()).feed.ageMs > SEEN_WITHIN_MS)
      assert.match((await status()).feed.mistakes.join(), /GH_FEED_UNREADABLE/)
      assert.equal(await ask(), '200')
      renameSync(join(place.dir, 'away'), join(place.dir, 'feed'))
      await until(SEEN_WITHIN_MS, async () => (await status()).feed.ageMs < SEEN_WITHIN_MS)
      assert.deepEqual((await status()).feed.mistakes, [])
      assert.equal(await ask(), '200')
    },
  )
  assert.equal((await gateway.stop()).code, 0)
})
