/**
 * Payments and confirmations of funds in any scheme. A consent for them lists, among its permissions, the resource it is for as the
 * path writes it (`domestic-payments`, `pix-payments`, `funds-confirmations`), so that a consent to read accounts pays nothing and one
 * for a domestic payment no international one. Which consent it is, the request itself says, and it must be the token's.
 */
import type { OperationRecord } from '../../inventory/index.ts'
import { clientsAct, consentSelectors, segmentsOf } from './consents.ts'
import type { Dialect, OperationKnowledge } from './dialect.ts'
import { plainName } from './generic/names.ts'
import { accountSelectors, customerSelectors, otherObjects } from './generic/selectors.ts'

export const payments: Dialect = {
  id: 'payments',
  recognises: () => true,
  reader: (_spec, view) => (operation) => {
    const consents = consentSelectors(operation, view)
    const selectors = [
      // The account in the path is one of the consent's; that of a body is the bank's to compare with the consent it keeps.
      ...accountSelectors(operation).filter((one) => !consents.some((it) => it.name === one.name)),
      ...customerSelectors(operation),
      ...consents,
    ]
    return {
      dialect: 'payments',
      permissions: clientsAct(operation) === undefined ? resourceOf(operation) : [],
      selectors,
      unless: [],
      rows: [],
      directions: {},
      directionsWhenNone: 'none',
      scopes: [],
      gaps: gapsOf(operation, selectors),
    }
  },
}

/** `null`: the path has no word of its own (`/{payment-service}/{payment-product}`), so nothing says what a consent must allow. */
function resourceOf(operation: OperationRecord): OperationKnowledge['permissions'] {
  const segments = segmentsOf(operation)
  const first = segments.findIndex((segment) => segment.includes('{'))
  const words = segments
    .slice(0, first === -1 ? segments.length : first)
    .filter((segment) => !/^(v\d[\d.]*|api)$/i.test(segment))
  const last = words.at(-1)
  if (last === undefined || plainName(last) === '') return null
  // What is asked under a consent resource is asked for the payment that the consent is about.
  const parent = /^(.+)-consents?$/.exec(last)?.[1]
  return parent === undefined
    ? [[...new Set([last, words.slice(-2).join('-')])].sort()]
    : [[`${parent}s`]]
}

function gapsOf(
  operation: OperationRecord,
  selectors: OperationKnowledge['selectors'],
): OperationKnowledge['gaps'] {
  const others = otherObjects(operation, selectors)
  return others.length === 0
    ? []
    : [
        {
          kind: 'object',
          text: `{${others.join('}, {')}} is no consent, so the bank alone decides whose it is`,
        },
      ]
}
