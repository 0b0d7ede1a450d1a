/** Request headers as they came: a flat list of name, value, name, value. Read in place; no object is built for them. */
import type { HeaderView } from '../../decide/index.ts'

const NONE: readonly string[] = []

export class RawHeaders implements HeaderView {
  readonly raw: readonly string[]

  constructor(raw: readonly string[]) {
    this.raw = raw
  }

  all(name: string): readonly string[] {
    const { raw } = this
    let first: string | undefined
    let more: string[] | undefined
    for (let at = 0; at + 1 < raw.length; at += 2) {
      if (!sameName(raw[at], name)) continue
      const value = raw[at + 1] ?? ''
      if (first === undefined) first = value
      else (more ??= [first]).push(value)
    }
    return more ?? (first === undefined ? NONE : [first])
  }
}

/** `lower` is in lower case; header names are ASCII (RFC 9110 §5.1), so the lengths agree. */
function sameName(name: string | undefined, lower: string): boolean {
  return (
    name !== undefined &&
    name.length === lower.length &&
    (name === lower || name.toLowerCase() === lower)
  )
}
