/** In which header an operation takes an idempotency key: OBIE and Brazil declare one, the Berlin Group uses the id of the request. */
import type { OperationRecord } from '../../inventory/index.ts'
import { clientsAct } from './consents.ts'
import { releasesPayment } from './payment-mapping.ts'

/** The more specific first: where two are declared, `x-request-id` is for traces. */
const HEADERS = ['x-idempotency-key', 'idempotency-key', 'x-request-id']

export function declaresHeader({ parameters }: OperationRecord, header: string): boolean {
  return parameters.some((one) => one.in === 'header' && one.name.toLowerCase() === header)
}

/** Lower case; `undefined`: what the operation does may be done twice. */
export function keyHeader(operation: OperationRecord, otherwise: string): string | undefined {
  const { method, parameters, requestBody } = operation
  if (method !== 'POST' || requestBody === null) return undefined
  const declared = new Set(
    parameters.filter((one) => one.in === 'header').map(({ name }) => name.toLowerCase()),
  )
  const makes = releasesPayment(operation) || clientsAct(operation) !== undefined
  // A request id alone makes no key of it: every operation of the Berlin Group has one.
  const found = [otherwise, ...HEADERS].find((name) => declared.has(name))
  if (found !== undefined && (makes || found !== 'x-request-id')) return found
  return releasesPayment(operation) ? otherwise : undefined
}
