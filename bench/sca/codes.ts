/** Authentication codes of a customer with a passkey, made one after the other: what is measured is what becomes of them. */
import type { Store } from '../../src/store/index.ts'
import { Authenticator } from '../../test/sca/authenticator.ts'
import {
  AUDIENCE,
  CLIENT,
  createTransaction,
  enrol,
  paymentOf,
  rigOver,
} from '../../test/sca/rig.ts'

/** Gives what redeems a fresh code. */
export async function codesOver(store: Store): Promise<() => Promise<() => Promise<void>>> {
  const rig = rigOver(store)
  const { anna, sca, clock } = rig
  const key = new Authenticator()
  await enrol(rig, anna, 'passkey', ({ challenge }) => key.create({ challenge }), {
    name: 'anna',
    label: 'Key',
  })
  return async () => {
    clock.advance(1_000)
    const request = paymentOf(anna)
    const id = await createTransaction(rig, request)
    const shown = await sca.transactions.present(id)
    const challenge = shown.ok ? shown.value.questions.passkey?.['challenge'] : undefined
    const answers = [{ kind: 'passkey', value: key.get({ challenge }) }] as const
    const verified = await sca.transactions.verify({ id, answers, network: '192.0.2.1' })
    const issued = verified.ok ? await sca.transactions.issue(verified.value) : verified
    if (!issued.ok) throw new Error(issued.error.code)
    const { code } = issued.value
    const { purpose, consentId = '' } = request
    return async () => {
      const spent = await sca.transactions.redeem({
        code,
        expectedAudience: AUDIENCE,
        client: CLIENT,
        subject: anna,
        consentId,
        purpose,
      })
      if (!spent.ok) throw new Error(spent.error.code)
    }
  }
}
