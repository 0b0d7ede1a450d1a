export type { ClientConnection, ClientHandler } from './client-connection.ts'
export { guardedLookup, mayCall, mayReach, type Resolve } from './egress.ts'
export { type Framing, judgeFraming } from './framing.ts'
export { createHeaderKinds, type HeaderKinds } from './header-kinds.ts'
export { type Door, openDoor, type ServerAddress } from './door.ts'
export { createHttpServer, type HttpServer } from './http-server.ts'
export { DEFAULT_LIMITS, type NodeLimits } from './limits.ts'
export type { RequestText } from './request-reader.ts'
export {
  certificateRefusal,
  CIPHERS,
  type TlsIdentity,
  type TlsListener,
  type Transport,
  transportFacts,
} from './tls-listener.ts'
export { createNodeGateway, type NodeGateway, type NodeGatewayOptions } from './server.ts'
export { createBreaker } from './upstream-breaker.ts'
export type { AddressState, UpstreamNews, UpstreamWatcher } from './upstream-pool.ts'
export { createUpstreamPools } from './upstream-pools.ts'
export type { UpstreamIdentity } from './upstream-tls.ts'
