/** The instance: whether one runs, whether it is this configuration, whether its port is free. */
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { InstanceStatus } from '../../api/index.ts'
import { formatDiagnostic } from '../../lib/index.ts'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'

export type RunningStatus = InstanceStatus

export function instance({ running }: DoctorParts): Diagnosis {
  if (running === undefined) return healthy('instance', 'none runs on this data directory')
  const { pid, address, startedAt, version } = running
  return healthy(
    'instance',
    `version ${version}, pid ${pid}, ${address}, since ${new Date(startedAt).toISOString()}`,
  )
}

/** Free, or taken by the instance itself. */
export async function port({ assembly, running }: DoctorParts): Promise<Diagnosis> {
  const { listen, listeners, sockets } = assembly.config
  const [socket] = sockets
  // What holds the path of a socket is told by the start: a file of another kind stays where it is.
  if (listen === null && listeners.length === 0 && socket !== undefined)
    return healthy('port', `none: ${socket.listen.socket}`)
  const { host, port: wanted } = listen ?? listeners[0]?.listen ?? LOOPBACK
  const address = `${host}:${wanted}`
  if (wanted === 0) return healthy('port', 'a free one is taken at the start')
  if (running?.address.endsWith(`:${wanted}`) === true)
    return healthy('port', `${address} is taken by the instance`)
  const trouble = await new Promise<string | null>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(wanted, host, () => server.close(() => resolve(null)))
  })
  return trouble === null
    ? healthy('port', `${address} is free`)
    : ailing('port', 'fail', `${address}: ${trouble}`, 'End what holds it, or change "listen".')
}

const LOOPBACK = { host: '127.0.0.1', port: 0 } as const

export function plan({ assembly, running }: DoctorParts): Diagnosis {
  const { digest } = assembly.policy.plan
  const closed = assembly.policy.findings.filter((finding) => finding.closes)
  if (closed.length > 0)
    return ailing(
      'policy',
      'fail',
      closed.map((finding) => `${finding.api} is closed: ${finding.text}`).join('; '),
      'gatehouse check names the place of each mistake.',
    )
  if (running === undefined || running.plan === digest) return healthy('policy', digest)
  const evidence = `the instance runs ${running.plan.slice(0, 19)}, the files make ${digest.slice(0, 19)}`
  return ailing(
    'policy',
    'warn',
    evidence,
    'gatehouse plan shows the difference; reload or restart.',
  )
}

export function specifications({ assembly, running }: DoctorParts): Diagnosis {
  const wrong = assembly.diagnostics.map(formatDiagnostic)
  const name = 'specifications'
  if (wrong.length > 0)
    return ailing(name, 'fail', wrong.slice(0, 3).join('; '), 'gatehouse check lists all of them.')
  const files = assembly.apis.map(({ config }) => config.spec)
  if (running === undefined) return healthy(name, `${files.length} are read without mistakes`)
  const changed = files.filter((file) => statSync(file).mtimeMs > running.startedAt)
  return changed.length === 0
    ? healthy(name, `${files.length}, none changed since the start`)
    : ailing(name, 'warn', `changed since the start: ${changed.join(', ')}`, 'Reload or restart.')
}
