/** What a failure of PostgreSQL, or of the way to it, means to the caller of a unit. Values of rows never reach a message. */
import { type ErrorCode, GatehouseError } from '../lib/index.ts'

export type FailureKind =
  /** The units around it got in the way: the same unit may succeed at the next attempt. */
  | 'conflict'
  /** The connection is gone; nothing of what was not committed remains. */
  | 'lost'
  /** The server does not want us, and trying again will not change it. */
  | 'refused'
  | 'failed'

/** A failure of the driver, as opposed to one of the unit. */
export class PostgresFailure extends Error {
  readonly kind: FailureKind
  /** SQLSTATE, the system's code or the driver's; empty when there is none. */
  readonly code: string

  constructor(error: unknown) {
    const code = memberOf(error, 'code') ?? ''
    super(textOf(error, code))
    this.name = 'PostgresFailure'
    this.code = code
    this.kind = kindOf(code)
  }

  /** For who opens the store. */
  refusal(): GatehouseError {
    return new GatehouseError(
      REFUSALS[this.code] ?? 'GH_STORE_REFUSED',
      `the database server: ${this.message}`,
    )
  }
}

const REFUSALS: Readonly<Record<string, ErrorCode>> = { '3D000': 'GH_STORE_MISSING' }

/** SQLSTATE: PostgreSQL's documentation, appendix A. */
function kindOf(code: string): FailureKind {
  if (code === '40001' || code === '40P01' || code === '55P03') return 'conflict'
  // 08: connection; 57P01-57P05: the server stops, starts or cuts us off; 53300: too many connections; 25P03, 25P04: it timed us out.
  if (/^08...$|^57P0[1-5]$|^53300$|^25P0[34]$/.test(code)) return 'lost'
  if (/^28...$|^3D000$|^42501$/.test(code)) return 'refused'
  // A certificate or a password that does not fit.
  if (/CERT|TLS|SSL|UNABLE_TO|SASL|AUTH_/.test(code)) return 'refused'
  if (/^(?:E[A-Z]{3,}|CONNECT(?:ION)?_[A-Z_]+)$/.test(code)) return 'lost'
  return 'failed'
}

/** SQLSTATE, table and constraint. The server's own text only where it names what stands in our SQL (class 42), never where it quotes a value. */
function textOf(error: unknown, code: string): string {
  if (code === '') return error instanceof Error ? error.name : 'an unknown failure'
  const names = ['table_name', 'constraint_name', 'column_name'].flatMap(
    (name) => memberOf(error, name) ?? [],
  )
  const text = code.startsWith('42') && error instanceof Error ? `: ${error.message}` : ''
  return [code, ...names].join(' ') + text
}

function memberOf(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const value = (error as Readonly<Record<string, unknown>>)[name] // sound: an object of unknowns
  return typeof value === 'string' ? value : undefined
}
