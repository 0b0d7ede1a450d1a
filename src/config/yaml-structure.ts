/** The parts of YAML that a configuration does without, found in one pass that neither recurses nor expands anything. */
import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
} from 'yaml'

import type { ErrorCode } from '../lib/index.ts'
import { looksSecret } from './secret-signs.ts'

export interface StructureMistake {
  readonly code: ErrorCode
  readonly offset: number
  readonly message: string
}

export interface Entry {
  readonly key: string
  readonly keyNode: Node
  /** `null`: nothing stands after the colon. */
  readonly value: Node | null
}

/** Entries of a map whose keys are single words; of a repeated key only the first. What is left out, `structureMistakes` reports. */
export function entriesOf(map: YAMLMap): readonly Entry[] {
  const seen = new Set<string>()
  const entries: Entry[] = []
  for (const { key: keyNode, value } of map.items) {
    const key = isNode(keyNode) ? keyText(keyNode) : undefined
    if (!isNode(keyNode) || key === undefined || seen.has(key)) continue
    seen.add(key)
    entries.push({ key, keyNode, value: isNode(value) ? value : null })
  }
  return entries
}

/** Numbers, `null` and `true` as keys keep the text that was written. */
function keyText(node: Node): string | undefined {
  if (!isScalar(node)) return undefined
  const text = typeof node.value === 'string' ? node.value : node.source
  return text === undefined || text === '' ? undefined : text
}

export function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0
}

/** A key for a message; one that looks like a secret is not repeated. */
function named(key: string): string {
  return looksSecret(key) === undefined && key.length <= 60 ? JSON.stringify(key) : 'This key'
}

export function structureMistakes(root: Node | null): readonly StructureMistake[] {
  const found: StructureMistake[] = []
  const tell = (code: ErrorCode, node: Node, message: string): unknown =>
    found.push({ code, offset: offsetOf(node), message })
  const waiting: Node[] = root === null ? [] : [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isAlias(node)) {
      tell('GH_CONFIG_YAML_FEATURE', node, 'An alias (*) stands here; aliases are not used here.')
      continue
    }
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined)
      tell('GH_CONFIG_YAML_FEATURE', node, 'An anchor (&) stands here; anchors are not used here.')
    if (node.tag !== undefined)
      tell('GH_CONFIG_YAML_FEATURE', node, 'A tag (!) stands here; tags are not used here.')
    if (isSeq(node)) for (const item of node.items) if (isNode(item)) waiting.push(item)
    if (!isMap(node)) continue
    const seen = new Set<string>()
    for (const { key, value } of node.items) {
      if (isNode(value)) waiting.push(value)
      if (!isNode(key)) continue
      if (isScalar(key) && key.anchor !== undefined) waiting.push(key)
      const text = keyText(key)
      if (text === undefined)
        tell('GH_CONFIG_VALUE_TYPE', key, 'A key must be one word, not empty, a list or a map.')
      else if (text === '<<') tell('GH_CONFIG_YAML_FEATURE', key, 'Maps are not merged (<<) here.')
      else if (seen.has(text))
        tell('GH_CONFIG_DUPLICATE_KEY', key, `${named(text)} stands in this map already.`)
      else seen.add(text)
    }
  }
  return found
}
