import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keySetUrl, metadataUrls } from './issuer-metadata.ts'

const addresses: readonly (readonly [string, readonly string[]])[] = [
  [
    'https://login.bank.example',
    [
      'https://login.bank.example/.well-known/openid-configuration',
      'https://login.bank.example/.well-known/oauth-authorization-server',
    ],
  ],
  [
    'https://login.bank.example:8443/realms/bank/',
    [
      'https://login.bank.example:8443/realms/bank/.well-known/openid-configuration',
      'https://login.bank.example:8443/.well-known/oauth-authorization-server/realms/bank',
    ],
  ],
  [
    'http://127.0.0.1:9081/a',
    [
      'http://127.0.0.1:9081/a/.well-known/openid-configuration',
      'http://127.0.0.1:9081/.well-known/oauth-authorization-server/a',
    ],
  ],
  ['http://login.bank.example', []],
  ['https://login.bank.example?tenant=1', []],
  ['https://login.bank.example#a', []],
  ['https://user:secret@login.bank.example', []],
  ['bank', []],
  ['file:///etc/issuer', []],
]
for (const [issuer, urls] of addresses)
  test(`\`metadataUrls\` of ${issuer}`, () => assert.deepEqual(metadataUrls(issuer), urls))

const ISSUER = 'https://login.bank.example'
const metadata = (changes: object): string =>
  JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks.json`, ...changes })
const texts: readonly (readonly [string, string, string | undefined])[] = [
  ['its keys', metadata({}), `${ISSUER}/jwks.json`],
  [
    'its keys at another host',
    metadata({ jwks_uri: 'https://keys.example/a?b=c' }),
    'https://keys.example/a?b=c',
  ],
  ['another issuer', metadata({ issuer: 'https://login.bank.example/other' }), undefined],
  ['the issuer with a slash more', metadata({ issuer: `${ISSUER}/` }), undefined],
  ['the issuer in capitals', metadata({ issuer: ISSUER.toUpperCase() }), undefined],
  ['no issuer', metadata({ issuer: undefined }), undefined],
  [
    'an issuer twice',
    `{"issuer":"https://evil.example","issuer":"${ISSUER}","jwks_uri":"https://evil.example"}`,
    undefined,
  ],
  ['no keys', metadata({ jwks_uri: undefined }), undefined],
  ['keys in clear', metadata({ jwks_uri: 'http://login.bank.example/jwks.json' }), undefined],
  ['keys on this machine', metadata({ jwks_uri: 'http://127.0.0.1:8080/jwks.json' }), undefined],
  ['keys in a file', metadata({ jwks_uri: 'file:///etc/jwks.json' }), undefined],
  ['keys behind a password', metadata({ jwks_uri: 'https://a:b@login.bank.example' }), undefined],
  ['a list', '[]', undefined],
  ['nothing', '', undefined],
  ['a page', '<html>', undefined],
]
for (const [what, text, url] of texts)
  test(`\`keySetUrl\` of ${what}`, () => assert.equal(keySetUrl(text, ISSUER), url))

test('`keySetUrl` of an issuer on loopback may stay in clear', () => {
  const issuer = 'http://127.0.0.1:9081'
  const text = JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks.json` })
  assert.equal(keySetUrl(text, issuer), `${issuer}/jwks.json`)
})
