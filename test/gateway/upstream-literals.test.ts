/** An upstream that is an address is judged as a name that means it would be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayRig } from '../support/gateway-rig.ts'

for (const host of [
  '169.254.169.254',
  '[fe80::1]',
  '[::ffff:169.254.169.254]',
  '0.0.0.0',
  '100.100.100.200',
])
  test(`${host} is never called, though the configuration says so`, async (t) => {
    const rig = await gatewayRig(t, { upstream: `http://${host}:9` })
    const { status, body } = await rig.call('/aisp/accounts')
    assert.equal(status, 502)
    assert.match(body, /GH_GATEWAY_EGRESS_REFUSED/)
    assert.equal(rig.sink.access.at(-1)?.code, 'GH_GATEWAY_EGRESS_REFUSED')
  })
