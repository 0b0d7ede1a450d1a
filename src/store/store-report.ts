import type { ErrorCode } from '../lib/index.ts'

/** What a check of a store found. */
export interface StoreReport {
  /** Empty: sound. */
  readonly findings: readonly StoreFinding[]
  /** Rows of each table, when it is sound. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
}

export interface StoreFinding {
  readonly code: ErrorCode
  /** Table and row, page, or migration. */
  readonly where: string
  readonly what: string
}
