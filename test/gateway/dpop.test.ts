/** DPoP at the resource server, over real sockets: `dpop.case` line by line, and what one line cannot tell. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { type ActiveApi, type Plan, type PlanRule, prepare } from '../../src/decide/index.ts'
import { NONCE_SECONDS } from '../../src/gateway/core/dpop-nonces.ts'
import { aisPlan } from '../support/ais-plan.ts'
import { type DpopClient, dpopClient, makeProof, proofClaims } from '../support/dpop-client.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { hmacSigned, segment, signed, signingKey } from '../support/token-issuer.ts'

const ORIGINS = ['https://api.bank.example', 'https://second.bank.example']
const URL = 'https://api.bank.example/aisp/accounts/A1'
const PATH = '/aisp/accounts/A1'

let client: DpopClient
let other: DpopClient
before(async () => {
  client = await dpopClient()
  other = await dpopClient()
})

interface Setting {
  readonly rule: 'enforce' | 'observe' | 'none' | 'mtls'
  readonly nonce: 'optional' | 'required'
  readonly origins: readonly string[]
}
const USUAL: Setting = { rule: 'enforce', nonce: 'optional', origins: ORIGINS }

function withDpop(plan: Plan, { rule, nonce, origins }: Setting): Plan {
  const constrained: PlanRule = {
    name: 'token.senderConstrained',
    control: 'token-sender-constrained',
    mode: rule === 'observe' ? 'observe' : 'enforce',
    origin: { level: 'api', source: 'test' },
    params: {
      methods: rule === 'mtls' ? ['mtls'] : ['mtls', 'dpop'],
      maxAgeSeconds: 60,
      maxAheadSeconds: 10,
      nonce,
    },
  }
  const apis = plan.apis.map((api): Plan['apis'][number] => {
    if (api.state !== 'active') return api
    const rules = [...api.rules, constrained]
    const after = api.rules.findIndex(({ name }) => name === 'token.lifetime')
    const operations = api.operations.map((operation): ActiveApi['operations'][number] => {
      const at = operation.rules.indexOf(after)
      if (rule === 'none' || at < 0) return operation
      const list = [...operation.rules]
      list.splice(at + 1, 0, rules.length - 1)
      return { ...operation, rules: list }
    })
    return { ...api, rules, operations, ...(origins.length > 0 && { publicOrigins: origins }) }
  })
  return { ...plan, apis }
}

async function dpopRig(t: TestContext, setting: Partial<Setting> = {}): Promise<Rig> {
  const rig = await gatewayRig(t)
  const plan = aisPlan({ upstream: rig.upstream.origin })
  rig.swap(prepare(withDpop(plan, { ...USUAL, ...setting }), { regex: linearRegex }))
  rig.feed.addConsent('consent-1', { accounts: new Set(['A1', 'A2']) })
  return rig
}

interface Sent {
  readonly scheme?: string
  readonly token: string
  readonly host?: string
  readonly headers: readonly string[]
}

async function send(rig: Rig, { scheme = 'DPoP', token, host, headers }: Sent): Promise<RawAnswer> {
  const connection = rig.connect()
  const lines = [
    `GET ${PATH} HTTP/1.1`,
    `Host: ${host ?? 'internal:8080'}`,
    `Authorization: ${scheme} ${token}`,
    ...headers,
  ]
  connection.send(`${lines.join('\r\n')}\r\n\r\n`)
  const answer = await connection.answer(false)
  connection.destroy()
  assert.ok(answer)
  return answer
}

const boundToken = (rig: Rig, changes: Readonly<Record<string, unknown>> = {}): string =>
  rig.token({ cnf: { jkt: client.thumbprint }, ...changes })

const seen = (rig: Rig): string => {
  const event = rig.sink.access.at(-1)
  const [first] = event?.failed ?? []
  if (event === undefined) return 'nothing'
  if (event.outcome === 'denied') return event.code ?? ''
  return first === undefined ? String(event.status) : `${event.status} observed ${first.code}`
}

const LINES = readFileSync(join(import.meta.dirname, 'dpop.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('there are cases', () => assert.ok(LINES.length > 90))

for (const line of LINES)
  test(line, async (t) => {
    const [given = '', want = ''] = line.split(' => ')
    const words = new Map(
      given.split(' ').map((word): readonly [string, string] => {
        const at = word.indexOf('=')
        return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)]
      }),
    )
    const rule = words.get('rule')
    const rig = await dpopRig(t, {
      rule: rule === 'none' || rule === 'observe' || rule === 'mtls' ? rule : 'enforce',
      nonce: words.get('nonce') === 'required' ? 'required' : 'optional',
      origins: words.get('origins') === 'none' ? [] : ORIGINS,
    })
    // The gateway has run for a while: proofs of an hour ago are no older than it is.
    rig.clock.advance(7_200_000)
    const signer = await signerOf(words)
    const token = tokenOf(rig, words, signer)
    const proof = await proofOf(rig, words, { token, signer })
    const sent = {
      token,
      headers: headersOf(words, proof),
      ...(words.has('scheme') && { scheme: words.get('scheme') ?? '' }),
      ...(words.has('host') && { host: words.get('host') ?? '' }),
    }
    if (words.has('again')) {
      await send(rig, sent)
    }
    const answer = await send(rig, sent)
    assert.equal(seen(rig), want)
    if (want.startsWith('GH_'))
      assert.equal(JSON.parse(answer.body)['code'], want, 'what the client reads')
    const recorded = JSON.stringify(rig.sink.appended)
    for (const secret of [token, proof]) assert.ok(secret === '' || !recorded.includes(secret))
  })

async function signerOf(words: ReadonlyMap<string, string>): Promise<DpopClient> {
  const keys = words.get('keys')
  if (keys === 'PS256' || keys === 'EdDSA') return dpopClient(keys)
  if (keys === 'RSA1024') return { ...(await dpopClient('PS256')), algorithm: 'RSA1024' }
  return words.get('key') === 'other' ? other : client
}

function tokenOf(rig: Rig, words: ReadonlyMap<string, string>, signer: DpopClient): string {
  const jkt = words.has('keys') ? signer.thumbprint : client.thumbprint
  switch (words.get('token')) {
    case 'unbound':
      return rig.token()
    case 'unknown-binding':
      return rig.token({ cnf: { kid: 'k' } })
    case 'expired':
      return rig.token({ cnf: { jkt }, exp: 1 })
    case 'also-certificate':
      return rig.token({ cnf: { jkt, 'x5t#S256': 'A'.repeat(43) } })
    default:
      return rig.token({ cnf: { jkt } })
  }
}

async function proofOf(
  rig: Rig,
  words: ReadonlyMap<string, string>,
  { token, signer }: { token: string; signer: DpopClient },
): Promise<string> {
  const now = rig.clock.now()
  const of = { method: 'GET', url: URL, token, now }
  const claims: Record<string, unknown> = {}
  const header: Record<string, unknown> = {}
  for (const [name, value] of words) {
    const gone = value === '-'
    if (name === 'typ') header['typ'] = gone ? undefined : value
    if (name === 'kid') header['kid'] = 'key-1'
    if (name === 'crit') Object.assign(header, { crit: ['x'], x: 1 })
    if (name === 'b64') header['b64'] = true
    if (name === 'extra-header') Object.assign(header, { x5t: 'a', custom: { a: [1] } })
    if (name === 'extra-claims') Object.assign(claims, { custom: { a: [1] }, aud: 'x', sub: 's' })
    if (name === 'jwk') header['jwk'] = gone ? undefined : oddKeys(value, signer)
    if (name === 'htm') claims['htm'] = gone ? undefined : value
    if (name === 'htu') claims['htu'] = gone ? undefined : value === 'number' ? 7 : value
    if (name === 'ath') claims['ath'] = gone ? undefined : 'A'.repeat(43)
    if (name === 'jti') claims['jti'] = gone ? undefined : oddIds(value)
    if (name === 'exp' || name === 'nbf') claims[name] = Math.floor(now / 1000) + Number(value)
    if (name === 'iat') {
      const seconds = Math.floor(now / 1000) + Number(value)
      claims['iat'] = gone ? undefined : value === 'text' ? '1' : seconds
    }
    if (name === 'named' && value === 'wrong') claims['nonce'] = 'n'
    if (name === 'named' && value === 'number') claims['nonce'] = 7
    if (name === 'named' && value === 'given') {
      const first = await send(rig, {
        token,
        headers: [`DPoP: ${await makeProof(signer, of)}`],
      })
      claims['nonce'] = first.headers.get('dpop-nonce')
      assert.ok(claims['nonce'])
    }
  }
  return signedAs(words, { of, claims, header, signer })
}

/** What `jose` itself would not sign is put together by hand. */
async function signedAs(
  words: ReadonlyMap<string, string>,
  parts: {
    of: Parameters<typeof makeProof>[1]
    claims: Record<string, unknown>
    header: Record<string, unknown>
    signer: DpopClient
  },
): Promise<string> {
  const { of, claims, header, signer } = parts
  const payload = { ...proofClaims(of), ...claims }
  const heads = { typ: 'dpop+jwt', alg: signer.algorithm, jwk: signer.jwk, ...header }
  const issuer = signingKey('key-1')
  if (words.get('iat') === 'infinite')
    return makeRaw(signer, heads, JSON.stringify(payload).replace(/"iat":\d+/, '"iat":1e999'))
  if (words.get('signer') === 'issuer') return signed(issuer, heads, payload)
  if (words.has('crit') || words.has('b64')) return signed(issuer, heads, payload)
  if (words.get('keys') === 'RSA1024') {
    const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const weak = { kid: 'w', alg: 'PS256' as const, ...pair }
    const jwk = pair.publicKey.export({ format: 'jwk' })
    return signed(weak, { ...heads, alg: 'PS256', jwk }, payload)
  }
  const alg = words.get('alg')
  if (alg === 'HS256') return hmacSigned('secret', { ...heads, alg }, payload)
  if (alg === 'none') return `${segment({ ...heads, alg })}.${segment(payload)}.`
  if (alg !== undefined) {
    const good = await makeProof(signer, of, claims, header)
    const head = { ...heads, alg: alg === '-' ? undefined : alg }
    return [segment(head), ...good.split('.').slice(1)].join('.')
  }
  const good = await makeProof(signer, of, claims, header)
  const [first = '', second = '', third = ''] = good.split('.')
  if (words.get('signature') === 'other')
    return [first, second, (await makeProof(other, of)).split('.')[2]].join('.')
  if (words.get('signature') === 'none') return `${first}.${second}.`
  switch (words.get('proof')) {
    case 'garbage':
      return 'garbage'
    case 'two-parts':
      return `${first}.${second}`
    case 'four-parts':
      return `${good}.${third}`
    case 'padded':
      return `${good}=`
    case 'comma':
      return `${good}, ${good}`
    case '-':
    case 'empty':
      return ''
    default:
      return good
  }
}

