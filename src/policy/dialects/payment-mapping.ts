/** Which of the template's mappings fit the body of an operation: those whose amount, currency and payee its schema declares. */
import type { PaymentMapping } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import type { FieldPath } from '../../schema/index.ts'
import type { SchemaView } from './schema-view.ts'

const METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
/** Without these three a mapping would compare something else than a payment. */
const ESSENTIAL = ['amount', 'currency', 'creditorAccount'] as const
const ESSENTIAL_OF_FILES = ['fileHash', 'fileType'] as const

export function releasesPayment({ method, role, requestBody }: OperationRecord): boolean {
  return role === 'pis' && METHODS.has(method) && requestBody !== null
}

/** The first that fits, and those of other lists of payments that fit too. Empty: none. */
export function paymentMappings(
  operation: OperationRecord,
  mappings: readonly PaymentMapping[] = [],
  view: SchemaView,
): readonly PaymentMapping[] {
  if (!releasesPayment(operation)) return []
  const declared = (path: FieldPath): boolean =>
    view
      .bodies(operation)
      .some((root) => path.reduce((at, segment) => view.child(at, segment), root).length > 0)
  const fitting = mappings.filter(({ payments, fields }) => {
    const item = payments === undefined ? [] : [...segments(payments), '*']
    if (payments !== undefined && !declared(item)) return false
    const essential = fields.fileHash === undefined ? ESSENTIAL : ESSENTIAL_OF_FILES
    return essential.every((field) =>
      (fields[field] ?? []).some((pointer) => declared([...item, ...segments(pointer)])),
    )
  })
  return fitting.filter(
    ({ payments }, at) => fitting.findIndex((other) => other.payments === payments) === at,
  )
}

function segments(pointer: string): FieldPath {
  return pointer
    .split('/')
    .slice(1)
    .map((raw) => raw.replaceAll('~1', '/').replaceAll('~0', '~'))
}
