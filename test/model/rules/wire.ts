/** A request as it comes, and where it comes from: all that the model is told of it. */
import type { Described } from '../certificates.ts'

export interface Wire {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly method: string
  readonly target: string
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  readonly body: string | undefined
  /** `undefined`: plain HTTP. */
  readonly tls: '1.2' | '1.3' | undefined
  readonly certificate: Described
  readonly feedAgeMs: number
  /** APIs for which the kill switch is on. */
  readonly killed: ReadonlySet<string>
}

export function valuesOf({ headers }: Pick<Wire, 'headers'>, name: string): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < headers.length; at += 2)
    if (headers[at]?.toLowerCase() === name) found.push(headers[at + 1] ?? '')
  return found
}
