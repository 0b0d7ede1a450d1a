/** What the secrets of an installation promise, whichever database is behind them: none is lost, none is dropped too early, and a wrong one begins nothing. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { IDENTITY_SEALED, sealedAs } from '../../src/identity/sealing.ts'
import type { ErrorCode } from '../../src/lib/index.ts'
import {
  addApproval,
  addSigningKey,
  type InstallationSecrets,
  keysOfSecret,
  listSigningKeys,
  openSecrets,
  putAuthorization,
  type SealingKeys,
  type SecretChange,
  type Store,
  undeliveredApprovals,
  decideApproval,
  findAuthorization,
  readApproval,
} from '../../src/store/index.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { CARRIED_MS } from '../../src/store/secrets/open-secrets.ts'
import { RUNS_MS } from '../../src/store/secrets/units.ts'
import { identityMigrations } from '../identity/migrations.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { Adapter } from './contract.ts'
import { alterSealed, forgetRoot } from './altering-units.ts'

const secretOf = (name: string): string => name.padEnd(43, '-')
const OLD = secretOf('old')
const NEW = secretOf('new')
const NEWEST = secretOf('newest')
const code = (expected: ErrorCode) => ({ code: expected })
const MISSING = code('GH_IDENTITY_SECRET_MISSING')
const SEALED = code('GH_IDENTITY_SEALED')
/** More than two pages of the pass. */
export const MANY = 220

interface Rig {
  readonly store: Store
  readonly clock: FakeClock
  readonly changes: SecretChange[]
  open(secret: string, previous?: readonly string[], through?: Store): Promise<InstallationSecrets>
}

/** Writes what an installation keeps: records, a key, and what was asked and answered on a device. */
export async function fill(store: Store, keys: SealingKeys, many = MANY): Promise<void> {
  const sealing = createSealing(keys, randomBytes)
  const put = (at: number) => {
    const id = sealing.hashed('Grant', `grant ${at}`)
    const payload = sealing.seal(sealedAs.record('Grant', id), `grant ${at}`)
    const none = { grantId: null, uid: null, userCode: null, expiresAt: null }
    return store.run(putAuthorization, { model: 'Grant', id, payload, ...none })
  }
  await Promise.all(Array.from({ length: many }, (_, at) => put(at)))
  const sealed = sealing.seal(sealedAs.signingKey('kid'), 'private')
  const key = { id: 'kid', algorithm: 'ES256', createdAt: 1, sealed }
  await store.run(addSigningKey, { key, unlessAfter: 0 })
  const id = sealing.hashed('approval', 'one')
  const row = { id, subject: 's', client: 'c', createdAt: 1, expiresAt: 10, forgetAt: 20 }
  const body = sealing.seal(sealedAs.approval(id), 'asked')
  const limits = { maxWaiting: 10, maxUnapproved: 10, maxOfClient: 10, since: 0 }
  await store.run(addApproval, { row: { ...row, body }, ...limits })
  const decision = sealing.seal(sealedAs.decision(id), 'answered')
  await store.run(decideApproval, { id, subject: 's', status: 'approved', decision, now: 2 })
}

/** Each is found under its name and says what it said. */
export async function allThere(store: Store, keys: SealingKeys, many = MANY): Promise<void> {
  const sealing = createSealing(keys, randomBytes)
  for (let at = 0; at < many; at++) {
    const id = sealing.hashed('Grant', `grant ${at}`)
    const found = await store.run(findAuthorization, {
      model: 'Grant',
      by: 'id',
      value: id,
      now: 0,
    })
    assert.ok(found, `grant ${at}`)
    assert.equal(sealing.open(sealedAs.record('Grant', id), found.payload), `grant ${at}`)
  }
  const [key] = await store.run(listSigningKeys, null)
  assert.equal(key && sealing.open(sealedAs.signingKey('kid'), key.sealed), 'private')
  const id = sealing.hashed('approval', 'one')
  const asked = await store.run(readApproval, { id, subject: null })
  assert.equal(asked && sealing.open(sealedAs.approval(id), asked.body), 'asked')
  const [told] = await store.run(undeliveredApprovals, { limit: 1 })
  assert.equal(sealing.open(sealedAs.decision(id), told?.decision ?? new Uint8Array()), 'answered')
}

/** What one secret alone opens, with the names that there are. */
export const only = (secret: string, keys: SealingKeys): SealingKeys => ({
  secrets: [secret],
  lasting: (purpose) => keys.lasting(purpose),
})

