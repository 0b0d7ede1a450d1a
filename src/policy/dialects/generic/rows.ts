/** Which rows of an answer are whose, told by their properties: the account, the direction of money, the day of booking. */
import type { FieldPath, RowRule } from '../../../schema/index.ts'
import type { SchemaView } from '../schema-view.ts'
import type { Entity } from './entities.ts'
import {
  isAccountContainer,
  isOtherSide,
  isPendingContainer,
  isTransactionContainer,
  plainName,
} from './names.ts'

/** Most telling first. An account number is not among them: a consent names accounts by their ids. */
const ACCOUNT_ID = [
  'accountid',
  'accountresourceid',
  'accountuid',
  'accountuuid',
  'accountidentifier',
  'accountguid',
  'accountkey',
]
/** Names an account only inside something called account. */
const OWN_ID = ['resourceid', 'id', 'uid', 'uuid', 'identifier', 'guid']
const BOOKING_DATE = [
  'bookingdatetime',
  'bookingdate',
  'bookedat',
  'bookeddatetime',
  'bookeddate',
  'postingdatetime',
  'postingdate',
  'postedat',
  'transactiondatetime',
  'transactiondate',
]
const DIRECTION = [
  'creditdebitindicator',
  'creditdebitind',
  'creditdebitcode',
  'creditdebittype',
  'debitcreditindicator',
  'cdtdbtind',
  'creditdebit',
]
const CREDIT = ['credit', 'crdt', 'cr', 'c']
const DEBIT = ['debit', 'dbit', 'dr', 'db', 'd']

export interface DerivedRows {
  readonly rows: readonly RowRule[]
  readonly directions: Readonly<Record<string, string>>
  /** At least one rule compares an account. */
  readonly byAccount: boolean
}

/**
 * `ids`: what the paths of the API call an account, without ways of writing; more telling than any name of ours.
 * `selected`: the request itself names the account, which has been compared. Then an account inside the answer is a second look, and a
 * single object that need not name its account is not refused for it.
 */
export function deriveRows(
  entities: readonly Entity[],
  view: SchemaView,
  { ids, selected }: { readonly ids: readonly string[]; readonly selected: boolean },
): DerivedRows {
  const rows: RowRule[] = []
  const ruled: FieldPath[] = []
  let directions: Readonly<Record<string, string>> = {}
  for (const entity of entities) {
    const { at } = entity
    // Inside a row that is already somebody's, another account id is the other side's or repeats the same.
    const inRow = ruled.some(
      (row) => row.length < at.length && row.every((segment, i) => segment === at[i]),
    )
    const rule = inRow ? undefined : accountRule(entity, ids, selected)
    if (rule !== undefined) {
      rows.push(rule)
      if (rule.at.at(-1) === '*') ruled.push(rule.at)
    }
    if (!isTransactionContainer(entity.name)) continue
    const direction = propertyOf(entity, DIRECTION)
    const words = direction === undefined ? undefined : directionWords(entity, direction, view)
    if (direction !== undefined && words !== undefined) {
      rows.push({ at, field: [direction], test: { kind: 'in', set: 'directions' } })
      directions = words
    }
    const date = isPendingContainer(entity.name) ? undefined : propertyOf(entity, BOOKING_DATE)
    if (date !== undefined)
      rows.push({ at, field: [date], test: { kind: 'within', window: 'transactions' } })
  }
  return {
    rows,
    directions,
    byAccount: rows.some(({ test }) => test.kind === 'in' && test.set === 'accounts'),
  }
}

/** The rule that says whose the entity is, if it is anybody's here. */
function accountRule(
  entity: Entity,
  ids: readonly string[],
  selected: boolean,
): RowRule | undefined {
  const { at, name, around, variants } = entity
  if ([name, ...around].some(isOtherSide)) return undefined
  const own =
    propertyOf(entity, [...ids, ...ACCOUNT_ID]) ??
    (isAccountContainer(name) ? propertyOf(entity, OWN_ID) : undefined)
  if (own === undefined) return undefined
  const test = { kind: 'in', set: 'accounts' } as const
  if (at.at(-1) === '*') return { at, field: [own], test }
  const row = at.lastIndexOf('*')
  if (row === -1)
    return selected && !isRequired(variants, own) ? undefined : { at, field: [own], test }
  // An object inside a row, such as the account a payment is from: the row is judged by it, not the whole answer.
  return selected
    ? undefined
    : { at: at.slice(0, row + 1), field: [...at.slice(row + 1), own], test }
}

function isRequired(variants: Entity['variants'], property: string): boolean {
  return variants.some(({ required }) => Array.isArray(required) && required.includes(property))
}

function propertyOf({ properties }: Entity, names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = properties.find((property) => plainName(property) === name)
    if (found !== undefined) return found
  }
  return undefined
}

/** The specification's own words for credit and debit, from the enumeration of the indicator. */
function directionWords(
  entity: Entity,
  property: string,
  view: SchemaView,
): Readonly<Record<string, string>> | undefined {
  const words = view
    .child(entity.variants, property)
    .flatMap((schema) => (Array.isArray(schema['enum']) ? schema['enum'] : []))
    .filter((word) => typeof word === 'string')
  const credit = words.find((word) => CREDIT.includes(plainName(word)))
  const debit = words.find((word) => DEBIT.includes(plainName(word)))
  return credit === undefined || debit === undefined
    ? undefined
    : { ReadTransactionsCredits: credit, ReadTransactionsDebits: debit }
}
