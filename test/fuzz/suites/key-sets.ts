/** JWK sets: any text is keys with reasons for those left out, or no set at all; never a private key, never a weak one. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { parseKeySet } from '../../../src/proof/key-set.ts'
import { anyJson, cutUp, type Json, mutated } from '../../support/json-mutation.ts'
import { jwks, signingKey } from '../../support/token-issuer.ts'
import { defineSuite } from '../suite.ts'

export const keySets = defineSuite<string>(
  { name: 'key-sets', holds: 'any text is a key set or none, and no key is private' },
  () => {
    const keys = (['ES256', 'PS256', 'EdDSA'] as const).map((alg) => signingKey(alg, alg))
    const text = jwks(...keys)
    assert.equal(parseKeySet(text)?.keys.length, 3, 'the base is sound')
    const set = JSON.parse(text) as Json // sound: JSON
    return {
      input: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        anyJson.map((value) => JSON.stringify({ keys: [value] })),
        mutated(set, 3).map((value) => JSON.stringify(value)),
        cutUp(text, ['"d":"eA",', '"k":"eA",', '"kty":"oct",', '"', ',', '{', '}', '[', ']']),
      ),
      check(given) {
        const found = parseKeySet(given)
        if (found === undefined) return
        assert.ok(found.keys.length + found.refused.length <= 100)
        for (const reason of found.refused) assert.match(reason, /^keys\[\d+\] /)
        for (const { algorithm } of found.keys)
          assert.match(algorithm, /^(PS|ES)(256|384|512)$|^EdDSA$|^Ed25519$/)
      },
    }
  },
)
