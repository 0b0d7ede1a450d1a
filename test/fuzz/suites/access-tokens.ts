/** Access tokens: whatever the text, a judgement; good only for the very text that was signed. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import {
  createIssuerKeys,
  createTokenVerifier,
  type TokenJudgement,
} from '../../../src/proof/index.ts'
import { ISSUER_PLAN } from '../../support/ais-plan.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { cutUp, type Json, mutated } from '../../support/json-mutation.ts'
import {
  accessClaims,
  accessToken,
  hmacSigned,
  jwks,
  segment,
  signingKey,
} from '../../support/token-issuer.ts'
import { defineSuite } from '../suite.ts'

export const accessTokens = defineSuite<string>(
  { name: 'access-tokens', holds: 'no text but the one that was signed is a good token' },
  async () => {
    const clock = new FakeClock()
    const good = (['ES256', 'PS256', 'EdDSA'] as const).map((alg) => signingKey(`k-${alg}`, alg))
    const stranger = signingKey('k-ES256')
    const keys = createIssuerKeys({
      location: { file: 'jwks' },
      ports: {
        fetchText: () => Promise.reject(new Error('never')),
        readText: () => Promise.resolve(jwks(...good)),
      },
      clock,
      scheduler: clock,
    })
    await keys.ready
    const verifier = createTokenVerifier([
      { ...ISSUER_PLAN, algorithms: ['ES256', 'PS256', 'EdDSA'], keys },
    ])
    const now = clock.now()
    const tokens = good.map((key) => accessToken(key, now))
    for (const token of tokens)
      assert.ok((await verifier.verify(token, now)).ok, 'the check is blind')
    const signed = new Set(tokens)
    const header: Json = {
      alg: 'ES256',
      typ: 'at+jwt',
      kid: 'k-ES256',
      b64: false,
      crit: ['b64'],
      zip: 'DEF',
      jku: 'https://evil.example/k',
      x5u: 'https://evil.example/x',
      jwk: {},
      x5c: [''],
    }
    const claims = accessClaims(now) as Json // sound: strings and numbers
    const remade = fc
      .tuple(mutated(header, 3), mutated(claims, 2), fc.constantFrom(...tokens), fc.nat(2))
      .map(([head, body, token, how]) => {
        const [own = '', payload = '', signature = ''] = token.split('.')
        if (how === 0) return `${segment(head)}.${payload}.${signature}`
        if (how === 1) return `${own}.${segment(body)}.${signature}`
        return `${segment(head)}.${segment(body)}.${signature}`
      })
    const forged = mutated(claims, 1).map((body) => {
      const kid = 'k-ES256'
      const secret = JSON.stringify(good[0]?.publicKey.export({ format: 'jwk' }))
      return hmacSigned(secret, { alg: 'HS256', typ: 'at+jwt', kid }, body)
    })
    const strange = fc.nat(1000).map((age) => accessToken(stranger, now - age * 1000))
    const judged = (token: string, judgement: TokenJudgement): void => {
      if (judgement.ok) assert.ok(signed.has(token), 'a token that nobody signed')
      else assert.match(judgement.code, /^GH_GATEWAY_TOKEN_/)
    }
    return {
      input: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.base64String({ maxLength: 200 }).map((text) => text.replaceAll('=', '.')),
        fc.constantFrom(...tokens).chain((token) => cutUp(token, ['.', '..', '=', '-', '_', ' '])),
        remade,
        forged,
        { weight: 1, arbitrary: strange },
      ),
      check(token) {
        const judgement = verifier.verify(token, now)
        if (!(judgement instanceof Promise)) return judged(token, judgement)
        return judgement.then((late) => judged(token, late))
      },
      close: () => keys.close(),
    }
  },
)
