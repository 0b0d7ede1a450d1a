/**
 * Consents that a request names: in path, query, header or body. With a customer's token it must be the consent of the token. With a
 * token that a client got for itself (client credentials) there is none: then the consent must be that client's, as far as the feed
 * knows it; one that is not in the feed (the bank has just made it) is for the bank to judge.
 */
import { believedToken } from '../believed-token.ts'
import { bodyTree } from '../body-tree.ts'
import type { Facts } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { ObjectSelector } from '../plan.ts'
import { looseName } from '../query.ts'
import {
  type Failure,
  type Judgement,
  type JudgedRequest,
  NO_NEEDS,
  type PreparedRule,
  type RuleContext,
} from '../rule.ts'

/** Levels of a body that are looked at for a consent; the body itself is judged by `request.validation`. */
const MAX_DEPTH = 64

export type NamedConsents = PreparedRule & {
  /** What can be judged before the body is there. */
  readonly early?: Judgement
}

type Read = (facts: Facts, request: JudgedRequest) => readonly string[] | Failure

export function prepareNamedConsents(
  all: readonly ObjectSelector[],
  context: RuleContext,
): NamedConsents {
  const selectors = all.filter(({ names }) => names === 'consent')
  const inBody = selectors.filter((one) => one.in === 'body')
  const outside = selectors.filter((one) => one.in !== 'body')
  const early =
    outside.length === 0
      ? undefined
      : judgement(readOutside(outside), context, ['token', 'namedConsent'])
  const late =
    inBody.length === 0
      ? undefined
      : judgement(readBody(inBody), context, ['token', 'body', 'namedConsent'])
  return {
    ...(early ?? { needs: NO_NEEDS, judge: () => undefined }),
    ...(early === undefined ? {} : { early }),
    ...(late === undefined ? {} : { late }),
  }
}

function judgement(read: Read, context: RuleContext, needs: Judgement['needs']): Judgement {
  const limitMs = feedLimitMs(context)
  return {
    needs,
    named(facts, request) {
      const ids = read(facts, request)
      return 'code' in ids ? '' : (ids[0] ?? '')
    },
    judge(facts, request) {
      const token = believedToken(facts)
      if ('detail' in token) return token
      const stale = feedStale(facts, limitMs)
      if (stale !== undefined) return stale
      const ids = read(facts, request)
      if ('code' in ids) return ids
      if (token.consentId !== '')
        return ids.every((id) => id === token.consentId) ? undefined : FOREIGN
      const [first] = ids
      if (first === undefined) return undefined
      if (!ids.every((id) => id === first)) return FOREIGN
      const { namedConsent } = facts
      if (namedConsent?.kind !== 'known') return undefined
      return namedConsent.id === first &&
        token.clientId !== '' &&
        namedConsent.clientId === token.clientId
        ? undefined
        : FOREIGN
    },
  }
}

/** A stranger hears nothing of whose it is. */
const FOREIGN: Failure = {
  code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  detail: "a consent that is not the token's, or not the client's",
}

/** A path parameter is always there; an absent query parameter or header names no consent. */
function readOutside(selectors: readonly ObjectSelector[]): Read {
  const known = selectors.map((one) => ({
    ...one,
    loose: one.in === 'header' ? one.name.toLowerCase() : looseName(one.name),
  }))
  return ({ request: { headers } }, { match, query }) =>
    known.flatMap((one) => {
      if (one.in === 'path') return [match.parameters.get(one.name) ?? '']
      if (one.in === 'header') return headers.all(one.loose)
      return query.flatMap(({ name, value }) => (looseName(name) === one.loose ? [value] : []))
    })
}

const UNREADABLE: Failure = {
  code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
  detail: 'the body names its consent in no way that can be read',
}

/** Every selector must find a text: a payment that names no consent could be anybody's. */
function readBody(selectors: readonly ObjectSelector[]): Read {
  return ({ body }) => {
    const tree = body?.kind === 'text' ? bodyTree(body, MAX_DEPTH) : 'malformed'
    if (typeof tree === 'string') return UNREADABLE
    const ids: string[] = []
    for (const { at = [] } of selectors) {
      let found: typeof tree | undefined = tree
      for (const step of at) found = found?.kind === 'object' ? found.members.get(step) : undefined
      if (found?.kind !== 'string' || found.value === '') return UNREADABLE
      ids.push(found.value)
    }
    return ids
  }
}
