/** Members of an answer as a person names them: `Data.Account[].Nickname`. */

/** `[]` is each item. */
export function memberPath(text: string): readonly string[] {
  return text
    .replaceAll('[]', '.*')
    .split('.')
    .filter((segment) => segment !== '')
}

/** Whether the JSON text has the member, at one place at least. */
export function holdsMember(text: string | undefined, path: readonly string[]): boolean {
  if (text === undefined || text === '') return false
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return false
  }
  return holds(value, path, 0)
}

function holds(value: unknown, path: readonly string[], at: number): boolean {
  const segment = path[at]
  if (segment === undefined) return true
  if (segment === '*')
    return Array.isArray(value) && value.some((item) => holds(item, path, at + 1))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (!Object.hasOwn(value, segment)) return false
  return holds((value as Record<string, unknown>)[segment], path, at + 1) // sound: a non-null object of unknowns
}
