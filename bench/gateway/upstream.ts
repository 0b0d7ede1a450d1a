/** The bank API of the benchmark, in its own process: two bodies, ready made, and one for payments. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { paymentBody, transactionsBody } from './bodies.ts'

const small = Buffer.from(transactionsBody('A1', 600))
const large = Buffer.from(transactionsBody('A2', 10_000))
const paid = Buffer.from(paymentBody())
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const pays = request.method === 'POST'
  if (pays) request.resume()
  const body = pays ? paid : request.url?.includes('/A2/') === true ? large : small
  response.writeHead(pays ? 201 : 200, [
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
