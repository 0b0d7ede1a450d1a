/** How elements come to customers and leave them (RTS Art. 24 to 27). */
import assert from 'node:assert/strict'
import { ENROLMENT_AUDIENCE, type TransactionRequest } from '../../src/sca/index.ts'
import { onBothStores } from './on-both-stores.ts'
import { CLIENT, codeFor, enrolDevice, enrolPasscode } from './rig.ts'

const act = (subject: string): TransactionRequest => ({
  subject,
  client: CLIENT,
  audience: ENROLMENT_AUDIENCE,
  purpose: { kind: 'risky-act', what: 'credentials' },
})

onBothStores('another element is enrolled with a code for that very act, once', async (rig) => {
  const { anna, sca } = rig
  await enrolPasscode(rig, anna)
  const device = await enrolDevice(rig, anna)
  const { code } = await codeFor(rig, device, act(anna))
  const begin = (subject: string) =>
    sca.enrolment.begin({
      subject,
      kind: 'passcode',
      channel: 'browser',
      authorisation: { kind: 'code', code, client: CLIENT },
    })
  const begun = await begin(anna)
  assert.ok(begun.ok)
  const again = await begin(anna)
  assert.equal(again.ok ? '' : again.error.code, 'GH_SCA_CODE_SPENT')

  const { id } = begun.value
  const common = await sca.enrolment.finish({ subject: anna, id, value: 'password' })
  assert.equal(common.ok ? '' : common.error.fault, 'common')
  const finished = await sca.enrolment.finish({ subject: anna, id, value: 'another passcode' })
  assert.ok(finished.ok)
  const twice = await sca.enrolment.finish({ subject: anna, id, value: 'a third passcode' })
  assert.equal(twice.ok ? '' : twice.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
  // There is one passcode: the older one ended.
  const kinds = (await sca.enrolment.devices(anna)).map(({ kind }) => kind)
  assert.deepEqual(kinds.toSorted(), ['approval', 'passcode'])
})
