/**
 * Programs of others that a suite or a benchmark measures us against. Each is looked for where its variable says, else on the PATH;
 * `.ci/peers` installs them on a new machine. An absent one is named, and is a failure where `GATEHOUSE_REQUIRE_PEERS=1`.
 */
import { spawnSync } from 'node:child_process'

export interface PeerProgram {
  readonly name: string
  readonly path: string
  readonly version: string
}

interface Wanted {
  readonly name: string
  readonly variable: string
  readonly command: string
  readonly versionArgs: readonly string[]
  /** The version that was asked for, at its first group. */
  readonly version: RegExp
}

const ENVOY: Wanted = {
  name: 'envoy',
  variable: 'GATEHOUSE_ENVOY',
  command: 'envoy',
  versionArgs: ['--version'],
  version: /\/(1\.40\.\d+)\//,
}
const NGINX: Wanted = {
  name: 'nginx',
  variable: 'GATEHOUSE_NGINX',
  command: 'nginx',
  versionArgs: ['-v'],
  version: /nginx\/(\d+\.\d+\.\d+)/,
}
const HAPROXY: Wanted = {
  name: 'haproxy',
  variable: 'GATEHOUSE_HAPROXY',
  command: 'haproxy',
  versionArgs: ['-v'],
  version: /version (\d+\.\d+\.\d+)/,
}
const CHROMIUM: Wanted = {
  name: 'chromium',
  variable: 'GATEHOUSE_CHROMIUM',
  command: 'chromium',
  versionArgs: ['--version'],
  version: /Chromium (\d+(?:\.\d+)+)/,
}

export const findEnvoy = (): PeerProgram | undefined => find(ENVOY)
export const findNginx = (): PeerProgram | undefined => find(NGINX)
export const findChromium = (): PeerProgram | undefined => find(CHROMIUM)
export const findHaproxy = (): PeerProgram | undefined => find(HAPROXY)

export const peersRequired = process.env['GATEHOUSE_REQUIRE_PEERS'] === '1'

/** @throws Error when the variable names a program that does not answer with the version we know. */
function find({ name, variable, command, versionArgs, version }: Wanted): PeerProgram | undefined {
  const named = process.env[variable]
  const path = named ?? command
  // Debian keeps what only root starts where only root's PATH leads.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` }
  const { stdout, stderr } = spawnSync(path, versionArgs, { encoding: 'utf8', env })
  const found = version.exec(`${stdout}${stderr}`)?.[1]
  if (found !== undefined) return { name, path, version: found }
  if (named !== undefined) throw new Error(`${variable}=${named} is not the ${name} we know`)
  return undefined
}
