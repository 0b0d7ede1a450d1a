/** Open Finance Brasil, payments: as payments of any scheme; told by its resources. */
import type { ImportedSpec } from '../../inventory/index.ts'
import type { Dialect } from './dialect.ts'
import { payments } from './payments.ts'

export const brazilPayments: Dialect = {
  id: 'brazil-payments',
  recognises: isBrazilPayments,
  reader: payments.reader,
}

export function isBrazilPayments({ operations }: Pick<ImportedSpec, 'operations'>): boolean {
  const routes = new Set(operations.map(({ method, path }) => `${method} ${path}`))
  return routes.has('POST /consents') && routes.has('POST /pix/payments')
}
