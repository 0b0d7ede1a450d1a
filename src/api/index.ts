export { type ApiClient, apiClient } from './client.ts'
export { createApi, listenOnSocket } from './server.ts'
export type { ApiServices, EventQuery, Explanation, InstanceStatus } from './services.ts'