async function makeRaw(signer: DpopClient, header: object, payload: string): Promise<string> {
  const { CompactSign } = await import('jose')
  return new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: signer.algorithm, ...header })
    .sign(signer.privateKey)
}

function oddKeys(value: string, { jwk }: DpopClient): unknown {
  const rsa = (): object =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  switch (value) {
    case 'private':
      return { ...jwk, d: 'AAAA' }
    case 'private-rsa':
      return rsa()
    case 'symmetric':
      return { kty: 'oct', k: 'c2VjcmV0' }
    case 'for-encryption':
      return { ...jwk, use: 'enc' }
    case 'secp384r1':
      return { ...jwk, crv: 'P-384' }
    default:
      return 'text'
  }
}

function oddIds(value: string): unknown {
  if (value === 'empty') return ''
  return value === 'number' ? 7 : 'j'.repeat(Number(value))
}

function headersOf(words: ReadonlyMap<string, string>, proof: string): readonly string[] {
  const name = words.get('header') ?? 'DPoP'
  switch (words.get('proof')) {
    case '-':
      return []
    case 'twice':
      return [`${name}: ${proof}`, `${name}: ${proof}`]
    case 'good-and-bad':
      return [`${name}: ${proof}`, `${name}: x`]
    default:
      return [`${name}: ${proof}`]
  }
}

