/**
 * Edits of `gatehouse.yaml` that touch nothing else: comments, quotes, order and spaces of everything around stay byte for byte,
 * because the text is spliced where the tree says that a value stands, and never written anew. What is added is written as its
 * neighbours are: as lines, in brackets, or as JSON.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml'

import { GatehouseError } from '../lib/index.ts'
import { type AddedEntry, inBrackets, inLines } from './added-entries.ts'
import { entriesOf } from './yaml-structure.ts'

type Path = readonly (string | number)[]

export type ConfigEdit =
  /** Another value for a scalar that stands there: a word, or a number. */
  | { readonly kind: 'set'; readonly path: Path; readonly value: string }
  /** A further API. */
  | { readonly kind: 'add-api'; readonly entries: readonly AddedEntry[] }
  /** Further entries of a map, which is made if only its parent is there. */
  | { readonly kind: 'add-entries'; readonly path: Path; readonly entries: readonly AddedEntry[] }

interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

interface Source {
  readonly root: Node | null
  readonly text: string
  readonly lineEnd: '\n' | '\r\n'
  /** Every key in double quotes, from the first brace on. */
  readonly isJson: boolean
}

/** @throws GH_CLI_NOT_EDITABLE where a value does not stand as one word, or what is added to is not the list or map that it must be */
export function editConfig(text: string, edits: readonly ConfigEdit[]): string {
  const root = parseDocument(text, { uniqueKeys: false, prettyErrors: false }).contents
  const source: Source = {
    root,
    text,
    lineEnd: text.includes('\r\n') ? '\r\n' : '\n',
    isJson: isMap(root) && root.flow === true && isQuoted(root),
  }
  const splices = edits
    .flatMap((edit) => splicesOf(source, edit))
    .toSorted((a, b) => b.from - a.from)
  return splices.reduce(
    (before, { from, to, text: put }) => before.slice(0, from) + put + before.slice(to),
    text,
  )
}

function splicesOf(source: Source, edit: ConfigEdit): readonly Splice[] {
  switch (edit.kind) {
    case 'set':
      return [setAt(source, edit)]
    case 'add-api':
      return addApi(source, edit.entries)
    case 'add-entries':
      return addEntries(source, edit.path, edit.entries)
    default:
      return edit satisfies never
  }
}

function setAt(
  { root, text, isJson }: Source,
  { path, value }: Extract<ConfigEdit, { readonly kind: 'set' }>,
): Splice {
  const node = nodeAt(root, path)
  // Block scalars span lines with their own indentation; nobody writes a name so.
  if (
    !isScalar(node) ||
    node.range == null ||
    node.type === 'BLOCK_LITERAL' ||
    node.type === 'BLOCK_FOLDED'
  )
    throw notEditable(`${path.join('.')} is not a plain value`)
  const [from, to] = node.range
  if (text.slice(from, to).includes('\n'))
    throw notEditable(`${path.join('.')} spans several lines`)
  return { from, to, text: isJson && !/^\d+$/.test(value) ? JSON.stringify(value) : value }
}

function addApi(source: Source, entries: readonly AddedEntry[]): readonly Splice[] {
  const apis = nodeAt(source.root, ['apis'])
  if (!isSeq(apis) || apis.range == null) throw notEditable('apis is not a list')
  if (apis.flow === true) {
    const item = `{ ${inBrackets(entries, source.isJson)} }`
    const last: unknown = apis.items.at(-1)
    return intoBrackets(source, apis.range[0], last === undefined ? undefined : last, item)
  }
  const last: unknown = apis.items.at(-1)
  if (!isMap(last) || last.range == null) throw notEditable('the last of apis is not a map')
  // The first dash of the list, and what stands between a dash and its item.
  const dashAt = apis.range[0]
  const indent = ' '.repeat(columnOf(source.text, dashAt))
  const gap = /^-( +)\S/.exec(source.text.slice(dashAt))?.[1] ?? ' '
  const lines = inLines(entries).map((line, at) => `${indent}${at === 0 ? '-' : ' '}${gap}${line}`)
  return [below(source, last, lines)]
}

