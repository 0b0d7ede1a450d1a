/** Path templates (OpenAPI 3.0.3 §4.7.8.2): what is between braces, and whether a request could ever match. */
export type PathTemplate =
  | {
      readonly ok: true
      readonly names: readonly string[]
      /** Names taken out: two templates with the same shape match the same requests. */
      readonly shape: string
    }
  | { readonly ok: false; readonly reason: string }

export function parseTemplate(path: string): PathTemplate {
  if (!path.startsWith('/')) return { ok: false, reason: 'a path starts with `/`' }
  if (/[?#]/.test(path)) return { ok: false, reason: 'a path has no query and no fragment' }
  // What a gateway normalises or refuses before it routes can never match.
  if (path.includes('//')) return { ok: false, reason: 'it has an empty segment (`//`)' }
  if (/\/\.\.?(\/|$)/.test(path)) return { ok: false, reason: 'it has a `.` or `..` segment' }
  if (/[\s\\]|[^\x20-\x7e]|%/.test(path.replaceAll(/\{[^{}]*\}/g, '')))
    return {
      ok: false,
      reason: 'it has white space, a backslash, a `%` or a character outside ASCII',
    }
  const names: string[] = []
  for (const [, name = ''] of path.matchAll(/\{([^{}]*)\}/g)) {
    if (name.trim() === '' || name.includes('/'))
      return { ok: false, reason: `\`{${name}}\` does not name a parameter` }
    if (names.includes(name)) return { ok: false, reason: `\`{${name}}\` stands in it twice` }
    names.push(name)
  }
  const shape = path.replaceAll(/\{[^{}]*\}/g, '{}')
  if (/[{}]/.test(shape.replaceAll('{}', '')))
    return { ok: false, reason: 'its braces do not pair up' }
  // `{a}{b}`: where one ends and the other begins is anybody's guess.
  if (shape.includes('{}{}')) return { ok: false, reason: 'two parameters stand side by side' }
  return { ok: true, names, shape }
}
