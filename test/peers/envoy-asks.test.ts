/**
 * The same requests to the Node gateway and to a real Envoy that asks it: the same decision, the same words to the client, the same request at
 * the bank; and Envoy's own count of requests is the count of cases.
 */
import assert from 'node:assert/strict'
import type { AccessEvent } from '../../src/events/index.ts'
import { type AskingEnvoy, askingEnvoy } from '../support/asking-envoy.ts'
import { envoyTest } from '../support/peer-envoy.ts'
import { type RawAnswer, RawConnection } from '../support/raw-http.ts'
import { type ResponderRig, responderRig } from '../support/responder-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'
import { accessToken, signingKey } from '../support/token-issuer.ts'

interface Case {
  readonly name: string
  readonly method?: string
  readonly target: string
  /** `null`: none. */
  readonly token?: string | null
  readonly headers?: readonly string[]
  readonly body?: string
  readonly chunked?: true
  /** Envoy refuses it without asking: no event, and all else alike. */
  readonly unasked?: true
}

const JSON_TYPE = 'Content-Type: application/json'
const NOTE = { method: 'POST', target: '/aisp/accounts/A1/notes', headers: [JSON_TYPE] } as const

function cases(rig: ResponderRig): readonly Case[] {
  const now = rig.clock.now()
  const seconds = Math.floor(now / 1000)
  const good = '/aisp/accounts'
  return [
    { name: 'a read', target: good },
    { name: 'a path parameter', target: '/aisp/accounts/A1' },
    { name: 'an escaped letter', target: '/aisp/accounts/%41%31' },
    {
      name: 'undeclared query parameters',
      target: '/aisp/accounts/A1/transactions?fromBookingDateTime=2026-01-01&x=1&accountId=A9',
    },
    { name: 'open data', target: '/aisp/atms', token: null },
    { name: 'HEAD', method: 'HEAD', target: '/aisp/atms', token: null },
    { name: 'a write', ...NOTE, body: '{"Text":"a"}' },
    { name: 'a write in chunks', ...NOTE, body: '{"Text":"a"}', chunked: true },
    { name: 'no token', target: good, token: null },
    { name: 'nonsense for a token', target: good, token: 'nonsense' },
    { name: 'a key that nobody knows', target: good, token: accessToken(signingKey('x'), now) },
    { name: 'an expired token', target: good, token: rig.token({ exp: seconds - 60 }) },
    { name: 'another audience', target: good, token: rig.token({ aud: 'https://else.example' }) },
    { name: 'another issuer', target: good, token: rig.token({ iss: 'https://else.example' }) },
    { name: 'no scope', target: good, token: rig.token({ scope: 'payments' }) },
    { name: 'a long life', target: good, token: rig.token({ exp: seconds + 90_000 }) },
    { name: 'an unknown client', target: good, token: rig.token({ client_id: 'nobody' }) },
    { name: 'an unknown consent', target: good, token: rig.token({ consent_id: 'nothing' }) },
    { name: 'another customer', target: good, token: rig.token({ sub: 'customer-2' }) },
    { name: 'an account of somebody else', target: '/aisp/accounts/A9' },
    { name: 'a token in the query', target: `${good}?access_token=x` },
    { name: 'no such path', target: '/aisp/nothing' },
    { name: 'no such API', target: '/else' },
    { name: 'a closed API', target: '/broken/accounts' },
    { name: 'no such method', method: 'DELETE', target: good },
    { name: 'TRACE', method: 'TRACE', target: good },
    { name: 'a body that is wrong', ...NOTE, body: '{"Text":1}' },
    { name: 'a body with more', ...NOTE, body: '{"Text":"a","More":1}' },
    { name: 'a body that says a thing twice', ...NOTE, body: '{"Text":"a","Text":"b"}' },
    { name: 'no body', ...NOTE },
    { name: 'another media type', ...NOTE, headers: ['Content-Type: text/plain'], body: 'a' },
    { name: 'two media types', ...NOTE, headers: [JSON_TYPE, JSON_TYPE], body: '{"Text":"a"}' },
    { name: 'a large body', ...NOTE, body: `{"Text":"${'a'.repeat(3_000)}"}`, unasked: true },
    { name: 'a body of a read', target: good, body: '{}' },
    { name: 'two tokens', target: good, headers: [`Authorization: Bearer ${rig.token()}`] },
    { name: 'two proofs', target: good, headers: ['DPoP: a', 'DPoP: b'] },
    { name: 'two hosts', target: good, headers: ['Host: other.example'] },
    {
      name: 'two interaction ids',
      target: good,
      headers: ['x-fapi-interaction-id: a', 'x-fapi-interaction-id: b'],
    },
    ...[
      '//aisp/accounts',
      '/aisp//accounts',
      '/aisp/accounts/',
      '/aisp/./accounts',
      '/aisp/x/../accounts',
      '/aisp/%2e%2e/aisp/accounts',
      '/aisp/accounts/A1%2F..%2FA9',
      '/aisp/accounts/A1%5c..%5cA9',
      '/aisp/accounts/A1%00',
      '/aisp/accounts/%2541',
      '/aisp/accounts/%ff',
      '/aisp/accounts/%zz',
      '/aisp/accounts;x=1',
      '/aisp/accounts%3Bx',
      '/aisp/..;/accounts',
      '/aisp\\accounts',
      '/%61isp/accounts',
      '/AISP/accounts',
      '/aisp/accounts?a=%zz',
    ].map((target): Case => ({ name: `path ${target}`, target })),
    {
      name: 'headers that are no client’s to send',
      target: good,
      headers: [
        'X-Gatehouse-Subject: evil',
        'X-Gatehouse-Decision: evil',
        'X-Gatehouse-Api: broken',
        'X-Gatehouse-Path: /bank/else',
        'X-Gatehouse-Secret: evil',
        'X-Gatehouse-Tls: TLSv1.3',
        'X-Gatehouse-Peer: 203.0.113.9',
        'X-Gatehouse-Listener: other',
        'X-Gatehouse-Empty: evil',
        'X-Forwarded-For: 203.0.113.9',
        'X-Forwarded-Host: evil.example',
        'X-Forwarded-Client-Cert: Hash=00',
        'X-Envoy-Retry-On: 5xx',
        'X-Envoy-Original-Path: /else',
        'X-Original-Url: /else',
        'X-HTTP-Method-Override: DELETE',
        'Forwarded: for=203.0.113.9',
        'Client-Cert: :AA==:',
        'Cookie: a=b',
        'X_Gatehouse_Subject: evil',
        'Range: bytes=0-1',
        'Accept-Encoding: gzip',
        'TE: trailers',
        'X-Custom: goes on',
        'X-Request-Id: goes on',
      ],
    },
    {
      name: 'what Connection names',
      target: good,
      headers: ['Connection: keep-alive, x-custom, x-gatehouse-subject', 'X-Custom: stays here'],
    },
    {
      name: 'a trace and an interaction id',
      target: good,
      headers: [
        'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        'tracestate: a=1',
        'x-fapi-interaction-id: 93bac548-d2de-4546-b106-880a5018460d',
      ],
    },
  ]
}

