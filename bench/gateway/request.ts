/** The request of the benchmark, and one that must be refused. */
import { get } from 'node:http'

export type Account = 'A1' | 'A2'

const target = (account: Account): string =>
  `/open-banking/v4.0/aisp/accounts/${account}/transactions?fromBookingDateTime=2026-01-01T00:00:00Z`

export function requestText(account: Account, token: string): string {
  return [
    `GET ${target(account)} HTTP/1.1`,
    'Host: api.bench.example',
    'User-Agent: bench/1',
    'Accept: application/json',
    'x-fapi-interaction-id: 93bac548-d2de-4546-b106-880a5018460d',
    `Authorization: Bearer ${token}`,
    '\r\n',
  ].join('\r\n')
}

/** Of the benchmark alone. */
export const CHECK_SECRET = 'of-the-benchmark-alone-and-of-nobody-else'

/** What Envoy asks about that request, as it was seen to write it. */
export function checkText(token: string): string {
  return [
    `GET /check${target('A1')} HTTP/1.1`,
    'host: api.bench.example',
    'content-length: 0',
    `authorization: Bearer ${token}`,
    'user-agent: bench/1',
    'accept: application/json',
    'x-fapi-interaction-id: 93bac548-d2de-4546-b106-880a5018460d',
    'x-forwarded-proto: http',
    `x-gatehouse-secret: ${CHECK_SECRET}`,
    'x-gatehouse-listener: plain',
    'x-gatehouse-peer: 127.0.0.1',
    'x-envoy-internal: true',
    'x-envoy-expected-rq-timeout-ms: 5000',
    '\r\n',
  ].join('\r\n')
}

/** Status of a request with this token. */
export function statusOf(port: number, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'api.bench.example', authorization: `Bearer ${token}` }
    get({ host: '127.0.0.1', port, path: target('A1'), headers, agent: false }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    }).on('error', reject)
  })
}

/** The same token with another letter in the middle of its signature. */
export function forged(token: string): string {
  const at = token.length - 100
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}
