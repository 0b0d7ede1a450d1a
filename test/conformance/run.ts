/**
 * A small run of the conformance suite: starts what `npm run conformance` starts, reads what `npm run -s conformance:config` prints, and knows
 * nothing else. Everything goes over real TLS; assertions, proofs and requests are made with `jose`, so that each can be spoilt.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { isFree } from '../support/free-port.ts'
import { until } from '../support/until.ts'
import type { Scripted } from './browser.ts'

const TOOLS = join(import.meta.dirname, '..', '..', 'tools', 'conformance')
const START_LIMIT_MS = 90_000
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const now = (): number => Math.floor(Date.now() / 1000)

export interface Identity {
  readonly cert: string
  readonly key: string
  readonly ca: string
}
export interface Printed {
  readonly alias: string
  readonly server: { readonly discoveryUrl: string }
  readonly client: PrintedClient
  readonly client2: PrintedClient
  readonly mtls: Identity
  readonly mtls2: Identity
  readonly resource: {
    readonly resourceUrl: string
    readonly richAuthorizationRequest?: readonly object[]
  }
  readonly automated_ciba_approval_url?: string
  readonly override?: Readonly<
    Record<
      string,
      {
        readonly client?: PrintedClient
        readonly client2?: PrintedClient
        readonly browser?: readonly Scripted[]
      }
    >
  >
  readonly browser?: readonly Scripted[]
}
export interface PrintedClient {
  readonly client_id: string
  readonly scope: string
  readonly jwks: {
    readonly keys: readonly (JWK & { readonly alg: string; readonly kid: string })[]
  }
  readonly hint_type?: string
  readonly hint_value?: string
}
export interface PrintedPlan {
  readonly name: string
  readonly plan: string
  readonly run: string
  readonly variant: Readonly<Record<string, string>>
  readonly redirectUris: readonly string[]
  readonly configuration: Printed
}
export interface Output extends Printed {
  readonly issuer: string
  readonly resourceUrl: string
  readonly suite: string
  readonly plans: readonly PrintedPlan[]
}
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Record<string, unknown>
}
export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly certificate?: Identity | undefined
  /** Headers as they go on the wire, names and all. */
  readonly raw?: readonly string[]
}
export interface Run {
  readonly output: Output
  plan(name: string): PrintedPlan
  ask(url: string, sent?: Sent): Promise<Answer>
  readonly ca: string
  /** What the server said on stderr, for a test that failed. */
  said(): string
  stop(): Promise<void>
}

export function printed(words: readonly string[]): Output {
  const text = execFileSync(process.execPath, [join(TOOLS, 'config.ts'), ...words], {
    encoding: 'utf8',
    maxBuffer: 8 << 20,
  })
  return JSON.parse(text) as Output // sound: the members are compared with what the suite reads, below and in config.test.ts
}

/** Three free ports in a row, as far as anybody can know. */
async function freePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const base = 20_000 + (randomBytes(2).readUInt16BE() % 12_000)
    const free = await Promise.all([0, 1, 2].map((add) => isFree(base + add)))
    if (free.every(Boolean)) return base
  }
  throw new Error('no free ports')
}

/** One server for all tests of a file. */
export async function startRun(more: readonly string[] = []): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-conformance-'))
  const words = ['--folder', folder, '--port', String(await freePorts()), ...more]
  const output = printed(words)
  const child = spawn(process.execPath, [join(TOOLS, 'start.ts'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    }
    rmSync(folder, { recursive: true, force: true })
  }
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await readyLine(child)
  // Proofs say the second they were made in, and those of the second of the start may be from before it: they need a nonce.
  const second = Math.floor(Date.now() / 1000)
  await until(() => Math.floor(Date.now() / 1000) > second)
  const ca = readFileSync(join(folder, 'keys', 'server', 'ca.pem'), 'utf8')
  return {
    output,
    ca,
    said: () => said,
    stop,
    plan(name) {
      const found = output.plans.find((plan) => plan.name === name)
      assert.ok(found, name)
      return found
    },
    ask: (url, sent) => send(url, ca, sent),
  }
}

function readyLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let err = ''
    const limit = setTimeout(() => reject(new Error(`not ready: ${err}`)), START_LIMIT_MS)
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
    assert.ok(child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.includes('"ready":true')) return
      clearTimeout(limit)
      resolve()
    })
    child.once('exit', (code) => {
      clearTimeout(limit)
      reject(new Error(`stopped with ${code}: ${err}`))
    })
  })
}

function send(address: string, ca: string, sent: Sent = {}): Promise<Answer> {
  const url = new URL(address)
  const body = sent.form === undefined ? '' : new URLSearchParams(sent.form).toString()
  const method = sent.method ?? (sent.form === undefined ? 'GET' : 'POST')
  const headers = [
    'host',
    url.host,
    ...(sent.form === undefined ? [] : ['content-type', 'application/x-www-form-urlencoded']),
    ...(method === 'GET' ? [] : ['content-length', String(Buffer.byteLength(body))]),
    ...Object.entries(sent.headers ?? {}).flat(),
    ...(sent.raw ?? []),
  ]
  return new Promise((resolve, reject) => {
    const { certificate } = sent
    const asked = httpsRequest(
      {
        host: '127.0.0.1',
        port: url.port,
        servername: url.hostname,
        ca,
        agent: false,
        method,
        path: url.pathname + url.search,
        headers,
        ...(certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key }),
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          const got = new Headers()
          for (const [name, values = []] of Object.entries(response.headersDistinct))
            for (const value of values) got.append(name, value)
          resolve({
            status: response.statusCode ?? 0,
            headers: got,
            text,
            body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}, // sound: it begins as an object
          })
        })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Of DPoP; RSA, as `dpop_signing_alg` says. Making one takes its time, so each of the two clients has one in all tests of a file. */
interface ProofKey {
  readonly privateKey: CryptoKey
  readonly open: JWK
  readonly secret: JWK
}
const proofKeys: Partial<Record<1 | 2, Promise<ProofKey>>> = {}
async function newProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true })
  return { privateKey, open: await exportJWK(publicKey), secret: await exportJWK(privateKey) }
}

/** What a test changes of a request to the server; `null`: it goes without. */
export interface Posted {
  readonly method?: string
  readonly assertion?: string | null
  readonly proof?: string | null
  readonly certificate?: Identity | null
  /** Beside, or in place of, what there is. */
  readonly form?: Readonly<Record<string, string>>
}
/** What a test changes of a request object; a claim that is `undefined` is not there. */
export interface Objected {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly sign?: (claims: JWTPayload) => Promise<string>
}

/** One client of the suite, with the keys that were printed for it. */
export class SuiteClient {
  readonly run: Run
  readonly plan: PrintedPlan
  readonly printed: PrintedClient
  readonly identity: Identity
  readonly redirectUri: string
  readonly which: 1 | 2
  proofKey!: ProofKey
  #metadata: Record<string, unknown> = {}
  #key!: CryptoKey

