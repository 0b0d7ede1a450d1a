/** Finds literal secrets anywhere in a YAML tree, known key or not. What it finds, no later message may quote. */
import { isMap, isNode, isScalar, isSeq, type Node } from 'yaml'

import { looksSecret, soundsSecret } from './secret-signs.ts'
import { entriesOf } from './yaml-structure.ts'

export interface SecretFound {
  readonly node: Node
  /** Names neither key nor value. */
  readonly what: string
}

interface Waiting {
  readonly node: Node
  /** Words of the keys above, nearest last. */
  readonly under: string
  /** The key above names a secret, so any text here is one. */
  readonly secret: boolean
  /** The value identifies something public, see `looksSecret`. */
  readonly identifier: boolean
}

/** Keys whose members are named by other people (operations, rules): their sound means nothing. */
const NAMES_FROM_OUTSIDE = new Set(['permissions', 'rules', 'mandate'])
/** Keys whose values are public identifiers or paths, which may look random. */
const IDENTIFIERS = new Set([
  'issuer',
  'issuers',
  'origins',
  'audience',
  'jwks',
  'spec',
  'feed',
  'dataDir',
  'file',
])

export function findSecrets(root: Node | null): readonly SecretFound[] {
  const found: SecretFound[] = []
  const waiting: Waiting[] = []
  if (root !== null) waiting.push({ node: root, under: '', secret: false, identifier: false })
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { node, secret } = at
    if (isSeq(node)) {
      for (const item of node.items) if (isNode(item)) waiting.push({ ...at, node: item })
    } else if (isMap(node)) {
      for (const { key, keyNode, value } of entriesOf(node)) {
        const kind = looksSecret(key)
        if (kind !== undefined) found.push({ node: keyNode, what: `This key looks like ${kind}.` })
        if (value === null) continue
        const reference = secret && (key === 'file' || key === 'env')
        const named = !NAMES_FROM_OUTSIDE.has(at.under) && soundsSecret(key)
        waiting.push({
          node: value,
          under: key,
          // A map under a secret's key is as secret as the key, except for the two forms of a reference.
          secret: named || (secret && !reference && isScalar(value)),
          identifier: IDENTIFIERS.has(key),
        })
      }
    } else if (isScalar(node)) {
      const what = secretScalar(node.value, at)
      if (what !== undefined) found.push({ node, what })
    }
  }
  return found
}

function secretScalar(value: unknown, at: Waiting): string | undefined {
  if (typeof value === 'string' && value !== '') {
    const kind = looksSecret(value, at.identifier)
    if (kind !== undefined) return `This value looks like ${kind}.`
  }
  // A number may be a password, but a number of tokens is a count.
  const literal =
    (typeof value === 'string' && value !== '') ||
    (typeof value === 'number' && !/tokens?$/i.test(at.under))
  return at.secret && literal
    ? 'The key of this value names a secret, and the value is written out.'
    : undefined
}
