export type { Presented } from './certificates.ts'
export {
  clientDesk,
  type ClientDesk,
  type ClientPast,
  type RegisteredClient,
} from './clients/client-desk.ts'
export type { RegistrationSettings } from './clients/open-registration.ts'
export type { RegistrationNews } from './clients/registration-endpoint.ts'
export type { ClientMetadata } from './client-metadata.ts'
export { type AuthorizationServer, createAuthorizationServer } from './server.ts'
export { type DevelopmentCustomer, developmentCustomers } from './screens/customers.ts'
