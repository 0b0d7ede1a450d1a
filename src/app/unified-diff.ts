/** The difference of two versions of one text, as `diff -u` and code review show it. */

/** Lines shown around a change. */
const CONTEXT = 3

/** `''` when both are the same. Meant for few changes in a long text: each change is found by the lines around it. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return ''
  const was = lines(before)
  const is = lines(after)
  const hunks = changes(was, is)
  const out = [`--- ${name}`, `+++ ${name}`]
  let shift = 0
  for (const group of grouped(hunks)) {
    const first = group[0]
    const last = group.at(-1)
    if (first === undefined || last === undefined) continue
    const from = Math.max(0, first.from - CONTEXT)
    const to = Math.min(was.length, last.to + CONTEXT)
    const body: string[] = []
    let at = from
    for (const { from: start, to: end, put } of group) {
      body.push(...was.slice(at, start).map((line) => ` ${line}`))
      body.push(...was.slice(start, end).map((line) => `-${line}`))
      body.push(...put.map((line) => `+${line}`))
      at = end
    }
    body.push(...was.slice(at, to).map((line) => ` ${line}`))
    const grown = group.reduce(
      (sum, { from: start, to: end, put }) => sum + put.length - (end - start),
      0,
    )
    out.push(`@@ -${from + 1},${to - from} +${from + 1 + shift},${to - from + grown} @@`, ...body)
    shift += grown
  }
  return `${out.join('\n')}\n`
}

interface Change {
  /** Lines of the old text, the second one exclusive. */
  readonly from: number
  readonly to: number
  readonly put: readonly string[]
}

function lines(text: string): readonly string[] {
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

/** Walks both texts; where they part, the nearest place at which they agree again ends the change. */
function changes(was: readonly string[], is: readonly string[]): readonly Change[] {
  const found: Change[] = []
  let [a, b] = [0, 0]
  while (a < was.length || b < is.length) {
    if (a < was.length && b < is.length && was[a] === is[b]) {
      a++
      b++
      continue
    }
    const [skipA, skipB] = nextAgreement(was, is, a, b)
    found.push({ from: a, to: a + skipA, put: is.slice(b, b + skipB) })
    a += skipA
    b += skipB
  }
  return found
}

function nextAgreement(
  was: readonly string[],
  is: readonly string[],
  a: number,
  b: number,
): readonly [number, number] {
  const most = was.length - a + (is.length - b)
  for (let sum = 1; sum <= most; sum++)
    for (let skip = 0; skip <= sum; skip++) {
      const [x, y] = [a + skip, b + sum - skip]
      if (x > was.length || y > is.length) continue
      if (x === was.length && y === is.length) return [skip, sum - skip]
      // An empty line is found everywhere, so it takes the next one too.
      if (x === was.length || y === is.length || was[x] !== is[y]) continue
      if (was[x]?.trim() !== '' || was[x + 1] === is[y + 1]) return [skip, sum - skip]
    }
  return [was.length - a, is.length - b]
}

/** Changes whose contexts meet are one hunk. */
function grouped(all: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = []
  for (const change of all) {
    const open = groups.at(-1)
    const before = open?.at(-1)
    if (open !== undefined && before !== undefined && change.from - before.to <= 2 * CONTEXT)
      open.push(change)
    else groups.push([change])
  }
  return groups
}
