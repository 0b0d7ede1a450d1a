/** The modules of FAPI 2.0 Message Signing Final that are about signed requests, each by the name that the suite gives it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { refused } from './checks.ts'
import { granted, pushed } from './flow.ts'
import { now, type Objected, type Run, startRun, SuiteClient } from './run.ts'
import { isListed } from './table.ts'

const PLANS = ['signing-dpop', 'signing-mtls-mtls', 'signing-plain']
const HOUR = 3600
let run: Run
before(async () => {
  run = await startRun()
})
after(() => run.stop())

const played: string[] = []
function module(
  name: string,
  plays: (client: SuiteClient, other: SuiteClient) => Promise<void>,
): void {
  for (const plan of PLANS) {
    const title = `fapi2-security-profile-final-${name}: ${plan}`
    played.push(title)
    test(title, async () => {
      await plays(await SuiteClient.of(run, plan), await SuiteClient.of(run, plan, 2))
    })
  }
}
/** A request object that must be refused, with the one error that the suite takes for it. */
function spoilt(
  name: string,
  object: (client: SuiteClient, other: SuiteClient) => Objected,
  codes: readonly string[] = ['invalid_request_object'],
): void {
  module(name, async (client, other) => {
    const { params } = await client.request()
    refused(await client.push(params, { object: object(client, other) }), codes, 400)
  })
}

module('ensure-request-object-with-multiple-aud-succeeds', async (client) => {
  const claims = { aud: [client.issuer, 'https://other1.example.com', 'invalid'] }
  const { token } = await granted(client, {}, { push: { object: { claims } }, redirect: {} })
  assert.equal((await client.read(token)).status, 200)
})
module('ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted', async (client) => {
  const { token } = await granted(client, {}, { push: { object: { claims: { nbf: now() + 8 } } } })
  assert.equal((await client.read(token)).status, 200)
})
spoilt('ensure-request-object-without-exp-fails', () => ({ claims: { exp: undefined } }))
spoilt('ensure-request-object-without-nbf-fails', () => ({ claims: { nbf: undefined } }))
spoilt('ensure-expired-request-object-fails', () => ({ claims: { exp: now() - HOUR } }))
spoilt('ensure-request-object-with-bad-aud-fails', () => ({
  claims: { aud: 'https://www.other1.example.com/' },
}))
spoilt('ensure-request-object-with-exp-over-60-fails', () => ({ claims: { exp: now() + 4200 } }))
spoilt('ensure-request-object-with-nbf-over-60-fails', () => ({ claims: { nbf: now() - 4200 } }))
spoilt('ensure-signed-request-object-with-RS256-fails', (client) => ({
  sign: (claims) => client.signRs256(claims),
}))
spoilt('ensure-request-object-signature-algorithm-is-not-none', () => ({
  sign: (claims) =>
    Promise.resolve(
      `${[{ alg: 'none' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')}.`,
    ),
}))
spoilt('ensure-request-object-with-invalid-signature-fails', (client) => ({
  async sign(claims) {
    const [head = '', body = '', signature = ''] = (await client.sign(claims)).split('.')
    const other = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0x5a)
    return `${head}.${body}.${Buffer.from(other).toString('base64url')}`
  },
}))
spoilt(
  'ensure-matching-key-in-authorization-request',
  (_, other) => ({ sign: (claims) => other.sign(claims) }),
  ['invalid_request', 'invalid_request_object'],
)
spoilt('par-authorization-request-containing-request_uri', () => ({
  claims: { request_uri: 'urn%3Aexample%3Abwc4JK-ESC0w8acc191e-Y1LTC2' },
}))
module('ensure-unsigned-request-at-par-endpoint-fails', async (client) => {
  const { params } = await client.request()
  const answer = await client.post('pushed_authorization_request_endpoint', params)
  refused(answer, ['invalid_request'], 400)
  // And signed it is taken.
  await pushed(client, params)
})

test('modules.md lists what is played here', () => {
  isListed('FAPI 2.0 Message Signing Final', played)
})
