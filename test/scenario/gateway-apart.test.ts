/**
 * A gateway in a process of its own: no authorization server, none of its keys and not its secret, only the database that both have. It hears
 * of consents and clients within a second, their ends too, and a copy of that database tells nobody whose they are.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { MIGRATIONS } from '../../src/app/open-store.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import { consentBook } from '../../src/identity/consents/consent-book.ts'
import { recordOf } from '../../src/identity/consents/gateway-record.ts'
import { clientDesk } from '../../src/identity/index.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { keysOfSecret, openPostgresStore } from '../../src/store/index.ts'
import { ACCOUNTS, DAY, PLAIN } from '../identity/consents/terms.ts'
import { recordedEvidence } from '../identity/evidence.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { RawConnection } from '../support/raw-http.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { callOn, problemOf, until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { meadowBank, meadowConfig, MEADOW_FILES } from './invented-bank.ts'

const WITHIN_MS = 1_000
const WHY = { by: 'ops', reason: 'fraud' }
const server = skipWithoutPostgres === false ? startPostgres() : undefined

test(
  'a gateway apart hears of consents and clients within a second, and of their ends',
  { skip: skipWithoutPostgres },
  async (t) => {
    const url = (await (await server)?.database()) ?? ''
    const store = await openPostgresStore({ url, scheduler: realScheduler, migrations: MIGRATIONS })
    t.after(() => store.close())
    const sealing = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
    const book = consentBook({
      store,
      sealing,
      clock: systemClock,
      randomBytes,
      evidence: recordedEvidence(),
      recordFor: (consent) => recordOf(consent, PLAIN, Date.now()),
      forgotten: () => undefined,
      changed: () => undefined,
    })
    const desk = clientDesk({ store, clock: systemClock, check: () => undefined })
    assert.ok(await desk.register({ client_id: 'tpp-b', client_name: 'B Ltd' }, WHY))

    const bank = await meadowBank(t)
    const config = `${meadowConfig(bank.origin)}store: { postgres: { url: { env: TEST_DATABASE }, feed: true } }\n`
    const { 'accounts.yaml': spec } = MEADOW_FILES
    const place = installation(t, config, { 'accounts.yaml': spec })
    const made = async () => {
      const terms = { ...ACCOUNTS, permissions: ['ReadAccountsBasic', 'ReadBalances'] }
      const found = await book.create(
        { ...terms, expiresAt: Date.now() + DAY },
        { client: 'tpp-b', regime: 'plain' },
      )
      assert.ok(found.kind === 'made')
      return found.consent.id
    }
    const agree = (id: string) =>
      book.act(id, {
        kind: 'authorise',
        subject: 'cust-amira',
        accounts: ['pot-1', 'pot-2'],
        signatories: 1,
      })
    const early = await made()
    assert.ok((await agree(early)).ok)

    const gateway = await up(t, place, { TEST_DATABASE: url })
    const held = new RawConnection(gateway.port)
    t.after(() => held.destroy())
    const ask = async (consent: string): Promise<string> => {
      const token = place.token({
        scope: 'pots.read',
        client_id: 'tpp-b',
        sub: 'cust-amira',
        consent_id: consent,
      })
      const answer = await callOn(held, { path: '/v2/pot-accounts', token })
      return problemOf(answer).code || String(answer.status)
    }
    const becomes = async (what: string, consent: string, wanted: string): Promise<void> => {
      const ms = await until(WITHIN_MS, async () => (await ask(consent)) === wanted)
      t.diagnostic(`${what}: ${ms} ms`)
    }
    assert.equal(await ask(early), '200', 'what was there at its start')

    const id = await made()
    assert.equal(await ask(id), 'GH_GATEWAY_CONSENT_MISSING')
    assert.ok((await agree(id)).ok)
    await becomes('a consent', id, '200')
    assert.ok((await book.act(id, { kind: 'terminate', staff: 'ops', why: 'fraud' })).ok)
    await becomes('its end', id, 'GH_GATEWAY_CONSENT_INACTIVE')
    assert.ok((await desk.suspend('tpp-b', WHY, 'by letter')) !== undefined)
    await becomes('the client suspended', early, 'GH_GATEWAY_CLIENT_INACTIVE')
    assert.ok((await desk.resume('tpp-b', WHY)) !== undefined)
    await becomes('the client again', early, '200')

    const dump =
      (await server)?.psql(
        'SELECT kind, key, value FROM feed_change; SELECT * FROM consent',
        url,
      ) ?? ''
    assert.ok(dump.includes('tpp-b'), 'the check is blind')
    for (const word of [early, id, 'amira', 'pot-1']) assert.ok(!dump.includes(word), word)
  },
)
