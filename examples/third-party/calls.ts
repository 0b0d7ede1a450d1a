/** How a third party calls a bank's API: with its certificate, the token that is bound to it, and a word on whether its customer is there. */
import { readFileSync } from 'node:fs'
import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'
import type { Bank, Identity } from './bank.ts'

export interface Call {
  readonly title: string
  readonly path: string
  readonly method?: 'POST'
  readonly token?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** `null`: it shows no certificate. */
  readonly as?: Identity | null
}

export interface CallResult {
  readonly title: string
  /** 0: the connection ended before there was an answer. */
  readonly status: number
  /** `code` of the problem document, when it is one; of the connection, when there is no answer; what the bank says, when it refuses by itself. */
  readonly code: string | undefined
  /** Of a refusal. */
  readonly decision: string | undefined
  /** `WWW-Authenticate` of a refusal: what is missing. */
  readonly challenge: string | undefined
  /** The id that both sides know (`x-fapi-interaction-id`). */
  readonly interaction: string | undefined
  readonly body: unknown
  /** The body as it came, and its signature (`x-jws-signature`). */
  readonly text: string
  readonly signature: string | undefined
}

/** The customer waits for the answer, at this address: without it an access counts among the four a day that need no customer (RTS Art. 36(5)). */
const CUSTOMER_IS_THERE = { 'x-fapi-customer-ip-address': '203.0.113.7' }

/** `origin`: else the bank's API. */
export function send(
  bank: Bank,
  identity: Identity,
  call: Call,
  origin = bank.api,
): Promise<CallResult> {
  const { method = 'GET', path, token, body, title } = call
  const who = call.as === null ? undefined : (call.as ?? identity)
  const options = {
    method,
    agent: false,
    headers: {
      ...CUSTOMER_IS_THERE,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...call.headers,
    },
  } as const
  return new Promise((resolve) => {
    const asked = origin.startsWith('http:')
      ? overHttp(origin + path, options)
      : overTls(origin + path, {
          ...options,
          ca: readFileSync(bank.authority),
          ...(who && { cert: readFileSync(who.certificate), key: readFileSync(who.key) }),
        })
    asked.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        const { statusCode = 0, headers } = response
        resolve(resultOf(title, statusCode, Buffer.concat(chunks).toString(), headers))
      })
    })
    asked.once('error', ({ message, code = message }: NodeJS.ErrnoException) =>
      resolve({ ...NO_ANSWER, title, code }),
    )
    asked.end(body)
  })
}

const NO_ANSWER = {
  status: 0,
  decision: undefined,
  challenge: undefined,
  interaction: undefined,
  body: undefined,
  text: '',
  signature: undefined,
} as const

function resultOf(
  title: string,
  status: number,
  text: string,
  headers: Readonly<Record<string, unknown>>,
): CallResult {
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  const word = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined
  return {
    title,
    status,
    code:
      word(member(body, 'code')) ?? (status === 401 ? word(member(body, 'message')) : undefined),
    decision: word(member(body, 'decision')),
    challenge: word(headers['www-authenticate']),
    interaction: word(headers['x-fapi-interaction-id']),
    body,
    text,
    signature: word(headers['x-jws-signature']),
  }
}

/** `undefined`: there is none. */
export function member(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (of, name) =>
      typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined, // sound: an object of unknowns
    value,
  )
}
