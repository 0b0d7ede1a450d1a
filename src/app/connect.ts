import { type ApiClient, apiClient } from '../api/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { socketPath } from './socket-path.ts'

/** The running instance of a configuration. Its calls throw GH_CLI_NOT_RUNNING when there is none. */
export function connect(config: GatehouseConfig): ApiClient {
  return apiClient(socketPath(config.dataDir))
}
