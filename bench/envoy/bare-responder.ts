/** What an answer to `ext_authz` costs that decides nothing: `node:http`, a status and four headers. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveMeasurements } from '../gateway/measured.ts'

const HEADERS = [
  'x-gatehouse-api',
  'accounts',
  'x-gatehouse-path',
  '/accounts/A1',
  'x-gatehouse-decision',
  '01m81sdkyw9bhrdfp1w4dywssy',
  'x-envoy-auth-headers-to-remove',
  'authorization',
]
const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (_request, response) => {
  response.writeHead(200, HEADERS)
  response.end()
})
server.listen(0, '127.0.0.1', () => {
  serveMeasurements((server.address() as AddressInfo).port) // sound: listening on TCP
})
