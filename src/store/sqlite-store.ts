/**
 * The embedded store: one SQLite database in one writer thread. Opening order is *folder → lock → file modes → worker (integrity,
 * migrations) → ready*; closing is the reverse. Whoever dies in between leaves nothing that the next opener must repair by hand.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { GatehouseError } from '../lib/index.ts'
import { fileSystemTypeOf, makePrivate, prepareFolder } from './folder.ts'
import { holdLock } from './lock.ts'
import { type LogSync, logSync, type SyncFile } from './log-sync.ts'
import type { Migration } from './migration.ts'
import type { Job, Outcome, Reply, Request } from './sqlite-protocol.ts'
import { threadEnvironment } from './thread-environment.ts'
import type { Store, UnitRef } from './unit.ts'

export interface SqliteStoreOptions {
  readonly dir: string
  /** All of them, every time; what is not applied yet is applied in this order. */
  readonly migrations: readonly Migration[]
  /** Makes folder and database when they are not there. Without it a wrong path is refused. */
  readonly create?: boolean
  /** Started ahead, and ended if the store does not open; otherwise one is started now. */
  readonly thread?: StoreThread
  /** Units that may wait or run at once; one more is refused with GH_STORE_BUSY. */
  readonly maxWaitingUnits?: number
  /** `f_type` of statfs(2) for a folder. */
  readonly fileSystemType?: (dir: string) => Promise<number>
  /** fdatasync(2) of the log. */
  readonly syncFile?: SyncFile
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** A writer thread that has no database yet. It holds no process open, and serves one store. */
export interface StoreThread {
  readonly worker: Worker
  readonly exited: Promise<unknown>
  /** Of the opening: `undefined` when it is ready to run units. */
  readonly failure: Promise<GatehouseError | undefined>
}

/** @throws GH_STORE_LOCKED, GH_STORE_MISSING, GH_STORE_NETWORK_FS, GH_STORE_NEWER, GH_STORE_CORRUPT, GH_STORE_MIGRATION */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  try {
    return await openWith(options)
  } catch (error) {
    await options.thread?.worker.terminate()
    throw error
  }
}

async function openWith({
  dir,
  migrations,
  create = false,
  thread: ahead,
  maxWaitingUnits = 10_000,
  fileSystemType = fileSystemTypeOf,
  syncFile,
}: SqliteStoreOptions): Promise<Store> {
  const database = await prepareFolder(dir, { create, fileSystemType })
  const lock = holdLock(join(dir, 'store.lock'))
  try {
    await makePrivate(join(dir, 'gatehouse.db'))
    const thread = ahead ?? startStoreThread()
    const { worker, exited } = thread
    worker.ref()
    post(worker, { kind: 'open', database, migrations })
    const failure = await thread.failure
    if (failure !== undefined) {
      await exited.catch(() => undefined) // `failure` says more than the event that ended it
      throw failure
    }
    const log = logSync(database, syncFile)
    return storeOver({ worker, exited, log, maxWaiting: maxWaitingUnits }, () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Loads what every unit needs while its owner does other things. */
export function startStoreThread(): StoreThread {
  // The same folder holds the worker as source (development) or compiled.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const entry = new URL(`./sqlite-worker.${extension}`, import.meta.url)
  const worker = new Worker(entry, { env: threadEnvironment(), execArgv: [], name: 'store' })
  const exited = once(worker, 'exit')
  // Whoever opens with it learns of an error by `failure`; whoever never does need not.
  void exited.catch(() => undefined)
  const failure = openingFailure(worker)
  worker.unref() // after its listeners: they would hold it again
  return { worker, exited, failure }
}

function openingFailure(worker: Worker): Promise<GatehouseError | undefined> {
  return new Promise((resolve) => {
    worker.once('message', (reply: Reply) =>
      resolve(reply.kind === 'refused' ? new GatehouseError(reply.code, reply.detail) : undefined),
    )
    worker.once('error', (cause) =>
      resolve(new GatehouseError('GH_STORE_FAILED', `the worker: ${String(cause)}`, { cause })),
    )
  })
}

function post(worker: Worker, request: Request): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  worker.postMessage(request)
}

interface OpenStore {
  readonly worker: Worker
  readonly exited: Promise<unknown>
  readonly log: LogSync
  readonly maxWaiting: number
}

function storeOver({ worker, exited, log, maxWaiting }: OpenStore, release: () => void): Store {
  const waiting = new Map<number, Waiting>()
  let outbox: Job[] = []
  let lastId = 0
  let ended: GatehouseError | undefined
  let closed: Promise<void> | undefined

  function settle(outcome: Outcome): void {
    const caller = waiting.get(outcome.id)
    waiting.delete(outcome.id)
    if (outcome.ok) caller?.resolve(outcome.value)
    else caller?.reject(new GatehouseError('GH_STORE_FAILED', outcome.detail))
  }

  /** Everything asked for in one turn of the loop crosses in one message: to wake the other thread costs more than most units do. */
  function flush(): void {
    if (outbox.length === 0) return
    const jobs = outbox
    outbox = []
    try {
      post(worker, { kind: 'run', jobs })
    } catch {
      for (const job of jobs) postAlone(job) // one argument cannot be cloned: find whose
    }
  }

  function postAlone(job: Job): void {
    try {
      post(worker, { kind: 'run', jobs: [job] })
    } catch (error) {
      settle({ id: job.id, ok: false, detail: `${job.name}: ${String(error)}` })
    }
  }

  function end(reason: string): void {
    ended ??= new GatehouseError('GH_STORE_FAILED', reason)
    const left = [...waiting.values()]
    waiting.clear()
    for (const caller of left) caller.reject(ended)
  }

  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'done') for (const outcome of reply.outcomes) settle(outcome)
  })
  worker.on('error', (cause) => end(`the store's worker failed: ${String(cause)}`))
  void exited.then(
    () => end('the store is closed'),
    () => end("the store's worker failed"),
  )

  const over = (): GatehouseError | undefined =>
    ended ?? (closed && new GatehouseError('GH_STORE_FAILED', 'the store is closed'))

  function give<A, R>({ module, name }: UnitRef<A, R>, arg: A, buffered: boolean): Promise<R> {
    const refusal = over()
    if (refusal !== undefined) return Promise.reject(refusal)
    if (waiting.size >= maxWaiting) return Promise.reject(new GatehouseError('GH_STORE_BUSY'))
    const id = ++lastId
    if (outbox.push({ id, module, name, arg, buffered }) === 1) setImmediate(flush)
    return new Promise<R>((resolve, reject) => {
      // sound: UnitRef ties the name to a unit that returns R
      waiting.set(id, { resolve: (value) => resolve(value as R), reject })
    })
  }

  return {
    run: (unit, arg) => give(unit, arg, false),
    runBuffered: (unit, arg) => give(unit, arg, true),
    async sync() {
      const refusal = over()
      if (refusal !== undefined) throw refusal
      try {
        await log.sync()
      } catch (cause) {
        // The pages may be gone, and a later sync that succeeds says nothing of them: whatever is durable is found by opening anew.
        end(`the disk does not sync: ${String(cause)}`)
        void worker.terminate()
      }
      if (ended !== undefined) throw ended
    },
    close() {
      closed ??= new Promise((resolve) => {
        queueMicrotask(() => {
          flush()
          post(worker, { kind: 'close' })
          const done = (): void => {
            log.close()
            release()
            resolve()
          }
          exited.then(done, done)
        })
      })
      return closed
    },
  }
}
