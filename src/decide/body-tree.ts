/** The tree of a JSON body, read once for all rules of a request. */
import { type GrammarFault, type JsonTree, readTree } from '../schema/index.ts'
import type { BodyFact } from './facts.ts'

type TextBody = Extract<BodyFact, { readonly kind: 'text' }>

/** INVARIANT: a fact is never changed, so what was read of it holds for as long as it lives. */
const READ = new WeakMap<
  TextBody,
  { readonly maxDepth: number; readonly tree: JsonTree | GrammarFault }
>()

/** As `readTree` of its text; the same object each time that it is asked for as deep. */
export function bodyTree(body: TextBody, maxDepth: number): JsonTree | GrammarFault {
  const known = READ.get(body)
  // What is malformed within a depth is so at any other.
  if (known?.maxDepth === maxDepth) return known.tree
  // A tree that fits fewer levels fits more.
  if (known !== undefined && known.maxDepth < maxDepth && typeof known.tree !== 'string')
    return known.tree
  const tree = readTree(body.text, maxDepth)
  READ.set(body, { maxDepth, tree })
  return tree
}