/** As bytes, so that what is odd stays odd. */
function textOf(rig: ResponderRig, one: Case): string {
  const { method = 'GET', target, token, headers = [], body, chunked } = one
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: api.bank.example']
  if (token !== null) lines.push(`Authorization: Bearer ${token ?? rig.token()}`)
  lines.push(...headers)
  if (chunked === true) lines.push('Transfer-Encoding: chunked')
  else if (body !== undefined) lines.push(`Content-Length: ${body.length}`)
  const sent =
    chunked === true && body !== undefined
      ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      : (body ?? '')
  return `${lines.join('\r\n')}\r\n\r\n${sent}`
}

interface Seen {
  readonly status: number
  readonly code: string | undefined
  readonly told: Readonly<Record<string, string | undefined>>
  readonly event: unknown
  readonly bank: readonly unknown[]
}

const TOLD = [
  'allow',
  'cache-control',
  'content-security-policy',
  'dpop-nonce',
  'ratelimit',
  'ratelimit-policy',
  'referrer-policy',
  'retry-after',
  'server',
  'set-cookie',
  'strict-transport-security',
  'www-authenticate',
  'x-content-type-options',
  'x-envoy-upstream-service-time',
  'x-gatehouse-decision',
  'x-gatehouse-api',
]

function codeOf(answer: RawAnswer): string | undefined {
  if (answer.headers.get('content-type') !== 'application/problem+json') return undefined
  return answer.body === '' ? undefined : (JSON.parse(answer.body) as { code: string }).code // sound: a problem document
}

