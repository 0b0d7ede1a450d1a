export type { Presented } from './certificates.ts'
export type { ClientMetadata } from './client-metadata.ts'
export { type AuthorizationServer, createAuthorizationServer } from './server.ts'
