/**
 * Where each value of a parsed document stands in its text. Offsets only: line and column are worked out when somebody asks, which
 * is rare. The tree lives as long as one import.
 */
export interface Mark {
  /** Offset of the value. */
  readonly offset: number
  /** Offset of the key it stands under; that of the value in an array. */
  readonly key: number
  readonly children: ReadonlyMap<string, Mark> | readonly Mark[] | null
  /** Of a value that was made of another: the mark of that one. */
  readonly from?: Mark
}

export type Part = 'key' | 'value'

/** The mark at `tokens`, or that of the nearest parent that exists. */
export function offsetOf(root: Mark, tokens: readonly string[], part: Part): number {
  let mark = root
  for (const token of tokens) {
    const child = childOf(mark, token)
    if (child === undefined) return mark.key
    mark = child
  }
  return part === 'key' ? mark.key : mark.offset
}

function childOf(mark: Mark, token: string): Mark | undefined {
  if (mark.children === null) return undefined
  return mark.children instanceof Map
    ? mark.children.get(token)
    : // sound: what is neither null nor a Map is the array of the union
      (mark.children as readonly Mark[])[Number(token)]
}

/** Line and column, both from 1, of an offset. A line ends at LF, CR LF or a lone CR, as editors count. */
export function lineIndex(text: string): (offset: number) => { line: number; column: number } {
  let starts: number[] | undefined
  return (offset) => {
    starts ??= lineStarts(text)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length)
  return starts
}