function addEntries(source: Source, path: Path, entries: readonly AddedEntry[]): readonly Splice[] {
  const map = nodeAt(source.root, path)
  if (isMap(map)) return intoMap(source, map, inLines(entries), inBrackets(entries, source.isJson))
  const parent = nodeAt(source.root, path.slice(0, -1))
  const name = String(path.at(-1))
  if (!isMap(parent) || entriesOf(parent).some(({ key }) => key === name))
    throw notEditable(`${path.join('.')} is not a map`)
  const key = source.isJson ? JSON.stringify(name) : name
  return intoMap(
    source,
    parent,
    [`${name}:`, ...inLines(entries).map((line) => `  ${line}`)],
    `${key}: { ${inBrackets(entries, source.isJson)} }`,
  )
}

function intoMap(
  source: Source,
  map: YAMLMap,
  lines: readonly string[],
  bracketed: string,
): readonly Splice[] {
  if (map.range == null) throw notEditable('a map has no place')
  if (map.flow === true) {
    const last = map.items.at(-1)
    return intoBrackets(source, map.range[0], last?.value ?? last?.key, bracketed)
  }
  const indent = ' '.repeat(columnOf(source.text, map.range[0]))
  return [
    below(
      source,
      map,
      lines.map((line) => indent + line),
    ),
  ]
}

/** After the last of a list or map in brackets; on a line of its own, if that one has a line of its own. */
function intoBrackets(
  { text, lineEnd }: Source,
  open: number,
  last: unknown,
  added: string,
): readonly Splice[] {
  if (last === undefined)
    return [{ from: open + 1, to: open + 1, text: text[open] === '{' ? ` ${added} ` : added }]
  const range = (last as Node).range // sound: items, keys and values of a parsed tree are nodes
  if (range == null) throw notEditable('what stands last has no place')
  const [from, to] = range
  const start = text.slice(text.lastIndexOf('\n', from - 1) + 1, from)
  const rest = /^[ \t]*(,?)[ \t]*(?:#[^\r\n]*)?(?=\r?\n)/.exec(text.slice(to))
  if (rest === null || start.trim() !== '' || start === '')
    return [{ from: to, to, text: `, ${added}` }]
  const end = to + rest[0].length
  const line = `${lineEnd}${start}${added}`
  if (rest[1] === ',') return [{ from: end, to: end, text: `${line},` }]
  return end === to
    ? [{ from: to, to, text: `,${line}` }]
    : [
        { from: to, to, text: ',' },
        { from: end, to: end, text: line },
      ]
}

/** Below a block, before the comments and blank lines that may belong to what follows. */
function below({ text, lineEnd }: Source, block: YAMLMap, lines: readonly string[]): Splice {
  const [first = 0, valueEnd = 0] = block.range ?? []
  let at = valueEnd
  while (at > first && /\s/.test(text[at - 1] ?? '')) at--
  const found = text.indexOf('\n', at)
  const end = found === -1 ? text.length : found + 1
  const put = lines.map((line) => `${line}${lineEnd}`).join('')
  return { from: end, to: end, text: `${found === -1 ? lineEnd : ''}${put}` }
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

function isQuoted(map: YAMLMap): boolean {
  const [first] = map.items
  return isScalar(first?.key) && first.key.type === 'QUOTE_DOUBLE'
}

function notEditable(detail: string): GatehouseError {
  return new GatehouseError('GH_CLI_NOT_EDITABLE', detail)
}

function nodeAt(root: Node | null, path: Path): Node | undefined {
  let node: unknown = root
  for (const step of path) {
    if (isMap(node)) node = entriesOf(node).find(({ key }) => key === step)?.value
    else if (isSeq(node) && typeof step === 'number') node = node.items[step]
    else return undefined
    if (isAlias(node)) return undefined
  }
  return node === null || node === undefined ? undefined : (node as Node) // sound: values and items of a parsed tree are nodes
}
