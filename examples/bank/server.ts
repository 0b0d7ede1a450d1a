/** The bank's API over HTTP, on loopback. It authenticates nobody: in life it would sit in the bank's inner network. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { bankRoutes } from './routes.ts'

export interface BankOptions {
  readonly port: number
  readonly clock: () => number
  /** Where third parties see the API: for `Links`. */
  readonly publicOrigin: string
}

export async function startBank(options: BankOptions): Promise<Server> {
  const route = bankRoutes(options.clock, options.publicOrigin)
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://bank.invalid')
    const subject = request.headers['x-gatehouse-subject']
    const known = request.method === 'GET'
    const { status, body } = known
      ? route({
          path: url.pathname,
          query: url.searchParams,
          subject: typeof subject === 'string' ? subject : undefined,
        })
      : { status: 405, body: { message: 'read only' } }
    const interaction = request.headers['x-fapi-interaction-id']
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'x-fapi-interaction-id': typeof interaction === 'string' ? interaction : randomUUID(),
      // Tells everybody what it runs on, as banks do.
      server: 'ExampleCore/7.2 (WildFly 26.1.3)',
      'x-powered-by': 'Undertow/1',
      'set-cookie': `JSESSIONID=${randomUUID()}; Path=/`,
    })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return server
}
