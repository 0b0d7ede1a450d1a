import type { Place } from '../lib/index.ts'

/**
 * Offset → place. The parser's own line counter misses the line ends inside what it cannot read, and a mistake is just where the
 * place matters. Offsets outside the text are moved to its nearest end.
 */
export function linePlaces(file: string, text: string): (offset: number) => Place {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    const inside = Math.max(0, Math.min(offset, text.length))
    let low = 0
    let high = starts.length
    // INVARIANT: starts[low] <= inside < starts[high]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= inside) low = middle
      else high = middle
    }
    return { file, line: low + 1, column: inside - (starts[low] ?? 0) + 1 }
  }
}
