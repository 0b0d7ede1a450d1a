import { type ErrorCode, errorEntry } from './catalog.ts'

/** An error with a code of the catalogue. `message` is for the log, never for the wire: that gets `code`, `title`, `status`. */
export class GatehouseError extends Error {
  readonly code: ErrorCode
  readonly status: number

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? errorEntry(code).title, options)
    this.name = 'GatehouseError'
    this.code = code
    this.status = errorEntry(code).status
  }
}
