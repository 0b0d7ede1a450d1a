/** Detached signatures of messages: whatever the field and the body, a judgement; good only for the very body that was signed. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { parseKeySet, verifyDetachedJws } from '../../../src/proof/index.ts'
import { cutUp, type Json, mutated } from '../../support/json-mutation.ts'
import { jwks, segment, signed, signingKey } from '../../support/token-issuer.ts'
import { defineSuite } from '../suite.ts'

const CLAIMS = ['iat', 'iss', 'tan'].map((name) => `http://openbanking.org.uk/${name}`)
const BODY = '{"Data":{"Initiation":{"InstructedAmount":{"Amount":"10.00","Currency":"GBP"}}}}'

export const messageSignatures = defineSuite<[field: string, body: string]>(
  { name: 'message-signatures', holds: 'no body but the one that was signed has a good signature' },
  () => {
    const key = signingKey('sign-1', 'PS256')
    const stranger = signingKey('sign-1', 'PS256')
    const keys = parseKeySet(jwks(key, signingKey('sign-2', 'ES256')))?.keys ?? []
    const [iat = '', iss = '', tan = ''] = CLAIMS
    const header: Json = {
      alg: 'PS256',
      kid: 'sign-1',
      [iat]: 1_767_600_000,
      [iss]: 'org/app',
      [tan]: 'openbanking.org.uk',
      crit: [...CLAIMS],
    }
    const detached = (jws: string): string => {
      const [head = '', , last = ''] = jws.split('.')
      return `${head}..${last}`
    }
    const good = detached(signed(key, header, BODY))
    assert.ok(verifyDetachedJws(good, BODY, keys).ok, 'the check is blind')
    const bodies = fc.oneof(
      fc.constant(BODY),
      cutUp(BODY, ['1', '0', ' ', '"', '}', '\u200b']),
      // sound: it is JSON
      mutated(JSON.parse(BODY) as Json, 1).map((body) => JSON.stringify(body)),
    )
    const fields = fc.oneof(
      { weight: 2, arbitrary: fc.constant(good) },
      cutUp(good, ['.', '..', '=', '-', '_', ' ']),
      mutated(header, 2).map((head) => `${segment(head)}..${good.split('..')[1] ?? ''}`),
      mutated(header, 1).map((head) => `!${detached(signed(key, head, BODY))}`),
      fc.constant(detached(signed(stranger, header, BODY))),
      fc.string({ unit: 'binary', maxLength: 200 }),
    )
    return {
      input: fc.tuple(fields, bodies),
      check([field, body]) {
        const anew = field.startsWith('!')
        const text = anew ? field.slice(1) : field
        const judged = verifyDetachedJws(text, body, keys)
        if (!judged.ok) return
        assert.equal(body, BODY, 'a body that nobody signed')
        if (!anew) assert.equal(text, good, 'a signature that nobody made')
        assert.ok(Number.isFinite(judged.issuedAt) && typeof judged.issuer === 'string')
      },
    }
  },
)
