/** A small bank of the Berlin Group: it makes payments, and pays those whose authorisation ends. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface BerlinGroupBank {
  readonly port: number
  /** Bodies by the id that they got. */
  readonly made: Map<string, unknown>
  /** Ids of what was paid, as often as it was said. */
  readonly paid: string[]
}

export async function startBerlinGroupBank(t: TestContext): Promise<BerlinGroupBank> {
  const made = new Map<string, unknown>()
  const paid: string[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const send = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(body))
      }
      const path = /\/v1\/([a-z-]+\/[a-z0-9-]+)(?:\/([^/]+)\/authorisations\/[^/]+)?$/.exec(
        request.url ?? '',
      )
      const [, product = '', id] = path ?? []
      if (path === null) return send(404, {})
      if (id === undefined) {
        const fresh = `bank-${made.size + 1}`
        made.set(fresh, JSON.parse(text))
        const self = { href: `/v1/${product}/${fresh}` }
        return send(201, { transactionStatus: 'RCVD', paymentId: fresh, _links: { self } })
      }
      paid.push(id)
      send(200, { scaStatus: 'finalised' })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: it listens on TCP
  return { port, made, paid }
}
