/** The bank API of the benchmark, in its own process: two bodies, ready made. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { transactionsBody } from './bodies.ts'

const small = Buffer.from(transactionsBody('A1', 600))
const large = Buffer.from(transactionsBody('A2', 10_000))
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const body = request.url?.includes('/A2/') === true ? large : small
  response.writeHead(200, [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(body.length),
  ])
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  process.send?.({ port, small: small.length, large: large.length })
})
process.on('disconnect', () => process.exit())
