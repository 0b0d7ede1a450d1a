/** What `gatehouse inventory import FILE --dry-run --json` prints. Programs read it: members are only ever added. */
import type { ImportResult } from './import-spec.ts'

export interface DryRunReport {
  readonly operations: readonly {
    readonly method: string
    readonly path: string
    readonly operationId: string | null
    readonly pointer: string
  }[]
  readonly problems: readonly {
    readonly code: string
    readonly message: string
    readonly file: string
    readonly line: number
    readonly column: number
    /** `null` where the text could not be read as a document. */
    readonly pointer: string | null
  }[]
}

export function dryRunReport(result: ImportResult): DryRunReport {
  return {
    operations: (result.spec?.operations ?? []).map(({ method, path, operationId, pointer }) => ({
      method,
      path,
      operationId,
      pointer,
    })),
    problems: result.diagnostics.map(({ code, message, place, pointer }) => ({
      code,
      message,
      file: place.file,
      line: place.line,
      column: place.column,
      pointer: pointer ?? null,
    })),
  }
}
