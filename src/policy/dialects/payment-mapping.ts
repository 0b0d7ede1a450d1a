/** Which of the template's mappings fits the body of an operation: the first whose amount, currency and payee its schema declares. */
import type { PaymentMapping } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import type { FieldPath } from '../../schema/index.ts'
import type { SchemaView } from './schema-view.ts'

const METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
/** Without these three a mapping would compare something else than a payment. */
const ESSENTIAL = ['amount', 'currency', 'creditorAccount'] as const

export function releasesPayment({ method, role, requestBody }: OperationRecord): boolean {
  return role === 'pis' && METHODS.has(method) && requestBody !== null
}

export function paymentMapping(
  operation: OperationRecord,
  mappings: readonly PaymentMapping[] = [],
  view: SchemaView,
): PaymentMapping | undefined {
  if (!releasesPayment(operation)) return undefined
  const declared = (path: FieldPath): boolean =>
    view
      .bodies(operation)
      .some((root) => path.reduce((at, segment) => view.child(at, segment), root).length > 0)
  return mappings.find(({ payments, fields }) => {
    const item = payments === undefined ? [] : [...segments(payments), '*']
    if (payments !== undefined && !declared(item)) return false
    return ESSENTIAL.every((field) =>
      (fields[field] ?? []).some((pointer) => declared([...item, ...segments(pointer)])),
    )
  })
}

function segments(pointer: string): FieldPath {
  return pointer
    .split('/')
    .slice(1)
    .map((raw) => raw.replaceAll('~1', '/').replaceAll('~0', '~'))
}
