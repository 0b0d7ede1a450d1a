/**
 * Envoy's `jwt_authn` as an independent judge of access tokens: the same tokens, the same keys, the same issuer and audience. Where the
 * two disagree it is written down here with the reason, and it is always ours that refuses.
 */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { constants, sign } from 'node:crypto'
import { test } from 'node:test'
import { AUDIENCE, ISSUER } from '../support/ais-plan.ts'
import { gatewayRig } from '../support/gateway-rig.ts'
import { envoyTest, HTTP_FILTERS, startEnvoy } from '../support/peer-envoy.ts'
import { RawConnection } from '../support/raw-http.ts'
import {
  accessClaims,
  hmacSigned,
  jwks,
  publicJwk,
  segment,
  signed,
  signingKey,
} from '../support/token-issuer.ts'

const ec = signingKey('ec', 'ES256')
const rsa = signingKey('rsa', 'PS256')
const ed = signingKey('ed', 'EdDSA')
/** Of an attacker, under a name that we know. */
const stranger = signingKey('ec', 'ES256')
const KEYS = { ec, rsa, ed }

const NOW = Date.now()
const seconds = Math.floor(NOW / 1000)
const claims = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  accessClaims(NOW, changes)
const without = (name: string): Record<string, unknown> => {
  const { [name]: _, ...rest } = claims()
  return rest
}
const head = (changes: object = {}): Record<string, unknown> => ({
  alg: 'ES256',
  typ: 'at+jwt',
  kid: 'ec',
  ...changes,
})
const good = (): string => signed(ec, head(), claims())
const parts = (): readonly [string, string, string] => {
  const [a = '', b = '', c = ''] = good().split('.')
  return [a, b, c]
}
const text = JSON.stringify(claims())
const rawClaims = (json: string): string => signed(ec, head(), json)
const rsaSigned = (alg: string, padding: number): string => {
  const input = `${segment({ alg, typ: 'at+jwt', kid: 'rsa' })}.${segment(claims())}`
  const key = { key: rsa.privateKey, padding, ...(alg === 'PS256' ? { saltLength: 32 } : {}) }
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}
/** The signature of a good token, changed. */
const signature = (change: (bytes: Buffer) => Buffer): string => {
  const [a, b, c] = parts()
  return `${a}.${b}.${change(Buffer.from(c, 'base64url')).toString('base64url')}`
}
/** A good signature over claims that are these bytes. */
const signedBytes = (payload: Buffer): string => {
  const input = `${segment(head())}.${payload.toString('base64url')}`
  const bytes = sign('sha256', Buffer.from(input), {
    key: ec.privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${input}.${bytes.toString('base64url')}`
}
const withZeros = (): string => signature((bytes) => Buffer.alloc(bytes.length))
const publicPem = ec.publicKey.export({ format: 'pem', type: 'spki' })

/** `stricter`: Envoy lets it in and we do not, because … */
interface Case {
  readonly name: string
  readonly token: string
  readonly accepted: boolean
  readonly stricter?: string
}
const accept = (name: string, token: string): Case => ({ name, token, accepted: true })
const refuse = (name: string, token: string): Case => ({ name, token, accepted: false })
const stricter = (name: string, why: string, token: string): Case => ({
  name,
  token,
  accepted: false,
  stricter: why,
})

const CASES: readonly Case[] = [
  accept('ES256', good()),
  accept('PS256', signed(rsa, { alg: 'PS256', typ: 'at+jwt', kid: 'rsa' }, claims())),
  accept('EdDSA', signed(ed, { alg: 'EdDSA', typ: 'at+jwt', kid: 'ed' }, claims())),
  accept(
    'a list of audiences with ours',
    signed(ec, head(), claims({ aud: ['https://other', AUDIENCE] })),
  ),
  accept('the long form of the type', signed(ec, head({ typ: 'application/at+jwt' }), claims())),
  accept('letters beyond ASCII in a claim', signed(ec, head(), claims({ name: 'Zoë 💷' }))),
  accept('claims of three kilobytes', signed(ec, head(), claims({ pad: 'x'.repeat(3_000) }))),
  accept('begun an hour ago', signed(ec, head(), claims({ nbf: seconds - 3_600 }))),
  accept(
    'ended within the allowed difference of clocks',
    signed(ec, head(), claims({ iat: seconds - 300, exp: seconds - 3 })),
  ),
  accept('without a jti', signed(ec, head(), without('jti'))),
  accept(
    'members of the header that mean nothing',
    signed(ec, head({ x: 1, jku: 'https://evil' }), claims()),
  ),

  // Algorithms.
  refuse('none', `${segment(head({ alg: 'none' }))}.${segment(claims())}.`),
  refuse('None', `${segment(head({ alg: 'None' }))}.${segment(claims())}.`),
  refuse('NONE with a signature', signed(ec, head({ alg: 'NONE' }), claims())),
  refuse('none over a good signature', signed(ec, head({ alg: 'none' }), claims())),
  refuse('no algorithm', signed(ec, { typ: 'at+jwt', kid: 'ec' }, claims())),
  refuse('an empty algorithm', signed(ec, head({ alg: '' }), claims())),
  refuse('an algorithm in lower case', signed(ec, head({ alg: 'es256' }), claims())),
  refuse('an algorithm that is a list', signed(ec, head({ alg: ['ES256'] }), claims())),
  refuse(
    'HS256 with the public key as its secret',
    hmacSigned(publicPem, head({ alg: 'HS256' }), claims()),
  ),
  refuse(
    'HS256 with the JWK as its secret',
    hmacSigned(JSON.stringify(publicJwk(ec)), head({ alg: 'HS256' }), claims()),
  ),
  refuse('HS256 with an empty secret', hmacSigned('', head({ alg: 'HS256' }), claims())),
  refuse('HS512 without a kid', hmacSigned(publicPem, { alg: 'HS512' }, claims())),
  refuse('ES256 under the kid of an RSA key', signed(ec, head({ kid: 'rsa' }), claims())),
  refuse(
    'PS256 under the kid of an EC key',
    signed(rsa, head({ alg: 'PS256', kid: 'ec' }), claims()),
  ),
  refuse(
    'EdDSA under the kid of an EC key',
    signed(ed, head({ alg: 'EdDSA', kid: 'ec' }), claims()),
  ),
  refuse('RS256 with a key for PS256', rsaSigned('RS256', constants.RSA_PKCS1_PADDING)),
  refuse('PS256 over a signature of RS256', rsaSigned('PS256', constants.RSA_PKCS1_PADDING)),
  refuse('PS384', signed(rsa, { alg: 'PS384', typ: 'at+jwt', kid: 'rsa' }, claims())),
  refuse('ES384', signed(ec, head({ alg: 'ES384' }), claims())),
  refuse('ES256K', signed(ec, head({ alg: 'ES256K' }), claims())),

  // Signatures.
  refuse('a signature of nothing but zeros (CVE-2022-21449)', withZeros()),
  refuse('an empty signature', `${parts().slice(0, 2).join('.')}.`),
  refuse(
    'half a signature',
    signature((bytes) => bytes.subarray(0, 32)),
  ),
  stricter(
    'a signature with a byte more',
    'RFC 7518 §3.4: the signature is 64 bytes; theirs reads the first 64',
    signature((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  ),
  refuse(
    'a signature with one bit changed',
    signature((bytes) =>
      Buffer.concat([bytes.subarray(0, 63), Buffer.from([(bytes[63] ?? 0) ^ 1])]),
    ),
  ),
  refuse(
    'a signature in DER',
    `${parts().slice(0, 2).join('.')}.${sign('sha256', Buffer.from(parts().slice(0, 2).join('.')), ec.privateKey).toString('base64url')}`,
  ),
  refuse(
    'the signature of another token',
    `${parts().slice(0, 2).join('.')}.${signed(ec, head(), claims({ jti: 'other' })).split('.')[2]}`,
  ),
  refuse('a stranger’s signature under our kid', signed(stranger, head(), claims())),
  refuse(
    'a stranger’s key in the header',
    signed(stranger, head({ jwk: publicJwk(stranger) }), claims()),
  ),
  refuse(
    'a stranger’s key behind a jku',
    signed(stranger, head({ jku: 'http://127.0.0.1:1/jwks' }), claims()),
  ),
  refuse(
    'a stranger’s certificate in the header',
    signed(stranger, head({ x5c: ['MIIB'] }), claims()),
  ),
  refuse(
    'claims changed after signing',
    `${parts()[0]}.${segment(claims({ sub: 'customer-2' }))}.${parts()[2]}`,
  ),
  refuse(
    'a header changed after signing',
    `${segment(head({ typ: 'jwt' }))}.${parts()[1]}.${parts()[2]}`,
  ),

  // Keys.
  refuse('an unknown kid', signed(ec, head({ kid: 'nobody' }), claims())),
  refuse('the kid of a file', signed(ec, head({ kid: '../../dev/null' }), claims())),
  refuse('the kid `__proto__`', signed(ec, head({ kid: '__proto__' }), claims())),
  refuse('a kid that is a number', signed(ec, head({ kid: 7 }), claims())),
  refuse('a kid that is a list', signed(ec, head({ kid: ['ec'] }), claims())),

  // Times.
  refuse('ended an hour ago', signed(ec, head(), claims({ exp: seconds - 3_600 }))),
  refuse(
    'ended just outside the allowed difference',
    signed(ec, head(), claims({ iat: seconds - 300, exp: seconds - 15 })),
  ),
  refuse('ended at the beginning of time', signed(ec, head(), claims({ exp: 0 }))),
  refuse('an end before the beginning of time', signed(ec, head(), claims({ exp: -1 }))),
  refuse('no end', signed(ec, head(), without('exp'))),
  refuse('an end that is a text', signed(ec, head(), claims({ exp: String(seconds + 300) }))),
  refuse('an end that is null', signed(ec, head(), claims({ exp: null }))),
  refuse('an end that is a list', signed(ec, head(), claims({ exp: [seconds + 300] }))),
  refuse('an end beyond all numbers', rawClaims(text.replace(/"exp":\d+/, '"exp":1e999'))),
  refuse('begins in an hour', signed(ec, head(), claims({ nbf: seconds + 3_600 }))),
  refuse('a beginning that is a text', signed(ec, head(), claims({ nbf: 'now' }))),

  // Whose and for whom.
  refuse('another issuer', signed(ec, head(), claims({ iss: 'https://evil.example' }))),
  refuse('the issuer with a slash more', signed(ec, head(), claims({ iss: `${ISSUER}/` }))),
  refuse('the issuer in capitals', signed(ec, head(), claims({ iss: ISSUER.toUpperCase() }))),
  refuse('no issuer', signed(ec, head(), without('iss'))),
  refuse('a list of issuers', signed(ec, head(), claims({ iss: [ISSUER] }))),
  refuse('another audience', signed(ec, head(), claims({ aud: 'https://other.example' }))),
  refuse(
    'the beginning of our audience',
    signed(ec, head(), claims({ aud: AUDIENCE.slice(0, -1) })),
  ),
  refuse('our audience and more', signed(ec, head(), claims({ aud: `${AUDIENCE}.evil.example` }))),
  refuse('no audience', signed(ec, head(), without('aud'))),
  refuse('an empty list of audiences', signed(ec, head(), claims({ aud: [] }))),
  refuse(
    'an audience that is an object',
    signed(ec, head(), claims({ aud: { [AUDIENCE]: true } })),
  ),
  refuse(
    'a list with an audience that is a number',
    signed(ec, head(), claims({ aud: [AUDIENCE, 7] })),
  ),

  // Form.
  refuse('two parts', parts().slice(0, 2).join('.')),
  refuse('four parts', `${good()}.x`),
  refuse('five parts', `${good()}.x.y`),
  refuse('nothing but dots', '..'),
  stricter(
    'a dot before',
    'RFC 7515 §3.1: three parts; theirs looks for a token in the text',
    `.${good()}`,
  ),
  stricter('a dot behind', 'RFC 7515 §3.1: three parts; theirs drops an empty one', `${good()}.`),
  refuse('a header that is no JSON', `${segment('alg=ES256')}.${parts()[1]}.${parts()[2]}`),
  refuse('a header that is a list', signed(ec, '["ES256"]', claims())),
  refuse('claims that are no JSON', rawClaims('sub=customer-1')),
  refuse('claims that are a list', rawClaims(`[${text}]`)),
  refuse('claims that are a text', rawClaims(JSON.stringify(text))),
  refuse('something after the claims', rawClaims(`${text}x`)),
  refuse('a second object after the claims', rawClaims(`${text}{}`)),
  refuse('a comment in the claims', rawClaims(text.replace('{', '{/**/'))),
  stricter(
    'single quotes',
    'RFC 8259 §2, §7: no JSON; theirs reads it as protobuf does',
    rawClaims(text.replaceAll('"', "'")),
  ),
  refuse('NaN as a claim', rawClaims(text.replace('{', '{"x":NaN,'))),
  stricter(
    'a comma too many',
    'RFC 8259 §2, §7: no JSON; theirs reads it as protobuf does',
    rawClaims(text.replace(/\}$/, ',}')),
  ),
  refuse(
    'padding behind each part',
    parts()
      .map((part) => `${part}==`)
      .join('.'),
  ),
  refuse('a letter of the other alphabet', `${parts()[0]}.${parts()[1]}+/.${parts()[2]}`),
  refuse('a blank within', `${parts()[0]}. ${parts()[1]}.${parts()[2]}`),
  refuse(
    'bytes that are no UTF-8 in the claims',
    signedBytes(Buffer.from(text.replace('customer-1', '\xff'), 'latin1')),
  ),
  refuse(
    'claims nested ten thousand deep',
    rawClaims(text.replace('{', `{"x":${'['.repeat(3_000)}${']'.repeat(3_000)},`)),
  ),

  // Members twice.
  refuse(
    'an algorithm twice in the header',
    signed(ec, '{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"ec"}', claims()),
  ),
  refuse('an end twice in the claims', rawClaims(text.replace('{', '{"exp":1,'))),
  refuse('a subject twice in the claims', rawClaims(text.replace('{', '{"sub":"customer-2",'))),

  // RFC 7515 §4.1.11, RFC 7797.
  stricter(
    'a critical extension',
    'RFC 7515 §4.1.11: what is critical must be understood, and the list is not empty; theirs ignores it',
    signed(ec, head({ crit: ['exp'], exp: 1 }), claims()),
  ),
  stricter(
    'an empty list of critical extensions',
    'RFC 7515 §4.1.11: what is critical must be understood, and the list is not empty; theirs ignores it',
    signed(ec, head({ crit: [] }), claims()),
  ),
  stricter(
    'a payload that is not encoded',
    'RFC 7797 §6: must be understood; theirs ignores it',
    signed(ec, head({ crit: ['b64'], b64: false }), claims()),
  ),
  stricter(
    'a payload that says it is not encoded, uncritically',
    'RFC 7797 §6: must be understood; theirs ignores it',
    signed(ec, head({ b64: false }), claims()),
  ),

  // RFC 9068 §2.1.
  stricter(
    'an ID token',
    'RFC 9068 §4, RFC 8725 §3.11: an access token says that it is one; theirs looks at no type',
    signed(ec, head({ typ: 'JWT' }), claims()),
  ),
  stricter(
    'no type',
    'RFC 9068 §4, RFC 8725 §3.11: an access token says that it is one; theirs looks at no type',
    signed(ec, { alg: 'ES256', kid: 'ec' }, claims()),
  ),
  stricter(
    'a DPoP proof',
    'RFC 9068 §4, RFC 8725 §3.11: an access token says that it is one; theirs looks at no type',
    signed(ec, head({ typ: 'dpop+jwt' }), claims()),
  ),
]

test('the table has as many tokens as were promised, each under a name of its own', () => {
  assert.ok(CASES.length >= 60, String(CASES.length))
  assert.equal(new Set(CASES.map(({ name }) => name)).size, CASES.length)
})

envoyTest(
  'Envoy and Gatehouse judge the same tokens alike, or ours is the one that refuses',
  async (t, program) => {
    const keySet = jwks(...Object.values(KEYS))
    const envoy = await startEnvoy(t, program, {
      filters: [
        {
          name: 'envoy.filters.http.jwt_authn',
          typed_config: {
            '@type': `${HTTP_FILTERS}.jwt_authn.v3.JwtAuthentication`,
            providers: {
              bank: {
                issuer: ISSUER,
                audiences: [AUDIENCE],
                local_jwks: { inline_string: keySet },
                require_expiration: true,
                clock_skew_seconds: 10,
              },
            },
            rules: [{ match: { prefix: '/' }, requires: { provider_name: 'bank' } }],
          },
        },
      ],
      action: { direct_response: { status: 200 } },
    })
    const rig = await gatewayRig(t, { now: NOW })
    rig.keySet = keySet
    rig.clock.advance(2_000)
    const statusOf = async (port: number, token: string): Promise<number> => {
      const connection = new RawConnection(port)
      t.after(() => connection.destroy())
      connection.send(
        `GET /aisp/accounts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      )
      const answer = await connection.answer()
      connection.destroy()
      return answer?.status ?? 0
    }
    const wrong: string[] = []
    for (const { name, token, accepted, stricter: why } of CASES) {
      const theirs = await statusOf(envoy.port, token)
      const ours = await statusOf(rig.port, token)
      if (ours !== (accepted ? 200 : 401)) wrong.push(`${name}: ours ${ours}`)
      // They answer 403 where only the audience is wrong.
      if ((theirs === 200) !== (accepted || why !== undefined))
        wrong.push(`${name}: theirs ${theirs}`)
    }
    assert.deepEqual(wrong, [])
    const allowed = CASES.filter(({ accepted }) => accepted).length
    assert.equal(rig.upstream.seen.length, allowed, 'the bank heard of those alone')
  },
)
