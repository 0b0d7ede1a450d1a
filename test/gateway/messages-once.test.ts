/** The id of a signed message is taken once, whoever comes with it: over a real store, in one process and by several. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { type ClaimDesk, createClaimDesk } from '../../src/gateway/core/claim-desk.ts'
import { createReservations, type End } from '../../src/gateway/core/reservations.ts'
import { createWindows } from '../../src/gateway/core/windows.ts'
import { changeMigrations, idempotencyMigrations, openSqliteStore } from '../../src/store/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ONCE = { kind: 'once', key: 'm-1', ttlSeconds: 71, rule: 'request.signature' } as const

interface House {
  readonly clock: FakeClock
  readonly desks: readonly ClaimDesk[]
  /** The code that refuses, or nothing; settled with `end` when it was taken. */
  take(desk: ClaimDesk | undefined, end?: End): Promise<string | undefined>
}

async function house(t: TestContext): Promise<House> {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: [...idempotencyMigrations, ...changeMigrations],
  })
  t.after(() => store.close())
  const clock = new FakeClock()
  const desk = (): ClaimDesk => {
    const { keys, stop } = idempotencyKeys({
      store,
      key: installationKey(dir),
      clock,
      scheduler: clock,
      owner: randomUUID(),
      alone: false,
      say: (failure) => assert.fail(String(failure)),
    })
    t.after(stop)
    return createClaimDesk({
      windows: createWindows((count) => new Uint8Array(count)),
      reservations: createReservations(keys),
      uses: undefined,
      quotas: undefined,
      initiated: undefined,
      scheduler: clock,
    })
  }
  return {
    clock,
    desks: [desk(), desk()],
    take: (one, end = 'in-doubt') =>
      new Promise((resolve) => {
        const asked = { decision: randomUUID(), now: clock.now(), monotonic: clock.monotonic() }
        const claims = { kind: 'claim', claims: [ONCE], resume: {} as never } as const // sound: no kernel reads it
        assert.ok(one !== undefined)
        one.take(claims, asked, ({ fact, hold }) => {
          const code = fact.kind === 'refused' ? fact.code : undefined
          if (hold === undefined) resolve(code)
          else hold.settle(end, () => resolve(code))
        })
      }),
  }
}

test('of 50 messages with one id at once, by two gateways of one store, one is taken', async (t) => {
  const { desks, take } = await house(t)
  const codes = await Promise.all(Array.from({ length: 50 }, (_, at) => take(desks[at % 2])))
  assert.equal(codes.filter((code) => code === undefined).length, 1)
  assert.deepEqual(new Set(codes), new Set([undefined, 'GH_GATEWAY_SIGNATURE_REPLAYED']))
})

test('an id is spent by what was sent, also after an answer, until its time is over', async (t) => {
  const { clock, desks, take } = await house(t)
  const [desk, other] = desks
  assert.equal(await take(desk, { status: 201, headers: [], body: null }), undefined)
  assert.equal(await take(other), 'GH_GATEWAY_SIGNATURE_REPLAYED')
  clock.advance(ONCE.ttlSeconds * 1000 - 1)
  assert.equal(await take(other), 'GH_GATEWAY_SIGNATURE_REPLAYED')
  clock.advance(1)
  assert.equal(await take(other), undefined)
})

test('an id is free again when nothing was sent', async (t) => {
  const { desks, take } = await house(t)
  assert.equal(await take(desks[0], 'unsent'), undefined)
  assert.equal(await take(desks[1]), undefined)
})
