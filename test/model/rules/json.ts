/** JSON as the rules want it read: numbers as their texts, no member twice, depth told. By descent, one letter at a time. */
export type Json = null | boolean | string | Numeral | readonly Json[] | ReadonlyMap<string, Json>
export class Numeral {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
export interface JsonRead {
  readonly value: Json
  readonly depth: number
  readonly duplicates: boolean
}

export function readJson(text: string): JsonRead | undefined {
  let at = 0
  let deepest = 0
  let duplicates = false
  const space = (): void => {
    while (' \t\n\r'.includes(text[at] ?? 'x')) at++
  }
  const fail = (): never => {
    throw new SyntaxError('no JSON')
  }
  const token = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const [found] = pattern.exec(text) ?? fail()
    at += found.length
    return found
  }
  const quoted = (): string =>
    JSON.parse(
      token(/"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy),
    ) as string // sound: a string literal
  const value = (depth: number): Json => {
    deepest = Math.max(deepest, depth)
    space()
    const letter = text[at]
    let result: Json
    if (letter === '{' || letter === '[') {
      const close = letter === '{' ? '}' : ']'
      const items: Json[] = []
      const members = new Map<string, Json>()
      at++
      space()
      if (text[at] === close) at++
      else
        for (;;) {
          space()
          if (letter === '{') {
            const name = quoted()
            space()
            if (text[at++] !== ':') fail()
            if (members.has(name)) duplicates = true
            members.set(name, value(depth + 1))
          } else items.push(value(depth + 1))
          space()
          const next = text[at++]
          if (next === close) break
          if (next !== ',') fail()
        }
      result = letter === '{' ? members : items
    } else if (letter === '"') result = quoted()
    else if (letter === 't' || letter === 'f') result = token(/true|false/y) === 'true'
    else if (letter === 'n') result = token(/null/y) === 'null' ? null : fail()
    else result = new Numeral(token(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y))
    return result
  }
  try {
    const read = value(0)
    space()
    return at === text.length ? { value: read, depth: deepest, duplicates } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** One text for one value: members sorted, numbers as written. */
export function sorted(value: Json): string {
  if (value instanceof Numeral) return `#${value.text}`
  if (value instanceof Map)
    return `{${[...(value as ReadonlyMap<string, Json>)] // sound: the only map there is
      .map(([name, inner]) => `${JSON.stringify(name)}:${sorted(inner)}`)
      .sort()
      .join()}}`
  return Array.isArray(value)
    ? `[${(value as readonly Json[]).map(sorted).join()}]`
    : JSON.stringify(value)
}
