import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type ApiClient, apiClient } from '../api/index.ts'
import { dataDirIn, type GatehouseConfig } from '../config/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { socketPath } from './socket-path.ts'

/** The running instance of a configuration. Its calls throw GH_CLI_NOT_RUNNING when there is none. */
export function connect({ dataDir }: Pick<GatehouseConfig, 'dataDir'>): ApiClient {
  return apiClient(socketPath(dataDir))
}

/**
 * As `connect`, whatever else is wrong with the file: who asks how the gateway is, or ends a switch, must not have to mend a
 * configuration first. @throws GH_CONFIG_UNREADABLE
 */
export function connectTo(file: string): ApiClient {
  return apiClient(socketPath(dataDirOf(file)))
}

/** The data directory that a file names, whatever else is wrong with it. @throws GH_CONFIG_UNREADABLE */
export function dataDirOf(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    // A file that was taken away under a running gateway.
    const usual = join(dirname(resolve(file)), '.gatehouse')
    if (!existsSync(usual))
      throw new GatehouseError('GH_CONFIG_UNREADABLE', resolve(file), { cause })
    text = ''
  }
  return dataDirIn(file, text)
}
