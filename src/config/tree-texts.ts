/** Texts of the tree and where they stand, for checks of one part of the file against another. */
import { isMap, isScalar, isSeq, type Node } from 'yaml'

import { type Check, label, nearestWord, oneOf, type Path, quote } from './check.ts'
import { entriesOf } from './yaml-structure.ts'

export interface Text {
  readonly text: string
  readonly node: Node
  readonly path: Path
}

export function unique(texts: readonly Text[], check: Check, what: string): void {
  const seen = new Set<string>()
  for (const { text, node, path } of texts) {
    if (seen.has(text)) {
      const message = `${label(path)} must be unique, but ${quote(text)} ${what}.`
      check.report({ code: 'GH_CONFIG_VALUE_DUPLICATE', at: node, path, message })
    }
    seen.add(text)
  }
}

export function refuse(check: Check, named: Text, why: string, known: readonly string[]): void {
  const { node, path, text } = named
  const there = known.length === 0 ? '' : `; there is ${oneOf(known)}`
  check.report({
    code: 'GH_CONFIG_REFERENCE_UNKNOWN',
    at: node,
    path,
    message: `${label(path)} is ${quote(text)}, which ${why}${there}.`,
    nearest: nearestWord(text, known),
  })
}

export function member(node: Node | null | undefined, key: string): Node | undefined {
  if (!isMap(node)) return undefined
  return entriesOf(node).find((entry) => entry.key === key)?.value ?? undefined
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  // Sound: items of a parsed list are nodes.
  return isSeq(node) ? (node.items as Node[]) : []
}

export function textIn(node: Node | undefined, path: Path, check: Check): Text | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || check.secrets.has(node)) return undefined
  return { text: node.value, node, path }
}
