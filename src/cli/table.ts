/** Columns that line up, the last one wrapped to the width; for people, never parsed (that is what `--json` is for). */
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

export function visibleLength(text: string): number {
  return text.replace(ANSI, '').length
}

export function table(rows: readonly (readonly string[])[], columns = 100, indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, visibleLength(cell))
    })
  }
  return rows.flatMap((row) => {
    const last = row.length - 1
    const head = row
      .slice(0, last)
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - visibleLength(cell) + 2))
      .join('')
    const left = indent.length + visibleLength(head)
    const lines = wrap(row[last] ?? '', Math.max(24, columns - left))
    return lines.map((line, i) =>
      (indent + (i === 0 ? head : ' '.repeat(visibleLength(head))) + line).trimEnd(),
    )
  })
}

/** Breaks at spaces; a word longer than the width stays whole, so that a command or a path can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
