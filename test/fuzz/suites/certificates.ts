/** Certificates and revocation lists: whatever the bytes, an answer; and none that was changed is one that its authority signed. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import {
  type CertificateRead,
  readCertificate,
  readPem,
  readRevocationList,
} from '../../../src/proof/index.ts'
import { defineSuite } from '../suite.ts'

const GOLDEN = join(import.meta.dirname, '..', '..', 'proof', 'certificates', '*.case')

interface Change {
  readonly which: number
  readonly at: number
  readonly how: number
  readonly byte: number
}

export const certificates = defineSuite<{
  which: number
  changes: { at: number; how: number; byte: number }[]
}>(
  {
    name: 'certificates',
    holds: 'bytes that are not one whole certificate are told apart, and nothing throws',
  },
  () => {
    const good = globSync(GOLDEN).flatMap(
      (file) => readPem('CERTIFICATE', readFileSync(file, 'utf8')) ?? [],
    )
    assert.ok(good.length > 8, 'the check is blind')
    const seen = (read: CertificateRead, bytes: Buffer): void => {
      if (!read.ok) {
        assert.ok(read.fault.length < 200)
        return
      }
      const { certificate } = read
      // What was read is all that was there: lengths of DER leave no room.
      assert.deepEqual(Buffer.from(certificate.der), bytes)
      assert.equal(readCertificate(Buffer.concat([bytes, Buffer.of(0)])).ok, false)
      assert.ok(Number.isFinite(certificate.notBefore) && Number.isFinite(certificate.notAfter))
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      assert.doesNotMatch(certificate.subject.text, /[\u0000-\u001f\u007f]/)
    }
    return {
      input: fc.record({
        which: fc.nat(good.length - 1),
        changes: fc.array(fc.record({ at: fc.nat(2_000), how: fc.nat(3), byte: fc.nat(255) }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      check({ which, changes }) {
        let bytes: Buffer = Buffer.from(good[which] ?? [])
        for (const change of changes) bytes = changed(bytes, { which, ...change })
        seen(readCertificate(bytes), bytes)
        readRevocationList(bytes)
      },
    }
  },
)

/** Another byte, a byte less, a byte more, or the rest cut off. */
function changed(bytes: Buffer, { at, how, byte }: Change): Buffer {
  const place = at % (bytes.length + 1)
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  if (how === 0) return Buffer.concat([before, Buffer.of(byte), after.subarray(1)])
  if (how === 1) return Buffer.concat([before, after.subarray(1)])
  if (how === 2) return Buffer.concat([before, Buffer.of(byte), after])
  return Buffer.from(before)
}
