/**
 * A key for every person there may ever be, without a table of them, and each can be destroyed alone: a puncturable pseudorandom function
 * (Goldreich, Goldwasser, Micali 1986; punctured as in Boneh and Waters 2013). A person's key is the leaf of a tree in which each child is
 * SHA-256 of its parent and a digit, always 33 bytes: 16 steps, once per person and then remembered. To destroy one key, the path to it is thrown away and what
 * hangs beside the path is kept: every other key is as it was, and that one can never be computed again, by nobody.
 */
import { hash } from 'node:crypto'

/** Hexadecimal digits of a place: 64 bits, as many as a pseudonym has. */
export const DEPTH = 16
const DIGITS = '0123456789abcdef'

/** Prefix of places → key of that subtree. No prefix is a prefix of another. */
export type TreeNodes = ReadonlyMap<string, Uint8Array>

/** `undefined`: destroyed. */
export function leafOf(nodes: TreeNodes, place: string): Uint8Array | undefined {
  const start = coverOf(nodes, place)
  if (start === undefined) return undefined
  let { key } = start
  for (let depth = start.depth; depth < DEPTH; depth++) key = childOf(key, place[depth] ?? '')
  return key
}

/** The tree without this leaf; the same tree when it has none. */
export function withoutLeaf(nodes: TreeNodes, place: string): TreeNodes {
  const start = coverOf(nodes, place)
  if (start === undefined) return nodes
  const left = new Map(nodes)
  left.delete(place.slice(0, start.depth))
  let { key } = start
  for (let depth = start.depth; depth < DEPTH; depth++) {
    for (const digit of DIGITS)
      if (digit !== place[depth]) left.set(place.slice(0, depth) + digit, childOf(key, digit))
    key = childOf(key, place[depth] ?? '')
  }
  return left
}

function coverOf(
  nodes: TreeNodes,
  place: string,
): { readonly depth: number; readonly key: Uint8Array } | undefined {
  if (!/^[0-9a-f]{16}$/.test(place)) throw new TypeError('a place has 16 hexadecimal digits')
  for (let depth = 0; depth <= DEPTH; depth++) {
    const key = nodes.get(place.slice(0, depth))
    if (key !== undefined) return { depth, key }
  }
  return undefined
}

function childOf(key: Uint8Array, digit: string): Uint8Array {
  const step = Buffer.alloc(key.length + 1, digit)
  step.set(key)
  return hash('sha256', step, 'buffer')
}
