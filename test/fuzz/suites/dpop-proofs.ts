/** DPoP proofs: whatever the text, a judgement; good only what the key in it signed, with claims that can be compared. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { createProofReader, type ProofRead } from '../../../src/proof/index.ts'
import { cutUp, type Json, mutated } from '../../support/json-mutation.ts'
import {
  publicJwk,
  segment,
  signed,
  type SigningKey,
  signingKey,
} from '../../support/token-issuer.ts'
import { defineSuite } from '../suite.ts'

const NOW_SECONDS = 1_767_600_000

/** RFC 7638, written apart from the product. */
function thumbprint({ publicKey }: SigningKey): string {
  const { kty, crv, x, y, n, e } = publicKey.export({ format: 'jwk' })
  const needed = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }
  return createHash('sha256').update(JSON.stringify(needed)).digest('base64url')
}

export const dpopProofs = defineSuite<string>(
  { name: 'dpop-proofs', holds: 'no text but one that the key in it signed is a good proof' },
  () => {
    const keys = (['ES256', 'PS256', 'EdDSA'] as const).map((alg) => signingKey(alg, alg))
    const thumbprints = new Set(keys.map(thumbprint))
    const claims: Json = {
      jti: 'proof-1',
      htm: 'GET',
      htu: 'https://api.bank.example/accounts',
      iat: NOW_SECONDS,
      ath: 'x'.repeat(43),
      nonce: 'n',
    }
    const headerOf = (key: SigningKey): Json => {
      const { kid: _kid, use: _use, alg, ...jwk } = publicJwk(key)
      return { typ: 'dpop+jwt', alg, jwk } as Json // sound: members of a JWK are text
    }
    const proofs = keys.map((key) => signed(key, headerOf(key), claims))
    const made = new Set(proofs)
    const reader = createProofReader()
    for (const proof of proofs) assert.ok(reader.read(proof).ok, 'the check is blind')
    const judged = (read: ProofRead): void => {
      if (!read.ok) return assert.match(read.why, /^[a-z]/)
      const { proof } = read
      assert.ok(thumbprints.has(proof.key), 'a proof of a key that nobody has')
      assert.ok(proof.id !== '' && proof.method !== '' && Number.isFinite(proof.issuedAt))
      assert.ok(proof.origin === '' || /^https?:\/\/[^/]+$/.test(proof.origin))
    }
    // Another header or other claims over a signature that is good elsewhere: never a proof.
    const remade = fc
      .tuple(fc.nat(2), fc.nat(2), fc.nat(2), mutated(claims, 2))
      .chain(([own, other, how, body]) => {
        const [head = '', payload = '', last = ''] = (proofs[own] ?? '').split('.')
        const key = keys[other]
        assert.ok(key !== undefined)
        if (how === 0) return fc.constant(`${head}.${segment(body)}.${last}`)
        if (how === 1) return fc.constant(`${segment(headerOf(key))}.${payload}.${last}`)
        return mutated(headerOf(key), 2).map((header) => `${segment(header)}.${payload}.${last}`)
      })
    // The client signs whatever it likes with its own key: `!` tells the check that the signature is good.
    const signedAnew = fc
      .tuple(fc.constantFrom(...keys), mutated(claims, 3))
      .chain(([key, body]) =>
        mutated(headerOf(key), 1).map((header) => `!${signed(key, header, body)}`),
      )
    return {
      input: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom(...proofs).chain((proof) => cutUp(proof, ['.', '..', '=', '-', '_', ' '])),
        remade,
        signedAnew,
      ),
      check(input) {
        const anew = input.startsWith('!')
        const text = anew ? input.slice(1) : input
        const read = reader.read(text)
        judged(read)
        if (read.ok && !anew) assert.ok(made.has(text), 'a proof that nobody signed')
      },
    }
  },
)
