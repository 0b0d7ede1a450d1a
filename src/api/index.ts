export { type ApiClient, apiClient, type ScaClient } from './client.ts'
export { createApi, listenOnSocket } from './server.ts'
export type {
  ApiServices,
  ClientView,
  ControlOutcome,
  EventAnswer,
  EventQuery,
  EventQuestion,
  Explanation,
  AuthorizationServerStatus,
  InstanceStatus,
  LastReload,
  ObserveAllStatus,
} from './services.ts'
export type { ElementsView, ScaServices } from './sca-services.ts'
