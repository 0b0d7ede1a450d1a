/** Objects that a request named, without their values: each label stands for its value, and the record says whose it is. */
import {
  type JudgedRequest,
  looseName,
  type NamedObject,
  type ObjectSelector,
  type PlanOperation,
} from '../../decide/index.ts'
import type { AccessEvent, FactsRecord } from '../../events/index.ts'
import { subjectOf, UNKNOWN } from './remembered-facts.ts'
import { nameOf } from './routes.ts'

export interface RememberedObjects {
  /** Stands for the accounts of the consent. */
  readonly accounts: ReadonlySet<string>
  /** The request as `authz.objects` sees it. */
  request(
    selectors: readonly ObjectSelector[],
    operation: PlanOperation,
    request: JudgedRequest,
  ): JudgedRequest
  /** Values of a header (name in lower case) as that rule sees them. */
  header(name: string): readonly string[]
}

const NONE: readonly string[] = []
/** Read by a rule, it says that the query is not known. */
const UNKNOWN_PAIR = {
  get name(): never {
    throw UNKNOWN.query
  },
  get value(): never {
    throw UNKNOWN.query
  },
}

/** `tracked`: parameters whose coverage was recorded; `undefined`: the plan of then is not known. */
export function rememberedObjects(
  event: AccessEvent,
  facts: FactsRecord,
  tracked: readonly NamedObject[] | undefined,
): RememberedObjects {
  const { named } = facts
  /** By the text that stands for a value. */
  const covered = new Map<string, boolean>()
  const standIn = (label: string): string => {
    if (named?.present.includes(label) !== true) throw UNKNOWN.coverage
    // What is the customer's own name is one value, whichever parameter holds it.
    const text = named.ofSubject.includes(label) ? subjectOf(event, facts) : `\u0000${label}`
    covered.set(text, named.ofConsent.includes(label))
    return text
  }
  const accounts = new Set<string>()
  accounts.has = (text) => {
    const known = covered.get(text)
    if (known === undefined) throw UNKNOWN.coverage
    return known
  }
  const isTracked = (where: ObjectSelector['in'], name: string): NamedObject | undefined =>
    tracked?.find(
      (one) =>
        one.in === where &&
        (one.name === name ||
          (where === 'header' && one.name.toLowerCase() === name.toLowerCase())),
    )
  const pathValue = (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined
    const name = nameOf(text)
    if (name === undefined) throw UNKNOWN.parameter // fixed text past, a value now
    return standIn(`path:${name}`)
  }
  return {
    accounts,
    request(selectors, operation, request) {
      const query = selectors.flatMap((selector) => {
        const { in: where, name } = selector
        if (where !== 'query') return []
        const known = isTracked(where, name)
        if (known === undefined) return mayName(facts, name) ? [UNKNOWN_PAIR] : []
        if (named?.present.includes(known.label) !== true) return []
        const list = operation.parameters.find((one) => one.in === where && one.name === name)?.list
        if ((list === 'comma') !== known.commas) return [UNKNOWN_PAIR]
        return [{ name, value: standIn(known.label) }]
      })
      const { parameters } = request.match
      const values = new Map<string, string>()
      values.get = (name) => pathValue(parameters.get(name))
      return { match: { ...request.match, parameters: values }, query }
    },
    header(name) {
      const known = isTracked('header', name)
      if (known === undefined || named === undefined) throw UNKNOWN.header
      return named.present.includes(known.label) ? [standIn(known.label)] : NONE
    },
  }
}

/** Whether the query may hold a parameter that a lenient bank reads under this name. */
function mayName(facts: FactsRecord, name: string): boolean {
  if (facts.gathered === undefined || (facts.undeclaredQuery ?? 0) > 0) return true
  const loose = looseName(name)
  return facts.query.some((one) => looseName(one) === loose)
}