const proofFor = (rig: Rig, token: string, claims: object = {}): Promise<string> =>
  makeProof(client, { method: 'GET', url: URL, token, now: rig.clock.now() }, { ...claims })

test('of 50 requests with one proof at once one is let through', async (t) => {
  const rig = await dpopRig(t)
  const token = boundToken(rig)
  const proof = await proofFor(rig, token)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => send(rig, { token, headers: [`DPoP: ${proof}`] })),
  )
  const through = answers.filter(({ status }) => status === 200)
  assert.equal(through.length, 1)
  assert.equal(answers.filter(({ status }) => status === 401).length, 49)
  assert.equal(rig.upstream.seen.length, 1)
})

test('one jti of two keys is two proofs, and the same again after its time is refused for its time', async (t) => {
  const rig = await dpopRig(t)
  const token = boundToken(rig)
  const proof = await proofFor(rig, token, { jti: 'one' })
  assert.equal((await send(rig, { token, headers: [`DPoP: ${proof}`] })).status, 200)
  const second = rig.token({ cnf: { jkt: other.thumbprint } })
  const theirs = await makeProof(
    other,
    { method: 'GET', url: URL, token: second, now: rig.clock.now() },
    { jti: 'one' },
  )
  assert.equal((await send(rig, { token: second, headers: [`DPoP: ${theirs}`] })).status, 200)
  rig.clock.advance(61_000)
  await send(rig, { token, headers: [`DPoP: ${proof}`] })
  assert.equal(seen(rig), 'GH_GATEWAY_PROOF_TIME')
})

