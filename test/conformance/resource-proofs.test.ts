/** `fapi2-security-profile-final-dpop-negative-tests`: what the gateway believes of a proof, one by one. Expected are 400 or 401, and a challenge. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { granted } from './flow.ts'
import { type Answer, now, type Run, startRun, SuiteClient } from './run.ts'

let run: Run
let client: SuiteClient
let token: string
before(async () => {
  run = await startRun()
  client = await SuiteClient.of(run, 'fapi2-dpop')
  ;({ token } = await granted(client))
})
after(() => run.stop())

interface Proof {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly key?: CryptoKey
}
function proofOf({ header = {}, claims = {}, key = client.proofKey.privateKey }: Proof) {
  const { resourceUrl } = client.plan.configuration.resource
  const all = {
    jti: randomUUID(),
    htm: 'GET',
    htu: resourceUrl,
    iat: now(),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...claims,
  }
  const protectedHeader = { alg: 'PS256', typ: 'dpop+jwt', jwk: client.proofKey.open, ...header }
  return new SignJWT(all)
    .setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)) as { alg: string }) // sound: members without a value go
    .sign(key)
}
function refused(answer: Answer, what: string): void {
  assert.ok(answer.status === 400 || answer.status === 401, `${what}: ${answer.status}`)
  assert.match(answer.headers.get('www-authenticate') ?? '', /^DPoP /, `${what}: RFC 9449 §7.1`)
  assert.doesNotMatch(answer.text, /AccountId/, what)
}
const taken = (answer: Answer, what: string): void =>
  assert.equal(answer.status, 200, `${what}: ${answer.text}`)
const call = (proof: string): Promise<Answer> => client.resource(token, { proof })
/** As the suite does it: once more with the nonce, where the gateway wants one. */
async function callAgain(changes: Proof): Promise<Answer> {
  const answer = await call(await proofOf(changes))
  const nonce = answer.headers.get('dpop-nonce')
  if (answer.status !== 401 || nonce === null) return answer
  assert.match(answer.headers.get('www-authenticate') ?? '', /error="use_dpop_nonce"/)
  return call(await proofOf({ ...changes, claims: { ...changes.claims, nonce } }))
}

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.1: the name of the header is not a matter of letters', async () => {
  for (const name of ['DPOP', 'dpop', 'DPoP', 'dPoP'])
    taken(await client.resource(token, { headers: { [name]: await proofOf({}) } }), name)
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-1: two proofs are none', async () => {
  const raw = ['dpop', await proofOf({}), 'dpop', await proofOf({})]
  assert.equal((await client.resource(token, { raw })).status, 400)
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-2: a proof that is no JWT', async () => {
  for (const proof of ['x', 'x.y.z', `${await proofOf({})}.more`]) refused(await call(proof), proof)
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-3: everything that a proof must have', async () => {
  for (const name of ['jti', 'htm', 'htu', 'iat', 'ath'])
    refused(await call(await proofOf({ claims: { [name]: undefined } })), `no ${name}`)
  for (const name of ['typ', 'jwk'])
    refused(await call(await proofOf({ header: { [name]: undefined } })), `no ${name}`)
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-4: the type', async () => {
  for (const typ of ['jwt', 'at+jwt', 'dpop+jwt+x'])
    refused(await call(await proofOf({ header: { typ } })), typ)
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-5: the algorithm', async () => {
  const [, payload] = (await proofOf({})).split('.')
  const header = (alg: string | undefined) =>
    Buffer.from(
      JSON.stringify({ typ: 'dpop+jwt', jwk: client.proofKey.open, ...(alg && { alg }) }),
    ).toString('base64url')
  refused(await call(`${header('none')}.${payload}.`), 'none')
  refused(await call(`${header(undefined)}.${payload}.AAAA`), 'no alg')
  refused(await call(new UnsecuredJWT({ jti: 'x' }).encode()), 'unsecured')
  const rsa = await generateKeyPair('RS256', { extractable: true })
  refused(
    await call(
      await proofOf({
        header: { alg: 'RS256', jwk: await exportJWK(rsa.publicKey) },
        key: rsa.privateKey,
      }),
    ),
    'RS256',
  )
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-6: the signature', async () => {
  const proof = await proofOf({})
  refused(await call(`${proof.slice(0, -12)}AAAAAAAAAAAA`), 'broken')
  const other = await generateKeyPair('PS256')
  refused(await call(await proofOf({ key: other.privateKey })), 'of another key than it shows')
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-7: a private key in the header', async () => {
  refused(await call(await proofOf({ header: { jwk: client.proofKey.secret } })), 'private')
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-8 and 9: for this method and this address, whatever its query', async () => {
  const { resourceUrl } = client.plan.configuration.resource
  const url = new URL(resourceUrl)
  refused(await call(await proofOf({ claims: { htm: 'PUT' } })), 'another method')
  for (const htu of [`${resourceUrl}/other`, 'https://other.example/', url.origin])
    refused(await call(await proofOf({ claims: { htu } })), htu)
  for (const htu of [
    `${resourceUrl}?a=b#fragment`,
    `HTTPS://${url.host.toUpperCase()}${url.pathname}`,
  ])
    taken(await call(await proofOf({ claims: { htu } })), htu)
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-11: the moment, and once', async () => {
  for (const iat of [now() + 3_600, now() - 3_600])
    refused(await call(await proofOf({ claims: { iat } })), `${iat - now()} s`)
  for (const iat of [now() + 8, now() - 8])
    taken(await callAgain({ claims: { iat } }), `${iat - now()} s`)
  const once = await proofOf({ claims: { jti: randomUUID() } })
  taken(await call(once), 'the first time')
  refused(await call(once), 'the second time')
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.3-12: of this token, with its key', async () => {
  const ath = createHash('sha256').update('another token').digest('base64url')
  refused(await call(await proofOf({ claims: { ath } })), 'another token')
  const other = await generateKeyPair('PS256', { extractable: true })
  refused(
    await call(
      await proofOf({ header: { jwk: await exportJWK(other.publicKey) }, key: other.privateKey }),
    ),
    'another key',
  )
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 4.2: what is not known is not looked at', async () => {
  taken(
    await call(await proofOf({ header: { foo: 'bar' }, claims: { foo: 'bar', exp: now() + 60 } })),
    'extra members',
  )
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 7.1: without a proof, or as a bearer token, it opens nothing', async () => {
  refused(await client.resource(token), 'no proof')
  const bearer = await client.resource(token, { scheme: 'Bearer' })
  assert.equal(bearer.status, 401)
  const both = await client.resource(token, { scheme: 'Bearer', proof: await proofOf({}) })
  assert.equal(both.status, 401)
})

test('fapi2-security-profile-final-dpop-negative-tests: in the header alone', async () => {
  const { resourceUrl } = client.plan.configuration.resource
  const proof = await proofOf({})
  const answer = await run.ask(`${resourceUrl}?access_token=${token}`, { headers: { dpop: proof } })
  assert.ok(answer.status === 400 || answer.status === 401)
})

test('fapi2-security-profile-final-dpop-negative-tests: RFC 9449 5: what a proof must be at the token endpoint, and its error', async () => {
  const form = { grant_type: 'refresh_token', refresh_token: (await granted(client)).refreshToken }
  const url = client.endpoint('token_endpoint')
  const bad = await client.post('token_endpoint', form, {
    proof: await client.proof('PUT', url),
  })
  assert.equal(bad.status, 400)
  assert.equal(bad.body['error'], 'invalid_dpop_proof')
  const none = await client.post('token_endpoint', form, { proof: null })
  assert.equal(none.status, 400)
  assert.match(String(none.body['error']), /^invalid_(?:grant|request|dpop_proof)$/)
})
