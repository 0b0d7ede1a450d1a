/**
 * `npm run conformance`: the authorization server and the gateway before an API, for a run of the OpenID conformance suite with what
 * `conformance:config` prints. TEST RUNS ONLY: its customer answers by itself. It stays up until Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startBank } from '../../examples/bank/server.ts'
import { keysOf, writeInstallation } from './installation.ts'
import { certificatesAt, gatewayOf, issuerOf, readSettings, resourceOf } from './settings.ts'
import { suiteAuthority } from './suite-authority.ts'

const GATEHOUSE = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const settings = readSettings(process.argv.slice(2), process.env)
const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Resolves once it serves. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error('Gatehouse has no output'))
    createInterface({ input: child.stdout }).on('line', (line) => {
      // Sound: the member is read as optional.
      const said = line.startsWith('{') ? (JSON.parse(line) as { readonly ready?: boolean }) : {}
      if (said.ready === true) resolve()
    })
    child.once('exit', (code) => reject(new Error(`Gatehouse stopped with exit code ${code}`)))
  })
}

const keys = keysOf(settings, Date.now())
const bank = await startBank({ port: 0, clock: Date.now, publicOrigin: gatewayOf(settings) })
const { port } = bank.address() as AddressInfo // sound: it listens on TCP
// A suite in a container reaches this machine by another address than loopback.
const address = settings.host === 'localhost' ? '127.0.0.1' : '0.0.0.0'
const config = writeInstallation(settings, keys, { bankPort: port, address })
const authority = join(settings.folder, 'outside.pem')
writeFileSync(authority, await suiteAuthority(settings, say))

const child = spawn(process.execPath, [GATEHOUSE, 'up', '--config', config, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, NODE_EXTRA_CA_CERTS: authority },
})
const stop = (): void => void child.kill('SIGTERM')
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
child.once('exit', (code) => {
  bank.closeAllConnections()
  bank.close()
  process.exitCode = code ?? 1
})
await ready(child).catch((error: unknown) => {
  say(error instanceof Error ? error.message : 'Gatehouse did not start')
})
if (child.exitCode === null) {
  process.stdout.write(
    `${JSON.stringify({
      ready: true,
      issuer: issuerOf(settings),
      certificates: certificatesAt(settings),
      resourceUrl: resourceOf(settings),
    })}\n`,
  )
  say(
    'TEST RUNS ONLY: its customer answers by itself. Configuration of the suite: npm run -s conformance:config',
  )
}
