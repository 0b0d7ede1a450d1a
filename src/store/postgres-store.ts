/**
 * The store on PostgreSQL: the same units as in the embedded one, run from this process statement by statement over a few connections.
 * A server that is away is asked again by the next unit; whoever waits is told at once, not after a queue of time-outs.
 */
import { GatehouseError, type Scheduler } from '../lib/index.ts'
import type { Migration } from './migration.ts'
import { connectPostgres } from './postgres-client.ts'
import { createLane, type Lane } from './postgres-lane.ts'
import { migratePostgres } from './postgres-migrate.ts'
import { openingFailure } from './postgres-opening.ts'
import { parsePostgresUrl, type PostgresAddress } from './postgres-url.ts'
import { unitLoader } from './run-unit.ts'
import type { Store, UnitRef } from './unit.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host/database`; postgres-url.ts has the rules. */
  readonly url: string
  /** All of them, every time; what is not applied yet is applied in this order. */
  readonly migrations: readonly Migration[]
  readonly scheduler: Scheduler
  /** Opens although the server does not answer; units are refused with GH_STORE_UNAVAILABLE until it does. */
  readonly openWithoutServer?: boolean
  /** Units that may wait or run at once; one more is refused with GH_STORE_BUSY. */
  readonly maxWaitingUnits?: number
}

/** Connections of one process: more do not make a server faster, and it has a hundred for everybody. */
const LANES = 10
/** Migrations may rewrite tables, and wait for another instance that does. */
const MIGRATION_SETTINGS = { statement_timeout: 600_000, lock_timeout: 60_000 }

interface Waiting {
  readonly ref: UnitRef<unknown, unknown>
  readonly arg: unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * @throws GH_STORE_ADDRESS, GH_STORE_UNAVAILABLE, GH_STORE_REFUSED, GH_STORE_MISSING, GH_STORE_NOT_DURABLE, GH_STORE_NEWER, GH_STORE_CORRUPT,
 * GH_STORE_MIGRATION
 */
export async function openPostgresStore({
  url,
  migrations,
  scheduler,
  openWithoutServer = false,
  maxWaitingUnits = 10_000,
}: PostgresStoreOptions): Promise<Store> {
  const address = parsePostgresUrl(url)
  const ready = onceReady(() => prepare(address, migrations))
  try {
    await ready()
  } catch (error) {
    const away = error instanceof GatehouseError && error.code === 'GH_STORE_UNAVAILABLE'
    if (!away || !openWithoutServer) throw error
  }
  const lanes = Array.from({ length: LANES }, (_, position) =>
    createLane(
      async () => {
        await ready()
        return connectPostgres(address)
      },
      scheduler,
      position,
    ),
  )
  return storeOver(lanes, maxWaitingUnits)
}

/** Shared by all who ask at once; asked anew after a failure. */
function onceReady(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work().catch((error: unknown) => {
      running = undefined
      throw error
    })
    return running
  }
}

async function prepare(address: PostgresAddress, migrations: readonly Migration[]): Promise<void> {
  const client = await connectPostgres(address, MIGRATION_SETTINGS)
  try {
    await migratePostgres(client, migrations)
  } catch (error) {
    throw openingFailure(error)
  } finally {
    await client.end()
  }
}

function storeOver(lanes: readonly Lane[], maxWaiting: number): Store {
  const unitOf = unitLoader()
  const idle = [...lanes]
  let queue: Waiting[] = []
  let running = 0
  let closed: Promise<void> | undefined
  let allDone: (() => void) | undefined

  async function work(lane: Lane, first: Waiting): Promise<void> {
    for (let job: Waiting | undefined = first; job !== undefined; job = queue.shift()) {
      running++
      try {
        const { module, name } = job.ref
        job.resolve(await lane.run(await unitOf(module, name), name, job.arg))
      } catch (error) {
        job.reject(
          error instanceof GatehouseError
            ? error
            : new GatehouseError('GH_STORE_FAILED', `${job.ref.name}: ${String(error)}`),
        )
        if (error instanceof GatehouseError && error.code === 'GH_STORE_UNAVAILABLE') {
          const waiting = queue
          queue = []
          for (const other of waiting) other.reject(error)
        }
      } finally {
        running--
      }
    }
    idle.push(lane)
    if (running === 0 && queue.length === 0) allDone?.()
  }

  function run<A, R>(unit: UnitRef<A, R>, arg: A): Promise<R> {
    if (closed !== undefined)
      return Promise.reject(new GatehouseError('GH_STORE_FAILED', 'the store is closed'))
    if (running + queue.length >= maxWaiting)
      return Promise.reject(new GatehouseError('GH_STORE_BUSY'))
    return new Promise<R>((resolve, reject) => {
      // sound: UnitRef ties the name to a unit that takes A and returns R
      const ref = unit as UnitRef<unknown, unknown>
      const job: Waiting = { ref, arg, resolve: (value) => resolve(value as R), reject }
      const lane = idle.pop() // the one used last: few units need few connections
      if (lane === undefined) queue.push(job)
      else void work(lane, job)
    })
  }

  return {
    run,
    runBuffered: run,
    sync: () => Promise.resolve(),
    close() {
      closed ??= (async () => {
        if (running > 0 || queue.length > 0) await new Promise<void>((done) => (allDone = done))
        await Promise.all(lanes.map((lane) => lane.close()))
      })()
      return closed
    },
  }
}
