/** Which parameters name an account of the consent, or the customer of the token: by name and yes or no, never by value. */
import { type Facts, looseName, type Match, type NamedObject } from '../../decide/index.ts'
import type { NamedIndex, NamedRecord } from './plan-index.ts'
import { queryOf } from './query-record.ts'

/** `undefined` where nothing of the operation may name an object. */
export function recordNamed(
  facts: Facts,
  match: Match,
  index: NamedIndex | undefined,
): NamedRecord | undefined {
  if (index === undefined || index.objects.length === 0) return undefined
  const { alone, objects } = index
  if (alone !== undefined) {
    const value = match.parameters.get(objects[0]?.name ?? '')
    // A list in a path is rare enough to take the long way.
    if (value !== undefined && objects[0]?.commas !== true)
      return alone[(isAccount(facts, value) ? 1 : 0) + (isSubject(facts, value) ? 2 : 0)]
  }
  const present: string[] = []
  const ofConsent: string[] = []
  const ofSubject: string[] = []
  for (const object of objects) {
    const values = valuesOf(facts, match, object)
    if (values.length === 0) continue
    present.push(object.label)
    if (values.every((value) => isAccount(facts, value))) ofConsent.push(object.label)
    if (values.every((value) => isSubject(facts, value))) ofSubject.push(object.label)
  }
  return { present, ofConsent, ofSubject }
}

function isAccount({ consent }: Facts, value: string): boolean {
  return consent?.kind === 'known' && consent.accounts.has(value)
}

function isSubject({ token }: Facts, value: string): boolean {
  return token?.kind === 'verified' && token.subject !== '' && token.subject === value
}

/** Exactly the values that the rule `authz.objects` compares: names in the query are read loosely, lists are taken apart. */
function valuesOf(facts: Facts, match: Match, object: NamedObject): readonly string[] {
  const whole = wholeValues(facts, match, object)
  return object.commas ? whole.flatMap((value) => value.split(',')) : whole
}

const NONE: readonly string[] = []

function wholeValues(
  { request }: Facts,
  match: Match,
  { in: where, name }: NamedObject,
): readonly string[] {
  if (where === 'path') {
    const value = match.parameters.get(name)
    return value === undefined ? NONE : [value]
  }
  if (where === 'header') return request.headers.all(name.toLowerCase())
  if (!request.target.includes('?')) return NONE
  const loose = looseName(name)
  return [...queryOf(request.target)].flatMap(([one, value]) =>
    looseName(one) === loose ? [value] : [],
  )
}
