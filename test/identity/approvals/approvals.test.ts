/** What was answered is told, whatever died in between: answers that nobody was told are told at the next look, and that changes nothing twice. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import {
  type Answer,
  createApprovals,
  MAX_WAITING,
} from '../../../src/identity/approvals/approvals.ts'
import { createSealing } from '../../../src/identity/sealing.ts'
import { keysOfSecret, openSqliteStore } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { T0 } from '../consents/terms.ts'
import { identityMigrations } from '../migrations.ts'

const YES: Answer = { approved: true, acr: 'urn:x', amr: ['mca'], accounts: ['1'] }
const asking = (key: string, changes = {}) => ({
  kind: 'test',
  key,
  subject: 'amira',
  client: 'tpp',
  consent: 'c',
  expiresAt: T0 + 300_000,
  ...changes,
})

async function started(t: TestContext, deliver: () => Promise<'done'>) {
  let now = T0
  const store = await openSqliteStore({
    dir: temporaryFolder(t),
    create: true,
    migrations: identityMigrations,
  })
  t.after(() => store.close())
  const secret = randomBytes(32).toString('base64url')
  const told: (readonly [string, Answer])[] = []
  const said: unknown[] = []
  const again = () =>
    createApprovals({
      store,
      sealing: createSealing(keysOfSecret(secret), randomBytes),
      clock: { now: () => now, monotonic: () => now },
      deliver: new Map([
        [
          'test',
          async ({ key }: { readonly key: string }, answer: Answer) => {
            told.push([key, answer])
            return deliver()
          },
        ],
      ]),
      say: (failure) => void said.push(failure),
    })
  return { approvals: again(), again, told, said, wait: (ms: number) => void (now += ms) }
}

test('an answer that could not be told is told by whoever looks next, until it was', async (t) => {
  let away = true
  const { approvals, again, told, said } = await started(t, () =>
    away ? Promise.reject(new Error('away')) : Promise.resolve('done'),
  )
  assert.equal(await approvals.ask(asking('a')), 'added')
  assert.equal(await approvals.ask(asking('a')), 'asked-already')
  const [waiting] = await approvals.waitingFor('amira')
  assert.ok(waiting)
  await assert.rejects(approvals.answer(waiting.ref, 'amira', YES))
  assert.equal((await approvals.find('test', 'a'))?.status, 'approved', 'it counts all the same')
  assert.equal(await approvals.answer(waiting.ref, 'amira', { ...YES, approved: false }), 'late')
  const next = again()
  await next.look()
  assert.equal(said.length, 1)
  away = false
  await next.look()
  await next.look()
  assert.deepEqual(told, [
    ['a', YES],
    ['a', YES],
    ['a', YES],
  ])
})

test('to read is not to open, and another’s is not opened', async (t) => {
  const { approvals, wait } = await started(t, () => Promise.resolve('done'))
  await approvals.ask(asking('a'))
  const [{ ref } = assert.fail('nothing waits')] = await approvals.waitingFor('amira')
  assert.equal((await approvals.find('test', 'a'))?.opened, false)
  assert.equal(await approvals.open(ref, 'ben'), undefined)
  assert.equal(await approvals.answer(ref, 'ben', YES), 'late')
  assert.equal((await approvals.find('test', 'a'))?.opened, false)
  assert.equal((await approvals.open(ref, 'amira'))?.key, 'a')
  assert.equal((await approvals.find('test', 'a'))?.opened, true)
  wait(300_000)
  assert.equal(await approvals.open(ref, 'amira'), undefined)
  assert.equal((await approvals.find('test', 'a'))?.status, 'expired')
  assert.equal(await approvals.answer(ref, 'amira', YES), 'late')
  wait(86_400_000)
  await approvals.look()
  assert.equal(await approvals.find('test', 'a'), undefined)
})

test('no more wait for one customer than a person can look through', async (t) => {
  const { approvals } = await started(t, () => Promise.resolve('done'))
  const asked = await Promise.all(
    Array.from({ length: 50 }, (_, at) => approvals.ask(asking(`${at}`, { client: `tpp ${at}` }))),
  )
  assert.equal(asked.filter((one) => one === 'added').length, MAX_WAITING)
  assert.equal((await approvals.waitingFor('amira')).length, MAX_WAITING)
  assert.equal(await approvals.ask(asking('b', { subject: 'ben' })), 'added')
})
