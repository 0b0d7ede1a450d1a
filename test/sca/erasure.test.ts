/** A person is forgotten: nothing of theirs is left in the tables of strong customer authentication, and nothing of anybody else's goes. */
import assert from 'node:assert/strict'
import { forgetPerson } from '../../src/sca/index.ts'
import { alter } from './alter-units.ts'
import { onBothStores } from './on-both-stores.ts'
import { createTransaction, enrolDevice, enrolPasscode, paymentOf, type Rig } from './rig.ts'

/** Everything that a customer can leave behind: elements, codes, what was begun, attempts, transactions, questions to a device. */
async function lives(rig: Rig, subject: string): Promise<void> {
  const { enrolment, transactions } = rig.sca
  await enrolPasscode(rig, subject)
  await enrolDevice(rig, subject)
  const of = { subject, channel: 'post', lifeMs: 86_400_000, recovers: true } as const
  const code = await enrolment.activation({ ...of, kind: 'totp' })
  const authorisation = { kind: 'activation', code, network: 'net' } as const
  const begun = await enrolment.begin({ subject, kind: 'totp', channel: 'app', authorisation })
  assert.ok(begun.ok)
  await enrolment.activation({ ...of, kind: 'passcode' })
  const wrong = { kind: 'activation', code: 'ABCD-EFGH-JKMN', network: 'net' } as const
  await enrolment.begin({ subject, kind: 'totp', channel: 'app', authorisation: wrong })
  const id = await createTransaction(rig, paymentOf(subject))
  assert.ok((await transactions.ask(id, 'approval')).ok)
  const answers = [
    { kind: 'passcode', value: 'wrong' },
    { kind: 'approval', value: 'wrong' },
  ] as const
  assert.equal((await transactions.verify({ id, answers, network: 'net' })).ok, false)
}
/** As many letters as all tables hold but for the figures that the other's client and network have by now. */
const rowsOf = async ({ store }: Rig): Promise<string> =>
  String(await store.run(alter, { id: '', column: '*' }))

onBothStores('whoever is erased leaves no row behind, and nobody else loses one', async (rig) => {
  const { anna, store, clock } = rig
  const ben = `${anna}-ben`
  await lives(rig, ben)
  const names = rig.sca.enrolment.namesOf(anna)
  const held = async (): Promise<readonly string[]> => {
    const text = await rowsOf(rig)
    return [...text.matchAll(/ ([A-Za-z0-9_-]{43}) /g)].map(([, name = '']) => name)
  }
  const before = new Set(await held())
  await lives(rig, anna)
  const theirs = [...new Set(await held())].filter((name) => !before.has(name))
  // Whatever else stands there under a keyed hash is a credential or a code, and goes with its row.
  for (const name of names) assert.ok(theirs.includes(name), 'each name stands for something')
  clock.advance(1_000)
  const at = clock.now()
  assert.ok((await store.run(forgetPerson, { names, at })) >= 8)
  assert.deepEqual(
    (await held()).filter((name) => !before.has(name)),
    [],
  )
  assert.equal(await store.run(forgetPerson, { names, at }), 0)
  assert.deepEqual(await rig.sca.enrolment.devices(anna), [])
  assert.deepEqual(await rig.sca.enrolment.ended(anna), [])
  assert.deepEqual(await rig.sca.enrolment.waiting(anna), [])
  assert.equal((await rig.sca.enrolment.devices(ben)).length, 2)
  assert.equal((await rig.sca.enrolment.waiting(ben)).length, 1)
  // Who comes back keeps what came after it.
  clock.advance(1_000)
  await lives(rig, anna)
  await store.run(forgetPerson, { names, at })
  assert.equal((await rig.sca.enrolment.devices(anna)).length, 2)
  assert.equal((await rig.sca.enrolment.waiting(anna)).length, 1)
})
