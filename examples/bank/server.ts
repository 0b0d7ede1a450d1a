/** The bank's API over HTTP, on loopback. It believes the signed context where it has the gateway's keys, and else whoever calls. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { VerifyContext } from './context.ts'
import { paymentBook, type PaymentBook, PAYMENTS_BASE } from './payments.ts'
import { type BankAnswer, bankRoutes } from './routes.ts'

export interface BankOptions {
  readonly port: number
  readonly clock: () => number
  /** Where third parties see the API: for `Links`. */
  readonly publicOrigin: string
  /** What was proposed and ordered; else one of its own. */
  readonly payments?: PaymentBook
  /** With it, a call without a signed context of the gateway is refused. */
  readonly verify?: VerifyContext
  /** Its log: one line for each call that it refuses, and why. */
  readonly say?: (line: string) => void
}

const MAX_BODY_BYTES = 65_536

export async function startBank(options: BankOptions): Promise<Server> {
  const { clock, publicOrigin, verify, say, payments = paymentBook(clock, publicOrigin) } = options
  const route = bankRoutes(clock, publicOrigin)

  async function answer(request: IncomingMessage): Promise<BankAnswer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bank.invalid')
    const method = request.method ?? 'GET'
    const body = await bodyOf(request)
    if (body === undefined) return { status: 413, body: { message: 'too large' } }
    let subject = headerOf(request, 'x-gatehouse-subject')
    let client = headerOf(request, 'x-gatehouse-client')
    if (verify !== undefined) {
      const context = headerOf(request, 'gatehouse-context')
      const target = request.url ?? '/'
      const vouched = await verify({ method, target, context, body }).catch((error: Error) => {
        say?.(`bank: refused ${method} ${pathname}: ${error.message}`)
      })
      if (vouched === undefined) return { status: 401, body: { message: 'not from the gateway' } }
      ;({ subject, client } = vouched)
      // Its own look at it, though the gateway looked: nothing is paid with neither a code nor an exemption (PSD2 Art. 97).
      if (isOrder(method, pathname) && vouched.sca === undefined) {
        say?.(`bank: refused ${method} ${pathname}: neither authenticated nor exempt`)
        return { status: 403, body: { message: 'the payment was not authenticated' } }
      }
    }
    if (pathname.startsWith(`${PAYMENTS_BASE}/`)) {
      const path = pathname.slice(PAYMENTS_BASE.length)
      return payments.answer({ method, path, client: client ?? '', body: parsed(body.toString()) })
    }
    if (method !== 'GET') return { status: 405, body: { message: 'read only' } }
    return route({ path: pathname, query: searchParams, subject })
  }

  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, {
        'content-type': 'application/json; charset=utf-8',
        'x-fapi-interaction-id': headerOf(request, 'x-fapi-interaction-id') ?? randomUUID(),
        // Tells everybody what it runs on, as banks do.
        server: 'ExampleCore/7.2 (WildFly 26.1.3)',
        'x-powered-by': 'Undertow/1',
        'set-cookie': `JSESSIONID=${randomUUID()}; Path=/`,
      })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return server
}

/** It makes the bank pay. */
function isOrder(method: string, path: string): boolean {
  return method === 'POST' && path.startsWith(`${PAYMENTS_BASE}/`) && !/-consents\b/.test(path)
}

/** `undefined`: there is too much of it, or it was cut off. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) return undefined
      chunks.push(chunk)
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}
