export { type NodeLimits } from './limits.ts'
export type { TlsIdentity, TlsListener } from './tls-listener.ts'
export { createNodeGateway, type NodeGateway, type NodeGatewayOptions } from './server.ts'
export type { UpstreamWatcher } from './upstream-pools.ts'
