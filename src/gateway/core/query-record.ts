/** The query of a request for the event: names of what is declared, and how much was not. Never a value. */

export interface QueryRecord {
  /** Declared names that came, each once. */
  readonly names: readonly string[]
  /** Parameters under names that are not declared: a stranger made those up, so they are only counted. */
  readonly undeclared: number
}

const NOTHING: QueryRecord = { names: [], undeclared: 0 }

export function recordQuery(
  target: string,
  declared: ReadonlySet<string> | undefined,
): QueryRecord {
  const mark = target.indexOf('?')
  if (declared === undefined || mark < 0) return NOTHING
  const names: string[] = []
  let undeclared = 0
  // An escape anywhere is rare: then the names are read as a form (WHATWG URL §5.1), otherwise as they stand.
  const plain = !target.includes('%', mark) && !target.includes('+', mark)
  for (const name of plain ? plainNames(target, mark + 1) : queryOf(target).keys())
    if (!declared.has(name)) undeclared++
    else if (!names.includes(name)) names.push(name)
  return { names, undeclared }
}

export function queryOf(target: string): URLSearchParams {
  const mark = target.indexOf('?')
  // With the `?`, which is taken away once: a second one belongs to a name.
  return new URLSearchParams(mark < 0 ? '' : target.slice(mark))
}

function plainNames(target: string, start: number): readonly string[] {
  const names: string[] = []
  for (let at = start; at <= target.length;) {
    const next = target.indexOf('&', at)
    const end = next < 0 ? target.length : next
    const sign = target.indexOf('=', at)
    if (end > at) names.push(target.slice(at, sign < 0 || sign > end ? end : sign))
    at = end + 1
  }
  return names
}
