/** Answers of OCSP responders: whatever the bytes, an answer; and none that was changed says that a certificate is good. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { judgeOcspAnswer, MAX_OCSP_BYTES } from '../../../src/proof/index.ts'
import { makeParty, ocspAnswer, OCSP_SIGNING, refusal } from '../../support/ocsp-authority.ts'
import { defineSuite } from '../suite.ts'

const NOW = Date.UTC(2026, 10, 29)

export const ocspAnswers = defineSuite<{
  which: number
  changes: { at: number; how: number; byte: number }[]
}>(
  {
    name: 'ocsp-answers',
    holds:
      'bytes that no authority signed say of no certificate that it is good, and nothing throws',
  },
  () => {
    const authority = makeParty({ name: 'authority', now: NOW, ca: true })
    const leaf = makeParty({ name: 'leaf', now: NOW, issuer: authority })
    const responder = makeParty({
      name: 'responder',
      now: NOW,
      issuer: authority,
      uses: [OCSP_SIGNING],
      noCheck: true,
    })
    const single = {
      certificate: leaf.certificate,
      issuer: authority.certificate,
      thisUpdate: NOW - 60_000,
      nextUpdate: NOW + 3_600_000,
    }
    const good: readonly Buffer[] = [
      ocspAnswer({ signer: authority, singles: [single], nonce: Buffer.alloc(32, 1) }),
      ocspAnswer({ signer: responder, singles: [single], sent: [responder.certificate] }),
      ocspAnswer({
        signer: responder,
        by: 'key',
        singles: [single],
        sent: [responder.certificate],
      }),
      ocspAnswer({
        signer: authority,
        singles: [{ ...single, status: 'revoked', hash: 'sha256' }],
      }),
      refusal(3),
    ].map((bytes) => Buffer.from(bytes))
    const judge = (bytes: Uint8Array): string => {
      const question = { certificate: leaf.certificate, issuer: authority.certificate }
      const judged = judgeOcspAnswer(bytes, { ...question, now: NOW, maxAgeMs: 3_600_000 })
      if (judged.ok) return judged.status
      assert.ok(judged.fault.length < 200)
      return 'refused'
    }
    assert.deepEqual(good.map(judge), ['good', 'good', 'good', 'revoked', 'refused'])
    return {
      input: fc.record({
        which: fc.nat(good.length - 1),
        changes: fc.array(fc.record({ at: fc.nat(2_000), how: fc.nat(6), byte: fc.nat(255) }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      check({ which, changes }) {
        const original = good[which] ?? Buffer.alloc(0)
        let bytes = original
        for (const change of changes) bytes = changed(bytes, change)
        const said = judge(bytes)
        if (said === 'refused') return
        // Certificates that come along are not signed by the answer, and what no signature covers says nothing.
        assert.equal(said, judge(original), 'it says what was signed, or nothing')
      },
    }
  },
)

/** A byte that is another, too few, too many; the rest cut off; a length without end, one that lies, and more than anybody sends. */
function changed(
  bytes: Buffer,
  { at, how, byte }: { readonly at: number; readonly how: number; readonly byte: number },
): Buffer {
  const place = at % (bytes.length + 1)
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  switch (how) {
    case 0:
      return Buffer.concat([before, Buffer.of(byte), after.subarray(1)])
    case 1:
      return Buffer.concat([before, after.subarray(1)])
    case 2:
      return Buffer.concat([before, Buffer.of(byte), after])
    case 3:
      return Buffer.from(before)
    case 4:
      return Buffer.concat([before, Buffer.of(0x80), after.subarray(1), Buffer.of(0, 0)])
    case 5:
      return Buffer.concat([before, Buffer.of(0x84, 0xff, 0xff, 0xff, byte), after.subarray(1)])
    default:
      return Buffer.concat([bytes, Buffer.alloc(byte === 0 ? MAX_OCSP_BYTES : byte)])
  }
}
