/**
 * Runs units one after the other on one connection, each in its own SERIALIZABLE transaction. A unit touches nothing but its argument, so
 * one that the server turned away (SQLSTATE 40001) simply begins again: what comes out is what some order of all units would have
 * given, also between processes. Nothing is sent twice once a COMMIT is on its way: if the connection goes then, the outcome is in doubt.
 */
import { GatehouseError, type Scheduler } from '../lib/index.ts'
import type { PostgresClient } from './postgres-client.ts'
import { PostgresFailure } from './postgres-failure.ts'
import { away } from './postgres-opening.ts'
import { type AnyUnit, cloneable, MAX_STATEMENTS_PER_UNIT } from './run-unit.ts'

/** A unit that is in the way of others this often is refused; 50 that race for one key need fewer than ten. */
const MAX_ATTEMPTS = 30
/** Longest pause before an attempt; grows from 1 ms. */
const MAX_PAUSE_MS = 64
/** All attempts together: whoever waits for the answer has given up by then. */
const UNIT_DEADLINE_MS = 15_000

export interface Lane {
  /** @throws GatehouseError GH_STORE_FAILED, GH_STORE_BUSY, GH_STORE_UNAVAILABLE, GH_STORE_REFUSED, GH_STORE_IN_DOUBT */
  run(unit: AnyUnit, label: string, arg: unknown): Promise<unknown>
  close(): Promise<void>
}

interface Run {
  readonly unit: AnyUnit
  readonly label: string
  readonly arg: unknown
  on: PostgresClient | undefined
  /** A COMMIT is on its way. */
  committing: boolean
  /** Its deadline passed and its caller was told. */
  abandoned: boolean
}

export function createLane(
  connect: () => Promise<PostgresClient>,
  scheduler: Scheduler,
  /** Lanes that met pause for different times, so that they do not meet again. */
  position: number,
): Lane {
  let client: PostgresClient | undefined

  const letGo = (of: PostgresClient | undefined): void => {
    of?.destroy()
    if (client === of) client = undefined
  }

  async function attempt(run: Run): Promise<unknown> {
    client ??= await connect()
    const on = client
    run.on = on
    // Checked before whatever could still change something: the caller has been told that nothing did.
    const refuseAbandoned = (): void => {
      if (run.abandoned) throw new PostgresFailure({ code: 'CONNECTION_DESTROYED' })
    }
    refuseAbandoned()
    await on.begin('SERIALIZABLE')
    try {
      const steps = run.unit(structuredClone(run.arg))
      let step = steps.next([])
      for (let count = 0; step.done !== true; count++) {
        if (count >= MAX_STATEMENTS_PER_UNIT) throw new RangeError('the unit does not end')
        step = steps.next(await on.query(step.value))
      }
      const value = cloneable(step.value)
      refuseAbandoned()
      run.committing = true
      await on.commit()
      return value
    } catch (error) {
      if (!lostBy(error)) await on.rollback().catch(() => letGo(on))
      throw error
    }
  }

  async function attempts(run: Run): Promise<unknown> {
    let lost = 0
    for (let count = 1; ; count++)
      try {
        return await attempt(run)
      } catch (error) {
        if (!(error instanceof PostgresFailure)) throw unitFailed(run.label, error)
        switch (error.kind) {
          case 'conflict':
            run.committing = false // a commit that the server turned away did not happen
            if (count === MAX_ATTEMPTS) throw new GatehouseError('GH_STORE_BUSY', run.label)
            await pause(Math.min(MAX_PAUSE_MS, count * (1 + (position % 5))))
            break
          case 'lost':
            letGo(run.on)
            if (run.committing) throw new GatehouseError('GH_STORE_IN_DOUBT', run.label)
            // A connection that went while it was idle is found out only now; a new one tells whether the server is there.
            if (++lost > 1 || run.abandoned) throw away(error.message)
            break
          case 'refused':
            letGo(run.on)
            throw error.refusal()
          case 'failed':
            throw unitFailed(run.label, error)
        }
      }
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => void scheduler.after(ms, resolve))

  return {
    run(unit, label, arg) {
      const run: Run = { unit, label, arg, on: undefined, committing: false, abandoned: false }
      return new Promise((resolve, reject) => {
        // A server behind a dead line answers nothing, not even that it is gone.
        const cancel = scheduler.after(UNIT_DEADLINE_MS, () => {
          run.abandoned = true
          reject(
            run.committing
              ? new GatehouseError('GH_STORE_IN_DOUBT', label)
              : away(`nothing within ${UNIT_DEADLINE_MS} ms`),
          )
          letGo(run.on)
        })
        attempts(run).then(resolve, reject).finally(cancel)
      })
    },
    async close() {
      await client?.end()
      client = undefined
    },
  }
}

function lostBy(error: unknown): boolean {
  return error instanceof PostgresFailure && error.kind === 'lost'
}

function unitFailed(label: string, error: unknown): GatehouseError {
  if (error instanceof GatehouseError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new GatehouseError('GH_STORE_FAILED', `${label}: ${reason}`)
}