function eventOf(event: AccessEvent | undefined): unknown {
  if (event === undefined) return undefined
  const { api, operation, method, route, client, subject, consent, ran, failed, code } = event
  const outcome = event.outcome === 'denied' ? 'denied' : 'allowed'
  return { api, operation, method, route, client, subject, consent, ran, failed, code, outcome }
}

/** What depends on which of the two called. */
const OWN = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'x-gatehouse-decision',
  'traceparent',
])

async function seen(rig: ResponderRig, call: () => Promise<RawAnswer>): Promise<Seen> {
  const events = rig.sink.access.length
  const calls = rig.upstream.seen.length
  const answer = await call()
  return {
    status: answer.status,
    code: codeOf(answer),
    told: Object.fromEntries(TOLD.map((name) => [name, answer.headers.get(name)])),
    event: eventOf(rig.sink.access[events]),
    bank: rig.upstream.seen.slice(calls).map(({ line, headers }) => [
      line,
      headers
        .map((header) => header.replace(/^[^:]*/, (name) => name.toLowerCase()))
        .filter((header) => !OWN.has(header.split(':', 1)[0] ?? ''))
        // Made up where the client sent none.
        .map((header) => header.replace(/^(x-fapi-interaction-id: )(?!93bac548).*/, '$1new'))
        .sort(),
    ]),
  }
}

async function throughNode(rig: ResponderRig, text: string, head: boolean): Promise<RawAnswer> {
  const connection = new RawConnection(rig.port)
  connection.send(text)
  const answer = await connection.answer(head)
  connection.destroy()
  if (answer === undefined) throw new Error('no answer')
  return answer
}

async function both(rig: ResponderRig, envoy: AskingEnvoy, one: Case): Promise<[Seen, Seen]> {
  const text = textOf(rig, one)
  const head = one.method === 'HEAD'
  return [
    await seen(rig, () => throughNode(rig, text, head)),
    await seen(rig, () => envoy.raw(text, head)),
  ]
}

envoyTest('every case is decided alike, and Envoy counts as many', async (t, program) => {
  const rig = await responderRig(t)
  rig.upstream.script = (request, socket) =>
    socket.write(
      request.line.startsWith('POST')
        ? 'HTTP/1.1 204 No Content\r\nset-cookie: a=b\r\n\r\n'
        : request.line.startsWith('HEAD')
          ? 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
          : jsonAnswer(
              { Data: { Account: [] } },
              'server: core\r\nset-cookie: a=b\r\ncache-control: public\r\n',
            ),
    )
  const envoy = await askingEnvoy(t, program, rig)
  const all = cases(rig)
  const wrong: string[] = []
  for (const one of all) {
    const [node, asked] = await both(rig, envoy, one)
    try {
      if (one.unasked === true) assert.equal(asked.event, undefined)
      assert.deepEqual(one.unasked === true ? { ...asked, event: node.event } : asked, node)
    } catch (failure) {
      wrong.push(`${one.name}: ${String(failure).slice(0, 900)}`)
    }
  }
  assert.equal(wrong.length, 0, wrong.join('\n'))
  const logged = await envoy.logged(all.length)
  assert.equal(logged.length, all.length)
  const decisions = new Set(rig.sink.access.map(({ id }) => id))
  for (const { decision, details } of logged)
    assert.ok(decision === null ? details === 'request_payload_too_large' : decisions.has(decision))
})
