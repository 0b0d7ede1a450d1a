/**
 * Reads exported interfaces and unions out of a source file of ours, with their comments: TypeScript 7 has no compiler API to ask, and
 * the declarations are written one member a line by the formatter.
 */
export interface Declared {
  readonly name: string
  readonly comment: string
  readonly members: readonly Member[]
  /** Text of a type alias that is no object. */
  readonly alias: string | undefined
}
export interface Member {
  readonly name: string
  readonly optional: boolean
  readonly type: string
  readonly comment: string
}

const DECLARATION =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?export (?:interface (\w+)[^{\n]*\{\n([\s\S]*?)\n\}|type (\w+) =([\s\S]*?)(?=\n\n|\n(?:export|\/\*\*)|$))/g
const MEMBER =
  /(?:\s*\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}readonly (\w+)(\?)?:((?:.*(?:\n {4,}.*)*(?:\n {2}[}>].*)?))/gm

export function declarationsOf(source: string): readonly Declared[] {
  return [...source.matchAll(DECLARATION)].map(([, comment, name, body, alias, text]) => ({
    name: name ?? alias ?? '',
    comment: words(comment),
    alias: text === undefined ? undefined : squeeze(text),
    members: body === undefined ? [] : membersOf(body),
  }))
}

function membersOf(body: string): readonly Member[] {
  return [...body.matchAll(MEMBER)].map(([, comment, name = '', optional, type = '']) => ({
    name,
    optional: optional !== undefined,
    type: squeeze(type),
    comment: words(comment),
  }))
}

function words(comment: string | undefined): string {
  return (comment ?? '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, '').trimEnd())
    .join(' ')
    .trim()
}

function squeeze(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replace(/^ ?\| /, '')
    .trim()
}
