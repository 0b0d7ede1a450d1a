/** Entry of the writer thread: takes what is queued, runs it as one batch, answers, takes what came meanwhile (group commit). */
import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { GatehouseError } from '../lib/index.ts'
import { kysely } from './kysely.ts'
import { unitLoader } from './run-unit.ts'
import { openEngine, type ReadyJob, type SqliteEngine } from './sqlite-engine.ts'
import type { Job, Outcome, Reply, Request } from './sqlite-protocol.ts'

/** Units that share one synced commit; more only make the first of them wait longer. */
const MAX_BATCH = 512

if (parentPort === null) throw new TypeError('this file is the entry of a worker')
const port = parentPort
const queue: Job[] = []
const unitOf = unitLoader()
let closing = false
let busy = false

function reply(message: Reply): void {
  port.postMessage(message)
}

function accept(message: Request): void {
  if (message.kind === 'close') closing = true
  else if (message.kind === 'run') for (const job of message.jobs) queue.push(job)
}

async function pump(engine: SqliteEngine): Promise<void> {
  if (busy) return
  busy = true
  for (;;) {
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port))
      accept(more.message as Request) // sound: only the store posts here
    const batch = queue.splice(0, MAX_BATCH)
    if (batch.length === 0) break
    const ready: ReadyJob[] = []
    const outcomes: Outcome[] = []
    for (const job of batch)
      try {
        const unit = await unitOf(job.module, job.name)
        ready.push({ id: job.id, label: job.name, unit, arg: job.arg, buffered: job.buffered })
      } catch (error) {
        outcomes.push({ id: job.id, ok: false, detail: `${job.name}: ${String(error)}` })
      }
    reply({ kind: 'done', outcomes: outcomes.concat(engine.runBatch(ready)) })
  }
  busy = false
  if (closing) {
    engine.close()
    port.close()
  }
}

function open({ database, migrations }: Extract<Request, { kind: 'open' }>): void {
  try {
    const engine = openEngine(database, migrations)
    port.on('message', (message: Request) => {
      accept(message)
      void pump(engine)
    })
    reply({ kind: 'ready' })
  } catch (error) {
    const code = error instanceof GatehouseError ? error.code : 'GH_STORE_FAILED'
    reply({ kind: 'refused', code, detail: error instanceof Error ? error.message : String(error) })
    port.close()
  }
}

port.once('message', (message: Request) => {
  if (message.kind !== 'open') throw new TypeError('a database is opened first')
  open(message)
})
// Here, and not in the first unit: whoever starts this thread ahead has not said yet which database it is for.
kysely()