export function secretsContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (rig: Rig) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: identityMigrations })
      const all: InstallationSecrets[] = []
      t.after(async () => {
        await Promise.all(all.map((one) => one.close()))
        await store.close()
      })
      const clock = new FakeClock()
      const changes: SecretChange[] = []
      await work({
        store,
        clock,
        changes,
        async open(secret, previous = [], through = store) {
          const opened = await openSecrets({
            store: through,
            clock,
            scheduler: clock,
            randomBytes,
            secret,
            previous,
            columns: IDENTITY_SEALED,
            told: (change) => Promise.resolve(void changes.push(change)),
            say: (failure) => t.diagnostic(String(failure)),
          })
          all.push(opened)
          return opened
        },
      })
    })
  }

  check('names do not come from the secret, and are the same at every start', async ({ open }) => {
    const first = await open(OLD)
    const again = await open(OLD)
    assert.deepEqual(first.lasting('identity names'), again.lasting('identity names'))
    assert.notDeepEqual(
      first.lasting('identity names'),
      keysOfSecret(OLD).lasting('identity names'),
    )
    assert.notDeepEqual(first.lasting('sca names'), first.lasting('identity names'))
  })

  check('of 50 that start at once on an empty store all have the same names', async ({ open }) => {
    const all = await Promise.all(Array.from({ length: 50 }, () => open(OLD)))
    const names = new Set(all.map((one) => one.lasting('sca passcodes').toString('hex')))
    assert.equal(names.size, 1)
  })

  check(
    'an installation of before keeps its names, also when it is given another secret at once',
    async (rig) => {
      await fill(rig.store, keysOfSecret(OLD))
      await assert.rejects(rig.open(NEW), MISSING)
      const secrets = await rig.open(NEW, [OLD])
      await secrets.look()
      await allThere(rig.store, { ...keysOfSecret(OLD), secrets: secrets.secrets })
      await allThere(rig.store, only(NEW, secrets))
    },
  )

  check('another secret takes the place of the one before, and nothing is lost', async (rig) => {
    const { store, clock, open, changes } = rig
    const before = await open(OLD)
    await fill(store, before)
    await before.close()
    const secrets = await open(NEW, [OLD])
    assert.deepEqual(secrets.secrets, [NEW, OLD])
    await secrets.look()
    await allThere(store, secrets)
    await allThere(store, only(NEW, secrets))
    const [old] = secrets.status().previous
    assert.equal(old?.needed, true, 'browsers carry what is sealed under it')
    const { pass, waits } = secrets.status()
    assert.equal(waits, 'browsers')
    // All records, a key, an approval and its answer, and the root.
    const of = IDENTITY_SEALED.length + 1
    assert.deepEqual(pass, { done: of, of, resealed: MANY + 4, unreadable: 0 })
    clock.advance(CARRIED_MS - 1)
    await secrets.look()
    assert.equal(secrets.status().previous[0]?.needed, true)
    clock.advance(1)
    await secrets.look()
    assert.deepEqual(
      secrets.status().previous.map(({ needed }) => needed),
      [false],
    )
    assert.equal(secrets.status().waits, null)
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['seals', 'ended'],
    )
    assert.ok(![OLD, NEW].some((secret) => JSON.stringify(changes).includes(secret)))
    assert.ok(![OLD, NEW].some((secret) => JSON.stringify(secrets.status()).includes(secret)))
    await secrets.close()
    await assert.rejects(open(OLD), MISSING)
    const after = await open(NEW)
    await allThere(store, after)
    assert.deepEqual(after.lasting('identity names'), before.lasting('identity names'))
    await after.close()
    // And once more, with the one of long before beside it.
    const next = await open(NEWEST, [NEW, OLD])
    await next.look()
    await allThere(store, only(NEWEST, next))
  })

  check(
    'a secret that is taken away too early stops the start, and brought back it is as before',
    async (rig) => {
      const { store, open } = rig
      const before = await open(OLD)
      await fill(store, before)
      await before.close()
      const secrets = await open(NEW, [OLD])
      await secrets.look()
      await secrets.close()
      await assert.rejects(open(NEW), (error: Error) => {
        assert.equal((error as { code?: unknown }).code, 'GH_IDENTITY_SECRET_MISSING')
        assert.match(error.message, new RegExp(secrets.status().previous[0]?.secret ?? 'none'))
        return true
      })
      await assert.rejects(open(secretOf('foreign')), MISSING)
      await assert.rejects(open('x'.repeat(42)), code('GH_IDENTITY_SECRET'))
      await assert.rejects(open(NEW, ['x'.repeat(42)]), code('GH_IDENTITY_SECRET'))
      const again = await open(NEW, [OLD])
      await allThere(store, again)
    },
  )

  check('the one before goes on as the secret, if it was too early after all', async (rig) => {
    const before = await rig.open(OLD)
    await fill(rig.store, before)
    await before.close()
    const secrets = await rig.open(NEW, [OLD])
    await secrets.look()
    await secrets.close()
    const back = await rig.open(OLD, [NEW])
    await back.look()
    await allThere(rig.store, only(OLD, back))
  })

  check(
    'while a process runs that has another secret, that one seals, and each reads what the other wrote',
    async (rig) => {
      const { store, clock, open } = rig
      const old = await open(OLD)
      const started = await open(NEW, [OLD])
      assert.deepEqual(started.secrets, [OLD, NEW])
      await started.look()
      assert.equal(started.status().waits, 'processes')
      await fill(store, started)
      await allThere(store, old)
      await old.close()
      await started.look()
      assert.deepEqual(started.secrets, [NEW, OLD])
      await assert.rejects(open(OLD), MISSING)
      // What was on its way when it changed may be under the one before: the pass waits until it has said that it seals.
      assert.equal(started.status().waits, 'processes')
      await started.look()
      await allThere(store, only(NEW, started))
      clock.advance(CARRIED_MS)
      await started.look()
      assert.equal(started.status().previous[0]?.needed, false)
    },
  )

  check('one that was killed counts as running for three minutes', async (rig) => {
    await rig.open(OLD)
    rig.clock.advance(1)
    // Its own beats would say that it runs: killed, it says nothing.
    const killed = { ...rig, clock: new FakeClock(rig.clock.now()) }
    const started = await openAt(killed.clock, rig)
    assert.deepEqual(started.secrets, [OLD, NEW])
    killed.clock.advance(RUNS_MS - 2)
    await started.look()
    assert.deepEqual(started.secrets, [OLD, NEW])
    killed.clock.advance(1)
    await started.look()
    assert.deepEqual(started.secrets, [NEW, OLD])
  })

  check(
    'one that slept while others went on is told, and what it sealed is not forgotten',
    async (rig) => {
      const { store, open } = rig
      const slept = await open(OLD)
      const clock = new FakeClock(rig.clock.now())
      const others = await openAt(clock, rig)
      clock.advance(RUNS_MS)
      await others.look()
      await others.look()
      clock.advance(CARRIED_MS)
      await others.look()
      assert.equal(others.status().previous[0]?.needed, false)
      await fill(store, slept)
      rig.clock.setWallClock(clock.now() - rig.clock.now())
      await assert.rejects(slept.look(), MISSING)
      await others.look()
      assert.equal(others.status().previous[0]?.needed, true)
      assert.equal(others.status().waits, 'processes')
      await slept.close()
      await others.look()
      await allThere(store, only(NEW, others))
    },
  )

  for (const [which, own, previous] of [
    ['that has both', OLD, [NEW]],
    ['that is about to have it as its own', NEW, [OLD]],
  ] as const)
    check(`one ${which} and slept makes the one before needed again`, async (rig) => {
      const { store, open } = rig
      const before = await open(OLD)
      const slept = await open(own, previous)
      // What it began when it was opened is over before it sleeps.
      await slept.look()
      assert.equal(slept.secrets[0], OLD)
      await before.close()
      const clock = new FakeClock(rig.clock.now())
      const others = await openAt(clock, rig)
      clock.advance(RUNS_MS)
      await others.look()
      await others.look()
      clock.advance(CARRIED_MS)
      await others.look()
      assert.equal(others.status().previous[0]?.needed, false)
      await fill(store, slept)
      rig.clock.setWallClock(clock.now() - rig.clock.now())
      await slept.look()
      assert.deepEqual(slept.secrets.slice(0, 1), [NEW])
      await others.look()
      assert.equal(others.status().previous[0]?.needed, true)
      await slept.look()
      await others.look()
      await allThere(store, only(NEW, others))
    })

  check(
    'what one sealed that slept behind the pass is sealed anew before the one before is done',
    async (rig) => {
      const { store, open } = rig
      const slept = await open(OLD)
      const clock = new FakeClock(rig.clock.now())
      const others = await openAt(clock, rig)
      clock.advance(RUNS_MS)
      await others.look()
      await others.look()
      assert.equal(others.status().waits, 'browsers')
      clock.advance(1)
      await fill(store, slept)
      rig.clock.setWallClock(clock.now() - rig.clock.now())
      await assert.rejects(slept.look(), MISSING)
      await slept.close()
      await others.look()
      clock.advance(CARRIED_MS)
      await others.look()
      assert.equal(others.status().previous[0]?.needed, false)
      await allThere(store, only(NEW, others))
    },
  )

  check(
    'a process whose clock is behind that of others comes to the end of a pass',
    async (rig) => {
      const { store, clock, open } = rig
      const before = await open(OLD)
      await fill(store, before)
      await before.close()
      const passless: Store = {
        ...store,
        async run(unit, arg) {
          if (unit.name === 'takePassUnit') throw new Error('not now')
          return store.run(unit, arg)
        },
        close: () => Promise.resolve(),
      }
      clock.setWallClock(10_000)
      const ahead = await open(NEW, [OLD], passless)
      await ahead.close()
      clock.setWallClock(-10_000)
      const secrets = await open(NEW, [OLD])
      await secrets.look()
      await allThere(store, only(NEW, secrets))
    },
  )

  check(
    'two that seal anew at once, and writers, lose nothing and do nothing twice',
    async (rig) => {
      const { store, open } = rig
      const before = await open(OLD)
      await fill(store, before)
      await before.close()
      const both = await Promise.all([open(NEW, [OLD]), open(NEW, [OLD])])
      const sealing = createSealing(both[0], randomBytes)
      const writes = Array.from({ length: 50 }, async (_, at) => {
        const id = sealing.hashed('Grant', `grant ${at * 4}`)
        const payload = sealing.seal(sealedAs.record('Grant', id), `grant ${at * 4}`)
        const none = { grantId: null, uid: null, userCode: null, expiresAt: null }
        await store.run(putAuthorization, { model: 'Grant', id, payload, ...none })
      })
      await Promise.all([...both.map((one) => one.look()), ...writes])
      await both[0].look()
      await allThere(store, only(NEW, both[0]))
      const { pass } = both[0].status()
      assert.ok(pass !== null && pass.resealed <= MANY + 4 && pass.resealed > MANY - 60)
    },
  )

  check('what was altered is counted and left as it is; the rest is sealed anew', async (rig) => {
    const { store, open, clock } = rig
    const before = await open(OLD)
    await fill(store, before)
    await before.close()
    const sealing = createSealing(before, randomBytes)
    const id = sealing.hashed('Grant', 'grant 7')
    await store.run(alterSealed, { id })
    const secrets = await open(NEW, [OLD])
    await secrets.look()
    assert.equal(secrets.status().pass?.unreadable, 1)
    clock.advance(CARRIED_MS)
    await secrets.look()
    assert.equal(secrets.status().previous[0]?.needed, false)
    const value = sealing.hashed('Grant', 'grant 8')
    const found = await store.run(findAuthorization, { model: 'Grant', by: 'id', value, now: 0 })
    const text = createSealing(only(NEW, secrets), randomBytes)
    assert.equal(
      text.open(sealedAs.record('Grant', value), found?.payload ?? new Uint8Array()),
      'grant 8',
    )
  })

  check('without the keys that last it does not begin, for it would find nothing', async (rig) => {
    const before = await rig.open(OLD)
    await fill(rig.store, before, 1)
    await before.close()
    await rig.store.run(forgetRoot, { how: 'alter' })
    await assert.rejects(rig.open(OLD), SEALED)
    await rig.store.run(forgetRoot, { how: 'remove' })
    await assert.rejects(rig.open(OLD), SEALED)
  })

  check('after each page it goes on where it was, not from the beginning', async (rig) => {
    const { store, open } = rig
    const before = await open(OLD)
    await fill(store, before)
    await before.close()
    let pages = 0
    const dying: Store = {
      ...store,
      async run(unit, arg) {
        if (unit.name === 'savePageUnit' && ++pages > 4) throw new Error('it died')
        return store.run(unit, arg)
      },
      close: () => Promise.resolve(),
    }
    const killed = await open(NEW, [OLD], dying)
    await assert.rejects(killed.look(), /it died/)
    const done = killed.status().pass?.resealed ?? 0
    assert.ok(done > 100 && done < MANY, String(done))
    await killed.close()
    const again = await open(NEW, [OLD])
    await again.look()
    assert.equal(again.status().pass?.resealed, MANY + 4)
    await allThere(store, only(NEW, again))
  })

  /** Another process, by another clock. */
  async function openAt(clock: FakeClock, { store }: Rig): Promise<InstallationSecrets> {
    return openSecrets({
      store,
      clock,
      scheduler: clock,
      randomBytes,
      secret: NEW,
      previous: [OLD],
      columns: IDENTITY_SEALED,
      told: () => Promise.resolve(),
      say: (failure) => assert.fail(String(failure)),
    })
  }
}
