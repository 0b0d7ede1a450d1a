/** The event index as the rest of the product sees it: asked here, kept in a thread of its own. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { StoredEvent } from '../events/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { threadEnvironment } from '../store/index.ts'
import type { EventFilter, Grouping, ListQuestion } from './event-question.ts'
import type { EventGroup } from './group-events.ts'
import type { EventPage, IndexProgress } from './index-answers.ts'
import type {
  IndexCall,
  IndexCalls,
  IndexReply,
  IndexRequest,
  IndexWorkerStart,
} from './index-protocol.ts'

export interface EventIndex {
  /** What was wrong with the index that was there before, which is being made anew; `null`: nothing. */
  readonly discarded: string | null
  /** As last heard from the thread. */
  readonly progress: IndexProgress
  /**
   * Catches up with the spool and forgets what is older than `before` (milliseconds since the epoch) or gone from the spool.
   * A second call while one runs is the same call. @throws GH_EVENTS_SPOOL_CORRUPT, GH_STORE_FAILED
   */
  step(before: number): Promise<IndexProgress>
  /** @throws GH_AUDIT_INDEX_NOT_READY, GH_AUDIT_QUERY_INVALID; so do the others */
  list(question: ListQuestion): Promise<EventPage>
  count(filter: EventFilter): Promise<number>
  /** @throws GH_AUDIT_QUERY_TOO_WIDE */
  group(question: EventFilter & { readonly by: Grouping }): Promise<readonly EventGroup[]>
  /** `undefined`: the index knows no such event. */
  find(id: string): Promise<StoredEvent | undefined>
  /** Digests of the plans that the events name which the spool still has. */
  plansInUse(): Promise<readonly string[]>
  close(): Promise<void>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** @throws GH_STORE_LOCKED, GH_STORE_NETWORK_FS, GH_EVENTS_SPOOL_MISSING, GH_EVENTS_SPOOL_CORRUPT */
export async function openEventIndex({ dir, spoolDir }: IndexWorkerStart): Promise<EventIndex> {
  const start: IndexWorkerStart = { dir, spoolDir }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./event-index-worker.${extension}`, import.meta.url), {
    workerData: start,
    env: threadEnvironment(),
    execArgv: [],
    name: 'event-index',
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  })
  const exited = once(worker, 'exit')
  const discarded = await new Promise<string | null>((resolve, reject) => {
    worker.once('message', (reply: IndexReply) => {
      if (reply.kind === 'ready') resolve(reply.discarded)
      else if (reply.kind === 'failed') reject(new GatehouseError(reply.code, reply.detail))
    })
    worker.once('error', (cause) =>
      reject(new GatehouseError('GH_STORE_FAILED', `the index's worker: ${String(cause)}`)),
    )
  }).catch(async (error: unknown) => {
    await exited.catch(() => undefined)
    throw error
  })

  const waiting = new Map<number, Waiting>()
  let progress: IndexProgress = { indexedSeq: 0, spoolSeq: 0, ready: false }
  let lastId = 0
  let stepping: Promise<IndexProgress> | undefined
  let ended = false

  const end = (): void => {
    ended = true
    for (const { reject } of waiting.values()) reject(closedError())
    waiting.clear()
  }
  worker.on('message', (reply: IndexReply) => {
    if (reply.kind === 'progress') progress = reply.progress
    if (reply.kind !== 'done' && reply.kind !== 'failed') return
    const caller = waiting.get(reply.id ?? 0)
    waiting.delete(reply.id ?? 0)
    if (reply.kind === 'done') caller?.resolve(reply.value)
    else caller?.reject(new GatehouseError(reply.code, reply.detail))
  })
  worker.on('error', end)
  void exited.then(end, end)

  function ask<Call extends IndexCall>(
    call: Call,
    arg: IndexCalls[Call]['arg'],
  ): Promise<IndexCalls[Call]['answer']> {
    if (ended) return Promise.reject(closedError())
    const request: IndexRequest = { id: ++lastId, call, arg }
    return new Promise((resolve, reject) => {
      // sound: the worker answers each call with what `IndexCalls` says
      waiting.set(request.id, { resolve: (value) => resolve(value as never), reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      worker.postMessage(request)
    })
  }

  return {
    discarded,
    get progress() {
      return progress
    },
    step(before) {
      stepping ??= ask('step', { before })
        .then((seen) => (progress = seen))
        .finally(() => (stepping = undefined))
      return stepping
    },
    list: (question) => ask('list', question),
    count: (filter) => ask('count', filter),
    group: (question) => ask('group', question),
    find: (id) => ask('find', id),
    plansInUse: () => ask('plans', null),
    async close() {
      if (!ended) await ask('close', null).catch(() => undefined)
      await exited.catch(() => undefined)
    },
  }
}

function closedError(): GatehouseError {
  return new GatehouseError('GH_STORE_FAILED', 'the event index is closed')
}
