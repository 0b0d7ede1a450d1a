/** What a third party remembers between two commands: a file that is for its owner alone, because tokens are in it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Registration } from './authorization.ts'

export interface Kept {
  readonly registration?: Registration
  /** The consent to read accounts, and the token that is renewed under it. */
  readonly accounts?: { readonly consent: string; readonly refresh: string }
}

export function readKept(file: string): Kept {
  // Sound: written below.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : {}
}

export function keep(file: string, kept: Kept): void {
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
}
