/** Finds where things stand in a small JSON text. Only for messages: nothing is decided here, and only mistakes pay for it. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs

/** Line and column, from 1, of a position. */
export function lineColumn(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position)
  const line = before.split('\n').length
  return { line, column: position - before.lastIndexOf('\n') }
}

/** Position of the top-level member `name` (its last occurrence, or its second when `repeated`); 0 when it is not there. */
export function memberPosition(text: string, name: string): number {
  let found = 0
  for (const member of topMembers(text)) if (member.name === name) found = member.position
  return found
}

/** A name that stands twice at the top level: JSON.parse would silently take the last. */
export function repeatedMember(text: string): string | undefined {
  const seen = new Set<string>()
  for (const { name } of topMembers(text)) {
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

/** Quick count of everything that looks like a member, at any depth. */
export function countMembers(text: string): number {
  let count = 0
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs))
    if (colon !== undefined) count++
  return count
}

function* topMembers(text: string): Generator<{ name: string; position: number }> {
  let depth = 0
  let last: { token: string; position: number } | undefined
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (token === ':' && depth === 1 && last?.token.startsWith('"') === true)
      yield { name: unquote(last.token), position: last.position }
    last = { token, position: match.index }
  }
}

function unquote(token: string): string {
  try {
    return String(JSON.parse(token))
  } catch {
    return token
  }
}
