/**
 * Two transactions of one id: a client's key names one again once the first is forgotten, or was taken out of the store by somebody who can
 * write there. What was proven and given out for the first is sealed under that very id, and still good for nothing but the first.
 */
import assert from 'node:assert/strict'
import type { TransactionRequest } from '../../src/sca/index.ts'
import { alter } from './alter-units.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  approve,
  AUDIENCE,
  CLIENT,
  type Device,
  enrolDevice,
  enrolPasscode,
  PASSCODE,
  paymentOf,
  type Rig,
} from './rig.ts'

const KEY = 'order-1'
const set = (rig: Rig, id: string, column: string, value: string | Uint8Array | null) =>
  rig.store.run(alter, { id, column, value })
const read = (rig: Rig, id: string, column: string) => rig.store.run(alter, { id, column })

async function created(rig: Rig, request: TransactionRequest): Promise<string> {
  // Of a client of the test's own: the id is made of its name and the key.
  const made = await rig.sca.transactions.create({ ...request, client: clientOf(rig) }, KEY)
  assert.ok(made.ok, JSON.stringify(made))
  return made.value.id
}
const clientOf = (rig: Rig): string => `${CLIENT}-${rig.anna}`

async function codeOf(rig: Rig, device: Device, id: string): Promise<string> {
  const answers = [
    { kind: 'passcode', value: PASSCODE },
    { kind: 'approval', value: await approve(rig, device, id) },
  ] as const
  const verified = await rig.sca.transactions.verify({ id, answers, network: rig.anna })
  assert.ok(verified.ok)
  const issued = await rig.sca.transactions.issue(verified.value)
  assert.ok(issued.ok)
  return issued.value.code
}
async function redeemed(rig: Rig, code: string, request: TransactionRequest): Promise<string> {
  const outcome = await rig.sca.transactions.redeem({
    code,
    expectedAudience: AUDIENCE,
    client: clientOf(rig),
    subject: rig.anna,
    consentId: 'consent-1',
    purpose: request.purpose,
  })
  return outcome.ok ? '' : outcome.error.code
}

onBothStores('proof and code of one transaction are not those of its namesake', async (rig) => {
  await enrolPasscode(rig, rig.anna)
  const device = await enrolDevice(rig, rig.anna)
  const [cheap, dear] = [
    paymentOf(rig.anna, { amount: '1' }),
    paymentOf(rig.anna, { amount: '9999' }),
  ]
  for (const [what, request] of [
    ['of another amount', dear],
    // The same payment is another transaction all the same: he agreed once.
    ['of the same', cheap],
  ] as const) {
    const id = await created(rig, cheap)
    const code = await codeOf(rig, device, id)
    const [proof, kept] = [await read(rig, id, 'proof'), await read(rig, id, 'code')]
    assert.ok(proof !== null && kept !== null)
    await set(rig, id, 'id', `${what}-first-${rig.anna}`.slice(0, 22))

    assert.equal(await created(rig, request), id, 'the check is blind')
    await set(rig, id, 'proof', proof)
    await set(rig, id, 'state', 'verified')
    const { transactions } = rig.sca
    await assert.rejects(
      transactions.verified(id, clientOf(rig)),
      { code: 'GH_SCA_SEALED' },
      `the proof, for one ${what}`,
    )
    await set(rig, id, 'code', kept)
    await set(rig, id, 'state', 'issued')
    assert.equal(await redeemed(rig, code, request), 'GH_SCA_CODE_INVALID', `for one ${what}`)
    assert.equal(await read(rig, id, 'state'), 'void')
    await set(rig, id, 'state', 'issued')
    assert.equal(await redeemed(rig, code, request), 'GH_SCA_CODE_SPENT', `again, ${what}`)
    await set(rig, id, 'id', `${what}-${rig.anna}`.slice(0, 22))
  }
})