  private constructor(run: Run, plan: PrintedPlan, which: 1 | 2, client?: PrintedClient) {
    const { configuration } = plan
    this.run = run
    this.plan = plan
    this.which = which
    this.printed = client ?? (which === 1 ? configuration.client : configuration.client2)
    this.identity = which === 1 ? configuration.mtls : configuration.mtls2
    this.redirectUri = plan.redirectUris[which - 1] ?? ''
  }
  static async of(run: Run, name: string, which: 1 | 2 = 1, client?: PrintedClient) {
    const made = new SuiteClient(run, run.plan(name), which, client)
    const discovery = await run.ask(made.plan.configuration.server.discoveryUrl)
    assert.equal(discovery.status, 200)
    made.#metadata = discovery.body
    const [jwk] = made.printed.jwks.keys
    assert.ok(jwk)
    made.#key = (await importJWK(jwk, 'PS256')) as CryptoKey // sound: an RSA key is no bytes
    made.proofKey = await (proofKeys[which] ??= newProofKey())
    return made
  }
  get id(): string {
    return this.printed.client_id
  }
  get metadata(): Readonly<Record<string, unknown>> {
    return this.#metadata
  }
  get issuer(): string {
    return String(this.#metadata['issuer'])
  }
  get #certain(): boolean {
    const { client_auth_type: auth, sender_constrain: bound } = this.plan.variant
    return auth === 'mtls' || bound !== 'dpop'
  }
  get proves(): boolean {
    return this.plan.variant['sender_constrain'] === 'dpop'
  }
  /** RFC 8705 §5: the alias, where certificates are used. */
  endpoint(name: string): string {
    const aliases = Object(this.#metadata['mtls_endpoint_aliases']) as Record<string, unknown> // sound: an object by RFC 8705
    const alias = this.#certain ? aliases[name] : undefined
    return String(alias ?? this.#metadata[name])
  }
  sign(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
    const kid = this.printed.jwks.keys[0]?.kid
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'PS256', kid, ...header } as { alg: string })
      .sign(this.#key)
  }
  /** With its key, by an algorithm that FAPI does not allow. */
  async signRs256(claims: JWTPayload): Promise<string> {
    const [{ alg: _, kid, ...jwk } = { alg: '', kid: '' }] = this.printed.jwks.keys
    const key = await importJWK(jwk, 'RS256')
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(key)
  }
  /** A claim that is `undefined` is not there. */
  assertion(endpoint: string, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    // FAPI 1 and CIBA name the endpoint, FAPI 2 the issuer.
    const aud = this.plan.plan.startsWith('fapi2') ? this.issuer : endpoint
    const { id } = this
    const whole: JWTPayload = {
      iss: id,
      sub: id,
      aud,
      jti: randomUUID(),
      iat: now(),
      exp: now() + 60,
      ...claims,
    }
    for (const [name, value] of Object.entries(whole)) if (value === undefined) delete whole[name]
    return this.sign(whole)
  }
  async proof(
    method: string,
    url: string,
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    return new SignJWT({ jti: randomUUID(), htm: method, htu: url, iat: now(), ...claims })
      .setProtectedHeader({ alg: 'PS256', typ: 'dpop+jwt', jwk: this.proofKey.open })
      .sign(this.proofKey.privateKey)
  }
  async post(
    endpoint: string,
    form: Readonly<Record<string, string>>,
    more: Posted = {},
  ): Promise<Answer> {
    const url = this.endpoint(endpoint)
    const mtls = this.plan.variant['client_auth_type'] === 'mtls'
    const whole: Record<string, string> = { ...form }
    if (mtls) whole['client_id'] = this.id
    else if (more.assertion !== null) {
      whole['client_assertion_type'] = ASSERTION
      whole['client_assertion'] =
        more.assertion ?? (await this.assertion(String(this.#metadata[endpoint])))
    }
    const headers: Record<string, string> = {}
    if (typeof more.proof === 'string') headers['dpop'] = more.proof
    else if (this.proves && endpoint === 'token_endpoint' && more.proof !== null)
      headers['dpop'] = await this.proof('POST', url)
    const own = this.#certain ? this.identity : undefined
    const certificate = more.certificate === null ? undefined : (more.certificate ?? own)
    const { method = 'POST' } = more
    return this.run.ask(url, { method, form: { ...whole, ...more.form }, headers, certificate })
  }
  /** What the suite puts into an authorization request; signed, where the plan is about signed ones. */
  async request(changes: Readonly<Record<string, string | undefined>> = {}) {
    const verifier = randomBytes(32).toString('base64url')
    const details = this.plan.configuration.resource.richAuthorizationRequest
    const params = Object.fromEntries(
      Object.entries({
        client_id: this.id,
        response_type: 'code',
        redirect_uri: this.redirectUri,
        scope: this.printed.scope,
        state: randomBytes(16).toString('hex'),
        ...(this.printed.scope.includes('openid')
          ? { nonce: randomBytes(16).toString('hex') }
          : {}),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...(this.plan.variant['fapi_response_mode'] === 'jarm' ? { response_mode: 'jwt' } : {}),
        ...(details === undefined ? {} : { authorization_details: JSON.stringify(details) }),
        ...changes,
      }).filter((pair): pair is [string, string] => pair[1] !== undefined),
    )
    return { verifier, params }
  }
  get signs(): boolean {
    return (
      this.plan.variant['fapi_request_method'] === 'signed_non_repudiation' ||
      this.plan.plan.startsWith('fapi1')
    )
  }
  /** The first client says no `iat`; the second does, and says the type (RFC 9101 §10.8). */
  async requestObject(
    params: Readonly<Record<string, unknown>>,
    { claims = {}, sign }: Objected = {},
  ): Promise<string> {
    const at = now()
    const whole: JWTPayload = {
      iss: this.id,
      aud: this.issuer,
      ...(this.which === 2 ? { iat: at } : {}),
      nbf: at,
      exp: at + 300,
      ...params,
      ...claims,
    }
    for (const [name, value] of Object.entries(whole)) if (value === undefined) delete whole[name]
    if (sign !== undefined) return sign(whole)
    return this.sign(whole, this.which === 2 ? { typ: 'oauth-authz-req+jwt' } : {})
  }
  async push(
    params: Readonly<Record<string, string>>,
    { object, ...more }: Posted & { readonly object?: Objected } = {},
  ): Promise<Answer> {
    const endpoint = 'pushed_authorization_request_endpoint'
    if (!this.signs) return this.post(endpoint, params, more)
    const request = await this.requestObject(params, object)
    return this.post(endpoint, { client_id: this.id, request }, more)
  }
  /** The suite says again what OAuth needs (`more`), if the test is not about that. */
  authorizeUrl(requestUri: string, more: Readonly<Record<string, string>> = {}): string {
    const query = new URLSearchParams({ client_id: this.id, request_uri: requestUri, ...more })
    return `${String(this.#metadata['authorization_endpoint'])}?${query}`
  }
  resource(
    token: string,
    more: {
      readonly scheme?: string
      readonly proof?: string | null
      readonly certificate?: Identity | null
      readonly url?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly raw?: readonly string[]
    } = {},
  ): Promise<Answer> {
    const url = more.url ?? this.plan.configuration.resource.resourceUrl
    const own = this.proves ? undefined : this.identity
    return this.run.ask(url, {
      headers: {
        authorization: `${more.scheme ?? (this.proves ? 'DPoP' : 'Bearer')} ${token}`,
        ...(typeof more.proof === 'string' ? { dpop: more.proof } : {}),
        ...more.headers,
      },
      certificate: more.certificate === null ? undefined : (more.certificate ?? own),
      ...(more.raw === undefined ? {} : { raw: more.raw }),
    })
  }
  resourceProof(token: string, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.proof('GET', this.plan.configuration.resource.resourceUrl, {
      ath: createHash('sha256').update(token).digest('base64url'),
      ...claims,
    })
  }
  /** As the happy flow does it: a gateway that began in this very second asks for a nonce, and gets it (RFC 9449 §9). */
  async read(
    token: string,
    {
      claims,
      ...more
    }: {
      readonly claims?: Readonly<Record<string, unknown>>
      readonly scheme?: string
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ): Promise<Answer> {
    if (!this.proves) return this.resource(token, more)
    const answer = await this.resource(token, {
      ...more,
      proof: await this.resourceProof(token, claims),
    })
    const nonce = answer.headers.get('dpop-nonce')
    const why = answer.headers.get('www-authenticate') ?? ''
    if (answer.status !== 401 || nonce === null || !why.includes('"use_dpop_nonce"')) return answer
    return this.resource(token, {
      ...more,
      proof: await this.resourceProof(token, { ...claims, nonce }),
    })
  }
}
