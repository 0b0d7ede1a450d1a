/**
 * Step-up (RFC 9470) through both: the gateway says which authentication is missing, the third party asks for exactly that (RFC 9126), the customer gives it though the
 * law would not ask, and the new token passes. With what has a code and what has none, from the consent to the bank.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rig } from '../../examples/bank/rig.ts'
import { exempts } from '../../examples/bank/tour-authentication.ts'
import { authorizationAt } from '../../examples/third-party/authorization.ts'
import { thirdParty } from '../../examples/third-party/third-party.ts'

const STRONG = 'urn:openbanking:psd2:sca'
const RULES = `sca.required: { outcome: any, acr: ["${STRONG}"], maxAgeSeconds: 120 }`

test('the gateway asks, the third party passes it on, the customer authenticates once, and the bank pays once', async (t) => {
  const { parts, payments, refused } = await rig(t, (text) =>
    text.replace('    template: psd2-pis\n', `    template: psd2-pis\n    rules: { ${RULES} }\n`),
  )
  const { bank, software, amira } = parts
  ;(await exempts(parts))({ chapter: '', say: () => undefined, keep: () => undefined })
  const authorization = await authorizationAt(bank, software)
  const registration = await authorization.register()
  const party = thirdParty(bank, software, authorization, registration)
  const consent = await party.askForPayment('12.50', 'ticket')
  const pay = (token: string) =>
    party.callOnceKnown(party.pay('', token, consent, '12.50', { bill: 'ticket' }))

  const weak = await party.authorise(consent, 'payments', amira.approve)
  assert.equal(amira.authenticated, 0, 'the law asks for nothing')
  const asked = await pay(weak.access)
  assert.deepEqual([asked.status, asked.code], [401, 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT'])
  assert.match(asked.challenge ?? '', /error="insufficient_user_authentication"/)
  assert.match(asked.challenge ?? '', /acr_values="urn:openbanking:psd2:sca", max_age="120"/)
  assert.deepEqual(payments.orders, [])

  const strong = await party.authorise(consent, 'payments', amira.approve, asked.challenge)
  assert.equal(amira.authenticated, 1, 'once in a journey')
  const paid = await pay(strong.access)
  assert.equal(paid.status, 201, paid.text)
  assert.equal((await pay(strong.access)).code, 'GH_GATEWAY_PAYMENT_CONSENT_USED')
  assert.equal(payments.orders.length, 1)
  assert.deepEqual(refused, [])
})
