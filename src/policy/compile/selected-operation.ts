/** Each imported operation with what the policy makes of it: its id, whether the template serves it, and what it needs of a consent. */
import type { OperationRecord } from '../../inventory/index.ts'
import { nearest, type PaymentMapping } from '../../lib/index.ts'
import type { ApiPolicySource } from '../contract.ts'
import { clientsAct, isClientsOwn, isServerOperation } from '../dialects/consents.ts'
import type { OperationKnowledge } from '../dialects/dialect.ts'
import type { Knowledge } from '../dialects/dialects.ts'
import { beyondYesOrNo } from '../dialects/funds-answer.ts'
import { paymentMappings } from '../dialects/payment-mapping.ts'
import type { FieldPath } from '../../schema/index.ts'
import type { TemplateDocument } from '../template/document.ts'
import type { Findings } from './closing.ts'

export interface SelectedOperation {
  /** `operationId`, or `GET /path` where it is missing or not unique. */
  readonly id: string
  readonly record: OperationRecord
  readonly knowledge: OperationKnowledge
  /** A client acts for itself: its token carries no consent, and none is asked for. */
  readonly ownAct: boolean
  /** Where its body says what is paid; `undefined`: it releases no payment, or nothing shows where. */
  readonly payment: PaymentMapping | undefined
  /** Where its other bodies say it. */
  readonly otherPayments: readonly PaymentMapping[]
  /** Of an answer about funds: what says more than yes or no. */
  readonly surplus: readonly FieldPath[]
  /** `undefined`: served. Otherwise why the template refuses it, whatever the token. */
  readonly refused?: string
}

export function selectOperations(
  source: ApiPolicySource,
  template: TemplateDocument,
  knowledge: Knowledge,
  findings: Findings,
): readonly SelectedOperation[] {
  const { operations } = source.spec
  const count = new Map<string, number>()
  for (const { operationId } of operations)
    if (operationId !== null) count.set(operationId, (count.get(operationId) ?? 0) + 1)
  const overrides = new Map(Object.entries(source.permissions))
  const used = new Set<string>()
  const selected = operations.map((record): SelectedOperation => {
    const route = routeOf(record)
    const { operationId } = record
    const id = operationId !== null && count.get(operationId) === 1 ? operationId : route
    const key = [route, id].find((name) => overrides.has(name))
    const codes = key === undefined ? undefined : overrides.get(key)
    if (key !== undefined) used.add(key)
    const refused = refusal(record, template, codes !== undefined)
    const known = knowledge.of(record)
    const ownAct = known.clientsOwn === true || actsForItself(record, source, template)
    // A person's mapping replaces what was derived; an empty one means that a consent in force is enough.
    const mapped =
      codes === undefined
        ? known
        : { ...known, permissions: codes.length === 0 ? [] : [[...new Set(codes)].sort()] }
    const pays = known.step?.kind === 'made' || !ownAct
    const [payment, ...otherPayments] = pays
      ? paymentMappings(record, template.payments, knowledge.view)
      : []
    const surplus = ownAct ? [] : beyondYesOrNo(record, knowledge.view)
    const selected = { id, record, knowledge: mapped, ownAct, payment, otherPayments, surplus }
    return refused === undefined ? selected : { ...selected, refused }
  })
  for (const key of overrides.keys())
    if (!used.has(key)) {
      const near = nearest(
        key,
        selected.map(({ id }) => id),
      )
      findings.close(
        'GH_POLICY_OPERATION_UNKNOWN',
        `permissions name ${JSON.stringify(key)}, which the specification does not have.${near === undefined ? '' : ` Did you mean ${near}?`}`,
      )
    }
  return selected
}

export function routeOf({ method, path }: OperationRecord): string {
  return `${method} ${path}`
}

/** Templates that serve what a client does for itself know which operations it does without a consent, or before there is one. */
function actsForItself(
  record: OperationRecord,
  { spec }: ApiPolicySource,
  { serves }: TemplateDocument,
): boolean {
  if (serves.also === undefined && serves.only !== 'consents') return false
  return clientsAct(record) !== undefined || isClientsOwn(record, spec.document)
}

/** Consent management is never lifted by a mapping: it takes a template that serves it. */
export function refusal(
  record: OperationRecord,
  { serves, name, roles }: TemplateDocument,
  mapped: boolean,
): string | undefined {
  const { method, role } = record
  if (!serves.methods.includes(method)) return `${name} serves ${serves.methods.join(' and ')} only`
  const act = clientsAct(record)
  if (serves.only === 'consents')
    return act === 'consents' ? undefined : `${name} serves consent resources only`
  if (serves.only === 'authorization-server')
    return isServerOperation(record) && act === undefined
      ? undefined
      : `${name} serves the endpoints of an authorization server only`
  if (role === 'auth' && !roles.includes('auth')) {
    if (act !== undefined && serves.also?.includes(act) === true) return undefined
    if (serves.also !== undefined || serves.notRoles.includes('auth'))
      return `${name} serves no consent management`
  }
  if (!serves.notRoles.includes(role) || mapped) return undefined
  return `${name} serves no ${role} operations`
}

/** Why two operations cannot be routed, or a path cannot be matched at all. */
export function routeFault(operations: readonly OperationRecord[]): string | undefined {
  const shapes = new Map<string, OperationRecord>()
  for (const record of operations) {
    const { path } = record
    if (!path.startsWith('/')) return `${routeOf(record)} does not begin with a slash`
    if (path.includes('//')) return `${routeOf(record)} holds an empty segment`
    const names = [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1])
    if (new Set(names).size !== names.length || names.includes(''))
      return `${routeOf(record)} names a parameter twice, or none`
    if (/[{}]/.test(path.replaceAll(/\{[^{}]*\}/g, '')) || path.includes('}{'))
      return `${routeOf(record)} has parameters that cannot be told apart`
    const shape = `${record.method} ${path.replaceAll(/\{[^{}]*\}/g, '{}')}`
    const other = shapes.get(shape)
    if (other !== undefined) return `${routeOf(record)} and ${routeOf(other)} are the same path`
    shapes.set(shape, record)
  }
  return undefined
}
