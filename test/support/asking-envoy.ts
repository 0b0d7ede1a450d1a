/** A real Envoy before a responder, with the configuration that is exported, and what its own access log says. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { maxBodyBytes } from '../../src/gateway/core/index.ts'
import { type EnvoyExport, envoyBootstrap } from '../../src/gateway/envoy/index.ts'
import { startBootstrap } from './peer-envoy.ts'
import type { PeerProgram } from './peer-programs.ts'
import { type RawAnswer, RawConnection } from './raw-http.ts'
import { SECRET, type ResponderRig } from './responder-rig.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface LoggedRequest {
  readonly decision: string | null
  readonly api: string | null
  readonly status: number
  readonly details: string
}

export interface AskingEnvoy {
  readonly port: number
  /** Exactly these bytes on a new connection, and the first whole answer. */
  raw(text: string, head?: boolean): Promise<RawAnswer>
  /** Lines of Envoy's access log, once there are so many. */
  logged(count: number): Promise<readonly LoggedRequest[]>
}

export async function askingEnvoy(
  t: TestContext,
  program: PeerProgram,
  rig: ResponderRig,
  { secret = SECRET }: { readonly secret?: string } = {},
): Promise<AskingEnvoy> {
  const port = await freePort()
  const log = join(temporaryFolder(t), 'access.log')
  const { plan } = rig
  const asked: EnvoyExport = {
    responder: { host: '127.0.0.1', port: rig.askPort },
    secretVariable: 'GATEHOUSE_TEST_SECRET',
    listeners: [{ name: 'plain', host: '127.0.0.1', port }],
    interactionHeaders: ['x-fapi-interaction-id'],
    maxBodyBytes: maxBodyBytes(plan),
  }
  const apis = plan.apis.flatMap((api) => (api.state === 'active' ? [api] : []))
  await startBootstrap(t, program, {
    bootstrap: loggingTo(log, envoyBootstrap(asked, apis)),
    port,
    variables: { GATEHOUSE_TEST_SECRET: secret },
  })
  return {
    port,
    async raw(text, head = false) {
      const connection = new RawConnection(port)
      t.after(() => connection.destroy())
      connection.send(text)
      const answer = await connection.answer(head)
      connection.destroy()
      if (answer === undefined) throw new Error('Envoy closed the connection without an answer')
      return answer
    },
    async logged(count) {
      const lines = (): string[] =>
        existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []
      while (lines().length < count) await new Promise((resolve) => setTimeout(resolve, 20))
      return lines().map((line) => JSON.parse(line) as LoggedRequest) // sound: written by the format that is exported
    },
  }
}

/** The log goes to standard output; a test reads it from a file. */
function loggingTo(path: string, bootstrap: unknown): unknown {
  const text = JSON.stringify(bootstrap)
  const stdout =
    '"@type":"type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"'
  if (!text.includes(stdout)) throw new Error('there is no access log to move')
  return JSON.parse(
    text.replaceAll(
      stdout,
      `"@type":"type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog","path":${JSON.stringify(path)}`,
    ),
  )
}
