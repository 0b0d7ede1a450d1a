import { GatehouseError } from '../lib/index.ts'
import { PostgresFailure } from './postgres-failure.ts'

/** What a failure of the driver means to who opens, copies or checks a store. */
export function openingFailure(error: unknown): unknown {
  if (!(error instanceof PostgresFailure)) return error
  if (error.kind === 'refused') return error.refusal()
  if (error.kind === 'failed') return new GatehouseError('GH_STORE_FAILED', error.message)
  return away(error.message)
}

/** The database server does not answer; nothing of the unit remains. */
export function away(why: string): GatehouseError {
  return new GatehouseError('GH_STORE_UNAVAILABLE', `the database server does not answer (${why})`)
}
