/** A page of `docs/reference/`: made of what the product itself uses, never written by hand. */
export interface Page {
  /** `errors.md` */
  readonly file: string
  render(): string
}

export const MADE = '<!-- Made by "npm run docs" from the source; a test compares the two. -->'

export function page(title: string, intro: string, ...parts: readonly string[]): string {
  return `${[MADE, `# ${title}`, intro, ...parts].join('\n\n')}\n`
}

export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function cell(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', String.raw`\|`)
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('`', "'")}\``
}

export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ')
}
