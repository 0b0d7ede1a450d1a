/**
 * Edits of `gatehouse.yaml` that touch nothing else: comments, quotes, order and spaces of everything around stay byte for byte,
 * because the text is spliced where the tree says that a value stands, and never written anew.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'

import { GatehouseError } from '../lib/index.ts'
import { entriesOf } from './yaml-structure.ts'

export type ConfigEdit =
  /** Another value for a scalar that stands there. */
  | { readonly kind: 'set'; readonly path: readonly (string | number)[]; readonly value: string }
  /** A further API, as lines of YAML without the dash, the first one `name: …`. */
  | { readonly kind: 'add-api'; readonly lines: readonly string[] }

interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** @throws GH_CLI_NOT_EDITABLE where a value does not stand as a plain scalar, or `apis` not as a block list */
export function editConfig(text: string, edits: readonly ConfigEdit[]): string {
  const root = parseDocument(text, { uniqueKeys: false, prettyErrors: false }).contents
  const splices = edits
    .map((edit) => (edit.kind === 'set' ? setAt(root, text, edit) : addApi(root, text, edit.lines)))
    .toSorted((a, b) => b.from - a.from)
  return splices.reduce(
    (before, { from, to, text: put }) => before.slice(0, from) + put + before.slice(to),
    text,
  )
}

function setAt(
  root: Node | null,
  text: string,
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
    throw new GatehouseError('GH_CLI_NOT_EDITABLE', `${path.join('.')} is not a plain value`)
  const [from, to] = node.range
  if (text.slice(from, to).includes('\n'))
    throw new GatehouseError('GH_CLI_NOT_EDITABLE', `${path.join('.')} spans several lines`)
  return { from, to, text: value }
}

function addApi(root: Node | null, text: string, lines: readonly string[]): Splice {
  const apis = nodeAt(root, ['apis'])
  const last: unknown = isSeq(apis) ? apis.items.at(-1) : undefined
  if (
    !isSeq(apis) ||
    apis.flow === true ||
    !isMap(last) ||
    last.range == null ||
    apis.range == null
  )
    throw new GatehouseError('GH_CLI_NOT_EDITABLE', 'apis is not a list of blocks')
  const first = last.range[0]
  const start = text.lastIndexOf('\n', first - 1) + 1
  const dash = /^( *)-( +)/.exec(text.slice(start, first))
  if (dash === null) throw new GatehouseError('GH_CLI_NOT_EDITABLE', 'apis is not a list of blocks')
  const [, indent = '', gap = ' '] = dash
  // The value's end, before the comments and blank lines that may belong to what follows.
  let at = last.range[1]
  while (at > first && /\s/.test(text[at - 1] ?? '')) at--
  const lineEnd = text.indexOf('\n', at)
  const end = lineEnd === -1 ? text.length : lineEnd + 1
  const block = lines.map((line, index) =>
    index === 0 ? `${indent}-${gap}${line}` : `${indent} ${gap.replaceAll(/./g, ' ')}${line}`,
  )
  return { from: end, to: end, text: `${lineEnd === -1 ? '\n' : ''}${block.join('\n')}\n` }
}

function nodeAt(root: Node | null, path: readonly (string | number)[]): Node | undefined {
  let node: unknown = root
  for (const step of path) {
    if (isMap(node)) node = entriesOf(node).find(({ key }) => key === step)?.value
    else if (isSeq(node) && typeof step === 'number') node = node.items[step]
    else return undefined
    if (isAlias(node)) return undefined
  }
  return node === null || node === undefined ? undefined : (node as Node) // sound: values and items of a parsed tree are nodes
}
