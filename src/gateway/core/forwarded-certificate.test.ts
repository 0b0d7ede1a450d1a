import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { CertificateFact } from '../../decide/index.ts'
import { FORWARDED_CACHE_LIMIT, forwardedChain, forwardedJudge } from './forwarded-certificate.ts'

const LEAF = Buffer.from('leaf of a client')
const ABOVE = Buffer.from('its authority')
const sf = (bytes: Buffer): string => `:${bytes.toString('base64')}:`
const pem = (...all: Buffer[]): string =>
  encodeURIComponent(
    all
      .map(
        (one) =>
          `-----BEGIN CERTIFICATE-----\n${one.toString('base64')}\n-----END CERTIFICATE-----\n`,
      )
      .join(''),
  )

function read(header: 'client-cert' | 'x-forwarded-client-cert', ...raw: string[]): string {
  const chain = forwardedChain(header, raw)
  return chain === undefined
    ? 'refused'
    : chain.map((one) => Buffer.from(one).toString()).join(' < ')
}
const rfc = (...raw: string[]): string => read('client-cert', ...raw)
const xfcc = (...values: string[]): string =>
  read('x-forwarded-client-cert', ...values.flatMap((value) => ['X-Forwarded-Client-Cert', value]))

test('`forwardedChain` reads Client-Cert and Client-Cert-Chain (RFC 9440)', () => {
  assert.equal(rfc(), '')
  assert.equal(rfc('Client-Cert', sf(LEAF)), 'leaf of a client')
  assert.equal(
    rfc('client-cert', sf(LEAF), 'CLIENT-CERT-CHAIN', sf(ABOVE)),
    'leaf of a client < its authority',
  )
  assert.equal(
    rfc('client-cert', sf(LEAF), 'client-cert-chain', `${sf(ABOVE)}, ${sf(ABOVE)}`).split(' < ')
      .length,
    3,
  )
})

for (const [what, ...raw] of [
  ['two certificates', 'client-cert', sf(LEAF), 'Client-Cert', sf(ABOVE)],
  ['a chain of nobody', 'client-cert-chain', sf(ABOVE)],
  ['a list', 'client-cert', `${sf(LEAF)}, ${sf(ABOVE)}`],
  ['no colons', 'client-cert', LEAF.toString('base64')],
  ['base64url', 'client-cert', ':a_-b:'],
  ['nothing between colons', 'client-cert', '::'],
  ['parameters', 'client-cert', `${sf(LEAF)};a=1`],
  ['an empty value', 'client-cert', ''],
  ['a broken chain', 'client-cert', sf(LEAF), 'client-cert-chain', `${sf(ABOVE)},`],
  [
    'too long a chain',
    'client-cert',
    sf(LEAF),
    'client-cert-chain',
    Array.from({ length: 10 }, () => sf(ABOVE)).join(','),
  ],
] as const)
  test(`\`forwardedChain\` refuses Client-Cert with ${what}`, () =>
    assert.equal(rfc(...raw), 'refused'))

test('`forwardedChain` reads the one element that Envoy sets', () => {
  assert.equal(xfcc(), '')
  assert.equal(
    xfcc(`Hash=${'a'.repeat(64)};Cert="${pem(LEAF)}";Subject="CN=a\\"b,O=c";URI=;DNS=a.b;DNS=c.d`),
    'leaf of a client',
  )
  assert.equal(
    xfcc(`Cert="${pem(LEAF)}";Chain="${pem(LEAF, ABOVE)}"`),
    'leaf of a client < its authority',
  )
})

for (const [what, ...values] of [
  ['no certificate', `Hash=${'a'.repeat(64)}`],
  ['two elements', `Cert="${pem(LEAF)}",Cert="${pem(ABOVE)}"`],
  ['an element of somebody before', `By=x;Hash=y,Cert="${pem(LEAF)}"`],
  ['two headers', `Cert="${pem(LEAF)}"`, `Cert="${pem(ABOVE)}"`],
  ['two certificates', `Cert="${pem(LEAF)}";Cert="${pem(ABOVE)}"`],
  ['two certificates in one', `Cert="${pem(LEAF, ABOVE)}"`],
  ['an open quote', `Cert="${pem(LEAF)}`],
  ['broken escapes', 'Cert="%zz"'],
  ['nothing', ''],
] as const)
  test(`\`forwardedChain\` refuses x-forwarded-client-cert with ${what}`, () =>
    assert.equal(xfcc(...values), 'refused'))

test('`forwardedChain` never throws, and takes no time', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          'Cert=',
          '"',
          ';',
          ',',
          '\\',
          ':',
          '=',
          '%2D',
          'a',
          'Chain=',
          pem(LEAF),
          sf(LEAF),
        ),
        { maxLength: 30 },
      )
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, text, (one, two) => {
      for (const header of ['client-cert', 'x-forwarded-client-cert'] as const)
        forwardedChain(header, [header, one, 'client-cert-chain', two])
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
  const before = process.cpuUsage().user
  xfcc('a='.repeat(8_000))
  xfcc(`a="${'\\"'.repeat(8_000)}`)
  assert.ok(process.cpuUsage().user - before < 200_000)
})

test('`forwardedJudge` judges the same certificate once, and again when something else is trusted', () => {
  let version = 1
  let judged = 0
  const judge = forwardedJudge(
    'client-cert',
    () => version,
    (chain): CertificateFact => {
      judged++
      return chain.length === 0
        ? { kind: 'absent' }
        : { kind: 'untrusted', thumbprint: 'x', why: 'y' }
    },
  )
  const raw = ['client-cert', sf(LEAF)]
  assert.equal(judge(raw), judge(raw))
  assert.equal(judged, 1)
  judge([...raw, 'client-cert-chain', sf(ABOVE)])
  assert.equal(judged, 2)
  version = 2
  judge(raw)
  assert.equal(judged, 3)
  assert.equal(judge([]).kind, 'absent')
  const unreadable = judge(['client-cert', 'x'])
  assert.ok(unreadable.kind === 'untrusted' && unreadable.thumbprint === '')
  for (let at = 0; at <= FORWARDED_CACHE_LIMIT; at++)
    judge(['client-cert', sf(Buffer.from(`c${at}`))])
  const before = judged
  judge(raw)
  assert.equal(judged, before + 1, 'the oldest was forgotten')
})
