/**
 * Killed with -9 at each point between consent and token, and while keys are made: nothing counts that is not on record, nothing that somebody
 * was told is lost, and what comes after goes on. On SQLite and PostgreSQL.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type IdentityEvent, readSpool, verifySpool } from '../../src/events/index.ts'
import { createPseudonym } from '../../src/gateway/core/index.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Ask, makeClient, redeem } from './client.ts'
import { callResource, ownToken } from './consents/bank.ts'
import { back, begin, intent, page, Person, tokensFor } from './consents/journey.ts'

const PATH = '/open-banking/v4.0/aisp/account-access-consents'
const BODY = { Data: { Permissions: ['ReadAccountsDetail'] }, Risk: {} }
const PROGRAM = join(import.meta.dirname, 'killed-server.ts')
const database = skipWithoutPostgres === false ? startPostgres() : undefined
const POINTS = [
  'event:consent-authorise',
  'unit:changeConsentUnit',
  'event:authorization-code',
  'event:token',
]
const KEY_POINTS = ['event:key-make', 'unit:addSigningKeyUnit', 'event:key-sign']
/** On the second database those where its transactions matter: each start costs a second. */
const STORES = [
  { name: 'SQLite', skip: false, url: () => Promise.resolve(''), points: POINTS, keys: KEY_POINTS },
  {
    name: 'PostgreSQL',
    skip: skipWithoutPostgres,
    url: async () => (await (await database)?.database()) ?? '',
    points: POINTS.slice(1, 2),
    keys: KEY_POINTS.slice(1, 2),
  },
] as const

async function place(t: TestContext, url: string) {
  const dir = temporaryFolder(t)
  const client = await makeClient('tpp')
  const key = randomBytes(32)
  const settings = join(dir, 'settings.json')
  const secret = randomBytes(32).toString('base64url')
  writeFileSync(
    settings,
    JSON.stringify({ clients: [client.metadata], secret, key: key.toString('base64url') }),
  )
  const hashes = { shared: key, persons: new Map([['', key]]) }
  return {
    client,
    dir,
    pseudonym: createPseudonym(() => hashes),
    /** Resolves when it serves, or is dead. */
    async start(point = '') {
      const child = spawn(process.execPath, [PROGRAM, dir, url, settings, point], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      })
      t.after(() => child.kill('SIGKILL'))
      const ended = once(child, 'close')
      let printed = ''
      const { stdout } = child
      assert.ok(stdout)
      stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      await Promise.race([once(stdout, 'data'), ended])
      const port = /^port (\d+)$/m.exec(printed)?.[1]
      const ask: Ask = (path, init) => {
        const at = path.startsWith('/') ? path : new URL(path).pathname + new URL(path).search
        return fetch(`http://127.0.0.1:${port}${at}`, { redirect: 'manual', ...init })
      }
      return {
        ask,
        /** From now on it dies there. */
        async arm(next: string) {
          child.send(next)
          await once(child, 'message')
        },
        async dead() {
          await ended
          assert.match(printed, /^dies /m, 'it was killed at its point')
        },
        async kill() {
          child.kill('SIGKILL')
          await ended
        },
      }
    },
    async events(): Promise<readonly IdentityEvent[]> {
      const found: IdentityEvent[] = []
      const { signal } = new AbortController()
      await readSpool({ dir: join(dir, 'spool'), from: 0, signal }, (event) => {
        if (event.kind === 'identity') found.push(event)
      })
      return found
    },
  }
}

for (const { name, skip, url, points, keys: keyPoints } of STORES) {
  for (const point of points)
    test(
      `${name}: killed at ${point}: no consent, code or token without its event, and the journey can be made again`,
      { skip },
      async (t) => {
        const at = await place(t, await url())
        const first = await at.start()
        const own = await ownToken(first.ask, at.client, 'accounts')
        const call = (ask: Ask, method: string, path: string, body?: unknown) =>
          callResource(ask, at.client, own, method, path, { body })
        const made = await call(first.ask, 'POST', PATH, BODY)
        const id = String(made.body.Data.ConsentId)

        await first.arm(point)
        const agree = async (ask: Ask) => {
          const person = new Person(ask)
          const login = page(await person.open(await begin(ask, at.client, { claims: intent(id) })))
          const confirm = page(await person.login(login))
          return back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
        }
        await assert.rejects(async () => {
          await tokensFor(first.ask, at.client, await agree(first.ask))
        })
        await first.dead()

        const second = await at.start()
        const { Status: status } = (await call(second.ask, 'GET', `${PATH}/${id}`)).body.Data
        const consent = at.pseudonym('consent', id)
        const before = (await at.events()).filter((event) => event.consent === consent)
        const authorised = before.some(({ action }) => action === 'consent-authorise')
        assert.ok(authorised, 'it is on record whether or not it came to be')
        assert.equal(status, point === 'event:consent-authorise' ? 'AWAU' : 'AUTH')
        const tokens = await tokensFor(second.ask, at.client, await agree(second.ask))
        assert.equal(tokens.claims['consent_id'], id)
        await second.kill()
        const report = await verifySpool(join(at.dir, 'spool'))
        assert.equal(report.damage, null)
      },
    )

  test(`${name}: a code that somebody has outlives its server`, { skip }, async (t) => {
    const at = await place(t, await url())
    const first = await at.start()
    const own = await ownToken(first.ask, at.client, 'accounts')
    const made = await callResource(first.ask, at.client, own, 'POST', PATH, { body: BODY })
    const id = String(made.body.Data.ConsentId)
    const person = new Person(first.ask)
    const login = page(await person.open(await begin(first.ask, at.client, { claims: intent(id) })))
    const confirm = page(await person.login(login))
    const answer = back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
    await first.kill()
    assert.deepEqual(
      (await at.events()).map(({ action, outcome }) => `${action} ${outcome}`).slice(-3),
      ['login done', 'consent-authorise done', 'authorization-code done'],
    )
    const second = await at.start()
    const { access } = await tokensFor(second.ask, at.client, answer)
    assert.ok(access)
    const again = await redeem(second.ask, at.client, answer.get('code') ?? '')
    assert.equal(again.body['error'], 'invalid_grant')
  })

  for (const point of keyPoints)
    test(
      `${name}: killed at ${point}, it starts again with every key that was published`,
      { skip },
      async (t) => {
        const at = await place(t, await url())
        await (await at.start(point)).dead()
        const second = await at.start()
        const keys = async (ask: Ask) =>
          ((await (await ask('/jwks')).json()) as { keys: { kid: string }[] }).keys.map(
            ({ kid }) => kid,
          )
        const published = await keys(second.ask)
        assert.equal(published.length, 3, 'one of each algorithm')
        await second.kill()
        const made = (await at.events()).filter(({ action }) => action === 'key-make')
        for (const kid of published)
          assert.ok(
            made.some(({ keys: ids }) => ids.includes(kid)),
            'none without its event',
          )
        const third = await at.start()
        assert.deepEqual(await keys(third.ask), published)
      },
    )
}
