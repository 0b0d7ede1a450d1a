import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessEvent } from '../../test/support/access-event.ts'
import type { UpstreamFault } from '../events/index.ts'
import { upstreamLine } from './explain-upstream.ts'

test('a call that was made has no line', () => {
  assert.equal(upstreamLine(accessEvent({})), undefined)
})

const FAULTS: Readonly<Record<UpstreamFault, RegExp>> = {
  'address-refused': /\(10\.0\.0\.1\): its name leads/,
  'certificate-expired': /EXPIRED/,
  'certificate-not-yet-valid': /NOT VALID YET/,
  'certificate-name': /NOT NAME it.*serverName/,
  'certificate-revoked': /REVOKED/,
  'certificate-untrusted': /anchors/,
  'ours-refused': /REFUSED the gateway.*certificate/,
}
for (const [fault, want] of Object.entries(FAULTS))
  test(`${fault} says what was found at the bank and where to look`, () => {
    const [name, value] =
      upstreamLine(
        accessEvent({
          upstream: {
            address: 'https://core.bank.example:8443',
            fault: fault as UpstreamFault, // sound: a key of the record
            ...(fault === 'address-refused' && { resolved: '10.0.0.1' }),
          },
        }),
      ) ?? []
    assert.equal(name, 'the bank was not called')
    assert.match(value ?? '', /^https:\/\/core\.bank\.example:8443/)
    assert.match(value ?? '', want)
  })
