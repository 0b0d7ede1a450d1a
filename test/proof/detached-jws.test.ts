/** Detached JWS of UK Open Banking: what is taken, and every way in which one is not what it says. */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { constants, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseKeySet, verifyDetachedJws } from '../../src/proof/index.ts'
import { jwks, segment, signingKey } from '../support/token-issuer.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const IAT = 'http://openbanking.org.uk/iat'
const ISS = 'http://openbanking.org.uk/iss'
const TAN = 'http://openbanking.org.uk/tan'
const KEY = signingKey('sign-1', 'PS256')
const OTHER = signingKey('sign-1', 'PS256')
const EC = signingKey('ec-1', 'ES256')
const KEYS = parseKeySet(jwks(KEY, EC))?.keys ?? []
const BODY = '{"Data":{"Amount":"10.00","Name":"Zoë"}}'
const HEADER = {
  typ: 'JOSE',
  alg: 'PS256',
  kid: 'sign-1',
  cty: 'application/json',
  [IAT]: 1_700_000_000,
  [ISS]: 'org/app',
  [TAN]: 'openbanking.org.uk',
  crit: [IAT, ISS, TAN],
}

interface Making {
  readonly key?: typeof KEY
  readonly body?: string
  readonly raw?: boolean
  readonly saltLength?: number
}

function made(
  header: unknown = HEADER,
  { key = KEY, body = BODY, raw = false, saltLength = 32 }: Making = {},
): string {
  const encoded = segment(header)
  const data = Buffer.from(`${encoded}.${raw ? body : segment(body)}`)
  const options = { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  const bytes =
    key.alg === 'PS256'
      ? sign('sha256', data, options)
      : sign('sha256', data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${encoded}..${bytes.toString('base64url')}`
}

function verdict(field: string, body = BODY): string {
  const judged = verifyDetachedJws(field, body, KEYS)
  return judged.ok ? 'ok' : judged.fault
}
const without = (name: string): unknown =>
  Object.fromEntries(Object.entries(HEADER).filter(([key]) => key !== name))

test('a good signature says by which key, when, by whom and under which trust anchor', () => {
  assert.deepEqual(verifyDetachedJws(made(), BODY, KEYS), {
    ok: true,
    kid: 'sign-1',
    issuer: 'org/app',
    trustAnchor: 'openbanking.org.uk',
    issuedAt: 1_700_000_000,
    unencoded: false,
  })
  const { typ: _, cty: __, ...least } = HEADER
  assert.equal(verdict(made(least)), 'ok')
  assert.equal(verdict(made({ ...HEADER, crit: [TAN, IAT, ISS] })), 'ok')
  assert.equal(verdict(made(HEADER, { body: '' }), ''), 'ok')
})

test('a body signed as it is (RFC 7797) says so, and only with b64 among what is critical', () => {
  const header = { ...HEADER, b64: false, crit: ['b64', IAT, ISS, TAN] }
  const judged = verifyDetachedJws(made(header, { raw: true }), BODY, KEYS)
  assert.ok(judged.ok && judged.unencoded)
  assert.equal(verdict(made(header)), 'signature', 'encoded after all')
  assert.equal(verdict(made({ ...HEADER, b64: false }, { raw: true })), 'critical')
  assert.equal(verdict(made({ ...header, b64: true })), 'ok')
  assert.equal(verdict(made({ ...header, b64: 'false' }, { raw: true })), 'malformed')
  assert.equal(verdict(made({ ...HEADER, crit: ['b64', IAT, ISS, TAN] })), 'critical')
  assert.equal(verdict(made(HEADER, { raw: true })), 'signature')
})

test('another body, another key, another algorithm', () => {
  assert.equal(verdict(made(), `${BODY} `), 'signature')
  assert.equal(verdict(made(), BODY.replace('10.00', '10.0')), 'signature')
  assert.equal(verdict(made(), BODY.normalize('NFD')), 'signature')
  assert.equal(verdict(made(), ''), 'signature')
  assert.equal(verdict(made(HEADER, { key: OTHER })), 'signature')
  assert.equal(verdict(made(HEADER, { saltLength: 20 })), 'signature')
  assert.equal(verdict(made({ ...HEADER, kid: 'sign-2' })), 'key-unknown')
  assert.equal(verdict(made({ ...HEADER, kid: 'ec-1' })), 'key-unknown')
  assert.equal(verifyDetachedJws(made(), BODY, []).ok, false)
  for (const alg of ['none', 'RS256', 'HS256', 'ES256', 'ps256', 256, null])
    assert.equal(verdict(made({ ...HEADER, alg })), 'algorithm', String(alg))
  assert.equal(verdict(made({ ...HEADER, alg: 'ES256', kid: 'ec-1' }, { key: EC })), 'algorithm')
  assert.equal(verdict(made(without('alg'))), 'algorithm')
})

test('critical headers: each claim is there and marked, and nothing is that is not understood', () => {
  for (const name of [IAT, ISS, TAN]) {
    assert.equal(verdict(made(without(name))), 'malformed', name)
    assert.equal(
      verdict(made({ ...HEADER, crit: HEADER.crit.filter((one) => one !== name) })),
      'critical',
    )
  }
  for (const crit of [
    undefined,
    null,
    [],
    {},
    'b64',
    [IAT, ISS, TAN, 'exp'],
    [IAT, ISS, TAN, TAN],
    [IAT, ISS, TAN, 7],
    [IAT, ISS, TAN, 'kid'],
  ])
    assert.equal(verdict(made({ ...HEADER, crit })), 'critical', JSON.stringify(crit))
  for (const changes of [
    { [IAT]: '1700000000' },
    { [ISS]: '' },
    { [ISS]: 7 },
    { [TAN]: null },
    { typ: 'JWT' },
    { cty: 'text/plain' },
    { kid: '' },
    { kid: 7 },
  ])
    assert.equal(verdict(made({ ...HEADER, ...changes })), 'malformed', JSON.stringify(changes))
})

test('what is no detached JWS: an attached payload, other parts, padding, two headers of one name, length', () => {
  const good = made()
  const [head = '', , last = ''] = good.split('.')
  const twice = JSON.stringify(HEADER).replace('"kid"', '"kid":"other","kid"')
  for (const field of [
    '',
    '..',
    head,
    `${head}..`,
    `..${last}`,
    `${head}.${segment(BODY)}.${last}`,
    `${good}.`,
    `${head}...${last}`,
    `${good}=`,
    ` ${good}`,
    `${head}..${last} `,
    `${segment('[]')}..${last}`,
    `${segment('{')}..${last}`,
    made(twice),
    made({ ...HEADER, x: 'x'.repeat(1024) }),
    good.padEnd(8193, 'A'),
  ])
    assert.equal(verdict(field), 'malformed', field.slice(0, 60))
})

test('property: no field but the one that was made is taken, and none makes it throw', () => {
  const good = made()
  const letters = fc.constantFrom(...'ABCxyz012-_.=+/ "')
  fc.assert(
    fc.property(
      fc.nat(good.length - 1),
      letters,
      fc.string({ maxLength: 60 }),
      (at, letter, any) => {
        const changed = `${good.slice(0, at)}${letter}${good.slice(at + 1)}`
        if (changed !== good) assert.notEqual(verdict(changed), 'ok')
        assert.notEqual(verdict(any), 'ok')
      },
    ),
    { numRuns: Math.min(RUNS, 10_000) },
  )
})
