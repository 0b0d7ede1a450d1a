/**
 * Control `object-authz` (OWASP API1:2023): every account that the request names is one of the consent's, every customer is the
 * token's, every consent is the token's or, where a client acts for itself, that client's. Values are compared exactly, after decoding;
 * of several, all must be covered.
 */
import { believedToken } from '../believed-token.ts'
import type { Facts } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { ObjectSelector, PlanOperation } from '../plan.ts'
import { looseName } from '../query.ts'
import type { Failure, JudgedRequest, RuleKind } from '../rule.ts'
import { prepareNamedConsents } from './named-consents.ts'

interface PreparedSelector extends ObjectSelector {
  /** Values may be joined by commas: the parameter is declared so. */
  readonly commas: boolean
  readonly loose: string
}

export const rule: RuleKind<'authz.objects'> = {
  name: 'authz.objects',
  fits({ params }, { path }) {
    for (const { in: where, name, names, at } of params.selectors) {
      if (where === 'path' && !path.includes(`{${name}}`))
        throw new TypeError(`authz.objects: ${path} has no {${name}}`)
      if (where === 'body' && (names !== 'consent' || at === undefined))
        throw new TypeError('authz.objects: nothing but a consent is looked for in a body')
    }
  },
  prepare({ params }, context) {
    const limitMs = feedLimitMs(context)
    const consents = prepareNamedConsents(params.selectors, context)
    const selectors = params.selectors
      .filter(({ names }) => names !== 'consent')
      .map((selector) => prepareSelector(selector, context.operation))
    const namesCustomers = selectors.some((selector) => selector.names === 'subject')
    if (selectors.length === 0) return consents
    const { early } = consents
    return {
      ...consents,
      needs: ['token', 'consent', ...(early === undefined ? [] : ['namedConsent' as const])],
      judge(facts, request) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const stale = feedStale(facts, limitMs)
        if (stale !== undefined) return stale
        const accounts = facts.consent?.kind === 'known' ? facts.consent.accounts : NONE
        const subject = namesCustomers && token.subject !== '' ? new Set([token.subject]) : NONE
        for (const selector of selectors)
          if (!covers(selector.names === 'subject' ? subject : accounts, selector, facts, request))
            return forbidden(selector)
        return early?.judge(facts, request)
      },
    }
  },
}

const NONE: ReadonlySet<string> = new Set()

function prepareSelector(selector: ObjectSelector, operation: PlanOperation): PreparedSelector {
  const declared = operation.parameters.find(
    (parameter) =>
      parameter.in === selector.in &&
      (parameter.name === selector.name ||
        (selector.in === 'header' && parameter.name.toLowerCase() === selector.name.toLowerCase())),
  )
  return {
    ...selector,
    commas: declared?.list === 'comma',
    loose: selector.in === 'header' ? selector.name.toLowerCase() : looseName(selector.name),
  }
}

/** A path parameter is always there; an absent query parameter or header names no object. */
function covers(
  allowed: ReadonlySet<string>,
  selector: PreparedSelector,
  facts: Facts,
  request: JudgedRequest,
): boolean {
  if (selector.in === 'path') {
    const value = request.match.parameters.get(selector.name)
    return value !== undefined && coversValue(allowed, value, selector.commas)
  }
  if (selector.in === 'header') {
    for (const value of facts.request.headers.all(selector.loose))
      if (!coversValue(allowed, value, selector.commas)) return false
    return true
  }
  // Loose names: `accountid` beside `AccountId` must not carry a foreign account to a bank that ignores case.
  for (const { name, value } of request.query)
    if (looseName(name) === selector.loose && !coversValue(allowed, value, selector.commas))
      return false
  return true
}

function coversValue(allowed: ReadonlySet<string>, value: string, commas: boolean): boolean {
  if (!commas) return allowed.has(value)
  for (const one of value.split(',')) if (!allowed.has(one)) return false
  return true
}

function forbidden(selector: ObjectSelector): Failure {
  return {
    code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
    detail: `${selector.in}:${selector.name} is not ${selector.names === 'subject' ? 'the customer of the token' : 'an account of the consent'}`,
  }
}
