/** Open Finance Brasil, payments: as payments of any scheme; told by its resources. */
import type { Dialect } from './dialect.ts'
import { payments } from './payments.ts'

export const brazilPayments: Dialect = {
  id: 'brazil-payments',
  recognises: ({ operations }) => {
    const paths = new Set(operations.map(({ method, path }) => `${method} ${path}`))
    return paths.has('POST /consents') && paths.has('POST /pix/payments')
  },
  reader: payments.reader,
}
