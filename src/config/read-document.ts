/** A file of the bank that is data, JSON or YAML: the value, the places of its members, and what is wrong with it as text. */
import { isMap, isNode, isScalar, isSeq, type Node } from 'yaml'

import type { Diagnostic, JsonValue, Place } from '../lib/index.ts'
import { diagnosticOf } from './check.ts'
import { findSecrets } from './secret-scan.ts'
import { entriesOf, offsetOf } from './yaml-structure.ts'
import { parseYaml } from './yaml-text.ts'

export interface ReadDocument {
  /** There exactly when `diagnostics` is empty. */
  readonly value?: JsonValue
  readonly diagnostics: readonly Diagnostic[]
  /** Place of a member by its path, or of the nearest parent that exists. */
  readonly placeOf: (path: readonly (string | number)[]) => Place
}

export function readDocument(file: string, text: string): ReadDocument {
  const yaml = parseYaml(file, text)
  const secrets = findSecrets(yaml.root).map(({ node, what }) =>
    diagnosticOf(
      { code: 'GH_CONFIG_SECRET_LITERAL', at: node, path: [], message: what },
      yaml.placeAt,
    ),
  )
  const diagnostics = [...yaml.diagnostics, ...secrets]
  const placeOf = (path: readonly (string | number)[]): Place =>
    yaml.placeAt(nearestOffset(yaml.root, path))
  return diagnostics.length > 0
    ? { diagnostics, placeOf }
    : { value: plain(yaml.root), diagnostics, placeOf }
}

/** Offset of the value at a path, or of the nearest parent that exists. */
export function nearestOffset(root: Node | null, path: readonly (string | number)[]): number {
  let node = root
  for (const step of path) {
    let child: unknown
    if (isMap(node)) child = entriesOf(node).find(({ key }) => key === step)?.value
    else if (isSeq(node) && typeof step === 'number') child = node.items[step]
    if (!isNode(child)) break
    node = child
  }
  return node === null ? 0 : offsetOf(node)
}

/** The structure was checked: no alias, no tag, keys that are single words. */
function plain(node: Node | null): JsonValue {
  if (isSeq(node)) return node.items.map((item) => plain(isNode(item) ? item : null))
  if (isMap(node))
    return Object.fromEntries(entriesOf(node).map(({ key, value }) => [key, plain(value)]))
  if (!isScalar(node)) return null
  const { value } = node
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? value
    : null
}
