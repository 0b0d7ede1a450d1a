/** What a reader of the tree needs: where to report, what must not be quoted, and the ports. */
import type { Node } from 'yaml'

import { type Diagnostic, type ErrorCode, nearest, type Place } from '../lib/index.ts'
import { looksSecret } from './secret-signs.ts'
import type { ConfigEnvironment } from './vocabulary.ts'
import { offsetOf } from './yaml-structure.ts'

export type Path = readonly (string | number)[]

/** A value in the tree, and the key that leads to it. */
export interface Spot {
  readonly node: Node | null
  /** Where to point when there is no value. */
  readonly key: Node | null
  readonly path: Path
}

export interface Check {
  /** Folder that relative paths start at; absolute. */
  readonly dir: string
  readonly env: ConfigEnvironment
  /** Keys and values that look like secrets: reported already, never to be quoted. */
  readonly secrets: ReadonlySet<Node>
  readonly report: (mistake: Mistake) => void
  /** Told of each key set that is a file, so that it is checked whatever else is wrong. */
  readonly keyFile: (path: string) => void
  /** Told of each specification that is there, so that its reader need not wait for the rest to be right. */
  readonly specFile: (path: string) => void
}

export interface Mistake {
  readonly code: ErrorCode
  readonly at: Node | null
  readonly path: Path
  readonly message: string
  readonly nearest?: string | undefined
  readonly mend?: string
}

/** `apis[0].upstream`; the file itself is `the file`. */
export function label(path: Path): string {
  if (path.length === 0) return 'the file'
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`))
    .join('')
}

/** JSON pointer, RFC 6901 §3. */
export function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A value for a message, cut short. A path or an issuer may look random and be none the worse, but it is not repeated either. */
export function quote(text: string): string {
  if (looksSecret(text) !== undefined) return 'what is written here'
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}

/** A list of words for a message; a long one is cut, since the nearest match follows it. */
export function oneOf(words: readonly string[]): string {
  const shown = words.slice(0, 24).join(', ')
  return words.length > 24 ? `${shown}, … (${words.length} in all)` : shown
}

/** `nearest`, but never asked about a text so long that the answer costs time and means nothing. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  return word.length > 100 ? undefined : nearest(word, candidates)
}

export function diagnosticOf(mistake: Mistake, placeAt: (offset: number) => Place): Diagnostic {
  const { code, at, path, message, mend } = mistake
  return {
    code,
    message,
    place: placeAt(at === null ? 0 : offsetOf(at)),
    ...(path.length === 0 ? {} : { pointer: pointer(path) }),
    ...(mistake.nearest === undefined ? {} : { nearest: mistake.nearest }),
    ...(mend === undefined ? {} : { mend }),
  }
}