test('a gateway that was started again refuses the proofs of before, and its nonce proves a new one', async (t) => {
  const first = await dpopRig(t)
  const token = boundToken(first)
  const proof = await proofFor(first, token)
  assert.equal((await send(first, { token, headers: [`DPoP: ${proof}`] })).status, 200)
  const second = await gatewayRig(t, { key: first.key, now: first.clock.now() + 2_000 })
  const plan = aisPlan({ upstream: second.upstream.origin })
  second.swap(prepare(withDpop(plan, USUAL), { regex: linearRegex }))
  second.feed.addConsent('consent-1', { accounts: new Set(['A1']) })
  const again = await send(second, { token, headers: [`DPoP: ${proof}`] })
  assert.equal(seen(second), 'GH_GATEWAY_PROOF_NONCE')
  assert.match(again.headers.get('www-authenticate') ?? '', /^DPoP .*error="use_dpop_nonce"/)
  const nonce = again.headers.get('dpop-nonce')
  assert.ok(nonce)
  // A client whose clock is two seconds behind.
  const slow = await proofFor(second, token, { iat: first.clock.now() / 1000, nonce })
  assert.equal((await send(second, { token, headers: [`DPoP: ${slow}`] })).status, 200)
})

test('a wall clock that goes back an hour lets no used proof through', async (t) => {
  const rig = await dpopRig(t)
  const token = rig.token({ cnf: { jkt: client.thumbprint }, exp: 4_000_000_000, iat: 0 })
  const used = await proofFor(rig, token)
  await send(rig, { token, headers: [`DPoP: ${used}`] })
  // Long enough for the id to be forgotten, and back to when the proof was new.
  rig.clock.advance(3_600_000)
  await send(rig, { token, headers: [`DPoP: ${await proofFor(rig, token)}`] })
  rig.clock.setWallClock(-3_600_000)
  const answer = await send(rig, { token, headers: [`DPoP: ${used}`] })
  assert.notEqual(answer.status, 200)
  assert.notEqual(seen(rig), '200')
})

test('nonces are handed out anew before the last one ends, and end', async (t) => {
  const rig = await dpopRig(t, { nonce: 'required' })
  const token = rig.token({ cnf: { jkt: client.thumbprint } })
  const call = async (nonce?: string): Promise<RawAnswer> =>
    send(rig, { token, headers: [`DPoP: ${await proofFor(rig, token, { nonce })}`] })
  const first = (await call()).headers.get('dpop-nonce')
  assert.ok(first)
  assert.equal((await call(first)).headers.get('dpop-nonce'), undefined)
  rig.clock.advance(NONCE_SECONDS * 1_000)
  const aging = await call(first)
  assert.equal(aging.status, 200)
  const next = aging.headers.get('dpop-nonce')
  assert.ok(next !== undefined && next !== first)
  rig.clock.advance(NONCE_SECONDS * 1_000)
  assert.equal((await call(first)).status, 401)
  assert.equal((await call(next)).status, 200)
})

test('challenges tell a client what to do, in the words of RFC 9449 and RFC 6750', async (t) => {
  const rig = await dpopRig(t)
  const token = boundToken(rig)
  const none = await rig.call(PATH, { token: null })
  assert.match(
    none.headers.get('www-authenticate') ?? '',
    /^Bearer realm="[^"]+", DPoP realm="[^"]+", algs="ES256 PS256 EdDSA"$/,
  )
  const bearer = await rig.call(PATH, { token })
  assert.match(
    bearer.headers.get('www-authenticate') ?? '',
    /^Bearer .*error="invalid_token", DPoP .*algs="/,
  )
  const missing = await send(rig, { token, headers: [] })
  assert.match(
    missing.headers.get('www-authenticate') ?? '',
    /^DPoP .*error="invalid_dpop_proof", algs="/,
  )
  const another = await makeProof(other, {
    method: 'GET',
    url: URL,
    token,
    now: rig.clock.now(),
  })
  const key = await send(rig, { token, headers: [`DPoP: ${another}`] })
  assert.match(key.headers.get('www-authenticate') ?? '', /^DPoP .*error="invalid_token", algs="/)
})

test('an event tells what the proof was and never holds it', async (t) => {
  const rig = await dpopRig(t)
  const token = boundToken(rig)
  await send(rig, { token, headers: [`DPoP: ${await proofFor(rig, token, { jti: 'my-jti' })}`] })
  const event = rig.sink.access.at(-1)
  assert.deepEqual(event?.facts?.proof, {
    kind: 'verified',
    key: client.thumbprint,
    ofMethod: true,
    ofToken: true,
    issuedAt: Math.floor(rig.clock.now() / 1000),
    nonce: 'absent',
    use: 'new',
  })
  assert.ok(!JSON.stringify(event).includes('my-jti'))
})
