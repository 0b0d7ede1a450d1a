/** The tree of a JSON body, read once for all rules of a request. */
import { type GrammarFault, type JsonTree, readTree } from '../schema/index.ts'
import { isJson } from './answer.ts'
import type { BodyFact } from './facts.ts'

type TextBody = Extract<BodyFact, { readonly kind: 'text' }>

/** INVARIANT: a fact is never changed, so what was read of it holds for as long as it lives. */
const READ = new WeakMap<
  TextBody,
  { readonly maxDepth: number; readonly tree: JsonTree | GrammarFault }
>()

/** A JWS whose payload is JSON (RFC 7519 §10.3.1). */
export const MESSAGE = 'application/jwt'
/** Of the envelope, and no part of what the message says (RFC 7519 §4.1). */
const ENVELOPE = ['iss', 'aud', 'iat', 'jti', 'exp', 'nbf', 'sub']

/** Whether a body of the type can be looked into. */
export function isReadable(mediaType: string): boolean {
  return isJson(mediaType) || mediaType === MESSAGE
}

/** As `readTree` of its text, or of what the message in it says; the same object each time that it is asked for as deep. */
export function bodyTree(body: TextBody, maxDepth: number): JsonTree | GrammarFault {
  const known = READ.get(body)
  // What is malformed within a depth is so at any other.
  if (known?.maxDepth === maxDepth) return known.tree
  // A tree that fits fewer levels fits more.
  if (known !== undefined && known.maxDepth < maxDepth && typeof known.tree !== 'string')
    return known.tree
  const tree = body.mediaType === MESSAGE ? saidBy(body, maxDepth) : readTree(body.text, maxDepth)
  READ.set(body, { maxDepth, tree })
  return tree
}

function saidBy({ payload }: TextBody, maxDepth: number): JsonTree | GrammarFault {
  if (payload === undefined) return 'malformed'
  const tree = readTree(payload, maxDepth)
  return typeof tree === 'string' ? tree : withoutEnvelope(tree)
}

/** What a message says, without who says it to whom and when. */
export function withoutEnvelope(tree: JsonTree): JsonTree {
  if (tree.kind !== 'object') return tree
  const members = new Map(tree.members)
  for (const name of ENVELOPE) members.delete(name)
  return { kind: 'object', members }
}
