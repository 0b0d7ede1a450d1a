/**
 * Entry of the index's thread: reading and judging the spool, writing rows and answering questions cost the gateway's thread nothing.
 * A question waits for one batch at most.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { GatehouseError } from '../lib/index.ts'
import { countEvents, eventGroups, findIndexed, listEvents } from './index-answers.ts'
import type { IndexCall, IndexCalls, IndexReply, IndexRequest } from './index-protocol.ts'
import type { IndexWorkerStart } from './index-protocol.ts'
import { type IndexWriter, openIndexWriter } from './index-writer.ts'

if (parentPort === null) throw new TypeError('this file is the entry of a worker')
const port = parentPort
const reply = (message: IndexReply): void => port.postMessage(message)

type Handlers = {
  readonly [Call in IndexCall]: (
    arg: IndexCalls[Call]['arg'],
  ) => Promise<IndexCalls[Call]['answer']> | IndexCalls[Call]['answer']
}

/** Lets messages that came meanwhile have their turn. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function handlers(writer: IndexWriter): Handlers {
  const closing = new AbortController()
  const ready = () => {
    if (!writer.progress.ready) throw new GatehouseError('GH_AUDIT_INDEX_NOT_READY')
    return writer.store
  }
  /** A place that is another event's shows that the rows are wrong: the next step begins again. */
  const trusting = async <T>(answer: () => Promise<T>): Promise<T> => {
    try {
      return await answer()
    } catch (error) {
      if (error instanceof GatehouseError && error.code === 'GH_AUDIT_INDEX_NOT_READY')
        writer.distrust(error.message)
      throw error
    }
  }
  return {
    async step({ before }) {
      while (!closing.signal.aborted && (await writer.step()) > 0) {
        reply({ kind: 'progress', progress: writer.progress })
        await breath()
      }
      while (!closing.signal.aborted && writer.forget(before) > 0) await breath()
      return writer.progress
    },
    list(question) {
      const store = ready()
      return trusting(() => listEvents(store, writer.spool, question))
    },
    count: (filter) => countEvents(ready(), filter),
    group: (question) => eventGroups(ready(), question),
    find(id) {
      const store = ready()
      return trusting(() => findIndexed(store, writer.spool, id))
    },
    plans() {
      ready()
      return writer.plansInUse()
    },
    close() {
      closing.abort()
      writer.close()
      port.close()
      return null
    },
  }
}

async function answer(known: Handlers, { id, call, arg }: IndexRequest): Promise<void> {
  try {
    // Sound: the index is the only caller, and its types tie the argument to the call.
    const handle = known[call] as (arg: unknown) => unknown
    const value = await handle(arg)
    reply({ kind: 'done', id, value })
  } catch (error) {
    failed(id, error)
  }
}

function failed(id: number | null, error: unknown): void {
  const code = error instanceof GatehouseError ? error.code : 'GH_STORE_FAILED'
  reply({
    kind: 'failed',
    id,
    code,
    detail: error instanceof Error ? error.message : String(error),
  })
}

try {
  const writer = await openIndexWriter(workerData as IndexWorkerStart) // sound: only the index starts this worker
  const known = handlers(writer)
  port.on('message', (request: IndexRequest) => void answer(known, request))
  reply({ kind: 'ready', discarded: writer.discarded })
} catch (error) {
  failed(null, error)
  port.close()
}
