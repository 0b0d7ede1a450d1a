/**
 * Control `payment-idempotency`: a request is done once for each key of its client. That a key came, and in which form, is judged here;
 * whether it came before is a claim, taken when everything else has passed, so that a refused request uses no key up.
 */
import { treeKey } from '../../schema/index.ts'
import { believedToken } from '../believed-token.ts'
import { bodyTree, isReadable } from '../body-tree.ts'
import type { Facts } from '../facts.ts'
import type { Failure, RuleKind } from '../rule.ts'

/** Printable ASCII without a space at either end (OBIE: `^(?!\s)(.*)(\S)$`, at most 40). */
const KEY = /^[!-~](?:[ -~]*[!-~])?$/
/** Levels of a body that are read; the body itself is judged by `request.validation`. */
const MAX_DEPTH = 64

export const rule: RuleKind<'payment.idempotency'> = {
  name: 'payment.idempotency',
  sound({ params: { header, windowSeconds } }) {
    if (header !== header.toLowerCase() || windowSeconds < 1)
      throw new TypeError('payment.idempotency: header or window is not sound')
  },
  prepare({ params: { header, maxKeyLength, windowSeconds } }) {
    return {
      needs: ['token'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        if (token.clientId === '') return NOBODY
        const keys = facts.request.headers.all(header)
        const [key] = keys
        if (key === undefined) return MISSING
        return keys.length === 1 && key.length <= maxKeyLength && KEY.test(key)
          ? undefined
          : INVALID
      },
      claims(facts, { match }) {
        const token = believedToken(facts)
        const [idempotencyKey] = facts.request.headers.all(header)
        if ('detail' in token || idempotencyKey === undefined)
          throw new TypeError('a key is claimed for who has none')
        return [
          {
            kind: 'reserve',
            scope: [token.clientId, match.api, match.operation],
            idempotencyKey,
            content: contentOf(facts, token.consentId),
            ttlSeconds: windowSeconds,
          },
        ]
      },
    }
  },
}

const NOBODY: Failure = {
  code: 'GH_GATEWAY_IDEMPOTENCY_KEY_INVALID',
  detail: 'the token names no client whose key it could be',
}
const MISSING: Failure = {
  code: 'GH_GATEWAY_IDEMPOTENCY_KEY_MISSING',
  detail: 'no idempotency key',
}
const INVALID: Failure = {
  code: 'GH_GATEWAY_IDEMPOTENCY_KEY_INVALID',
  detail: 'the idempotency key is too long, came twice or has characters that are not allowed',
}

/** Target, consent and body. Of JSON what it says counts, not how it is written: members in another order are the same request. */
function contentOf({ body, request }: Facts, consentId: string): string {
  const head = JSON.stringify([request.method, request.target, consentId])
  if (body?.kind !== 'text') return head
  // Of a signed message what it says: a repetition is signed anew, with another time and id.
  const tree = isReadable(body.mediaType) ? bodyTree(body, MAX_DEPTH) : 'malformed'
  return `${head}\n${body.mediaType}\n${typeof tree === 'string' ? body.text : treeKey(tree)}`
}
