export { type NodeLimits } from './limits.ts'
export { createNodeGateway, type NodeGateway, type NodeGatewayOptions } from './server.ts'
