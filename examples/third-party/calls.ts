/** How a third party calls: over plain HTTP or with its certificate, with the token that it was given and what proves that the token is its own. */
import { readFileSync } from 'node:fs'
import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'

export interface Call {
  readonly title: string
  readonly path: string
  readonly method?: 'POST'
  readonly token?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Not to the gateway, but past it. */
  readonly straight?: true
  /** Absent: plain HTTP. `certificate` and `key` are PEM files; without them it shows none. */
  readonly tls?: { readonly certificate?: string; readonly key?: string }
}

export interface CallResult {
  readonly call: Call
  /** 0: the connection ended before there was an answer. */
  readonly status: number
  /** `code` of the problem document, when it is one; of the connection, when there is no answer; what the bank says, when it refuses by itself. */
  readonly code: string | undefined
  readonly title: string | undefined
  /** Of a refusal. */
  readonly decision: string | undefined
  /** The id that both sides know (`x-fapi-interaction-id`). */
  readonly interaction: string | undefined
  /** What the next DPoP proof must hold (RFC 9449 §8). */
  readonly nonce: string | undefined
  readonly body: unknown
  /** The body as it came, and its signature (`x-jws-signature`). */
  readonly text: string
  readonly signature: string | undefined
}

export interface Origins {
  readonly plain: string
  readonly tls: string
  /** The bank's own port, which no third party should reach. */
  readonly bank: string
  /** Under which the bank says that it is called: what a DPoP proof names. */
  readonly named: string
  /** PEM file of whom the third party trusts as the bank's server. */
  readonly authority: string
}

export function send(origins: Origins, call: Call): Promise<CallResult> {
  const { method = 'GET', path, token, body, headers = {}, straight, tls } = call
  const scheme = headers['dpop'] === undefined ? 'Bearer' : 'DPoP'
  const options = {
    method,
    agent: false,
    headers: {
      ...(token !== undefined && { authorization: `${scheme} ${token}` }),
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...headers,
    },
  } as const
  return new Promise((resolve) => {
    const asked =
      tls === undefined
        ? overHttp((straight === true ? origins.bank : origins.plain) + path, options)
        : overTls(origins.tls + path, {
            ...options,
            ca: readFileSync(origins.authority),
            ...(tls.certificate !== undefined && { cert: readFileSync(tls.certificate) }),
            ...(tls.key !== undefined && { key: readFileSync(tls.key) }),
          })
    asked.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        const { statusCode = 0, headers: got } = response
        resolve(resultOf(call, statusCode, Buffer.concat(chunks).toString(), got))
      })
    })
    asked.once('error', ({ message, code = message }: NodeJS.ErrnoException) =>
      resolve({ ...NO_ANSWER, call, code }),
    )
    asked.end(body)
  })
}

const NO_ANSWER = {
  status: 0,
  title: undefined,
  decision: undefined,
  interaction: undefined,
  nonce: undefined,
  body: undefined,
  text: '',
  signature: undefined,
} as const

function resultOf(
  call: Call,
  status: number,
  text: string,
  headers: Readonly<Record<string, unknown>>,
): CallResult {
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  const word = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined
  const of = (name: string): unknown =>
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined // sound: an object of unknowns
  return {
    call,
    status,
    code: word(of('code')) ?? (status === 401 ? word(of('message')) : undefined),
    title: word(of('title')),
    decision: word(of('decision')),
    interaction: word(headers['x-fapi-interaction-id']),
    nonce: word(headers['dpop-nonce']),
    body,
    text,
    signature: word(headers['x-jws-signature']),
  }
}
