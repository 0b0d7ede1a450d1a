import { type ErrorCode, errorEntry } from './errors/catalog.ts'

/** Where in a file a mistake stands; line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A mistake in something a person wrote: a configuration, a specification, a consent file. Never holds a secret. */
export interface Diagnostic {
  readonly code: ErrorCode
  /** One sentence that names the thing and says what is allowed. */
  readonly message: string
  readonly place: Place
  /** JSON pointer into the document (RFC 6901), where one helps. */
  readonly pointer?: string
  /** The known word nearest to what was written. */
  readonly nearest?: string
  readonly mend?: string
}

/** `path:line:column: CODE message`, the form editors and CI know. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column } = diagnostic.place
  const nearest =
    diagnostic.nearest === undefined ? '' : ` Did you mean ${JSON.stringify(diagnostic.nearest)}?`
  const mend = diagnostic.mend ?? errorEntry(diagnostic.code).mend
  // What follows must not run into the sentence before it.
  const { message } = diagnostic
  const end = (nearest !== '' || mend !== undefined) && !/[.!?]$/.test(message) ? '.' : ''
  return `${file}:${line}:${column}: ${diagnostic.code} ${message}${end}${nearest}${mend === undefined ? '' : ` ${mend}`}`
}
