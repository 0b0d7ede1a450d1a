/** Pages of other origins (Fetch Standard §3.2): who may read, and what a browser is told before. */
import { BASE, type House, PAGE_ORIGIN } from '../house.ts'
import { PATHS } from './operations.ts'
import { valuesOf, type Wire } from './wire.ts'

/** Whether the house lists the origin of this request for the API that it is sent to. */
function listed({ accounts, mandate }: House, wire: Wire): boolean {
  const rule = accounts['gateway.baseline']
  const lists = rule?.mode === 'enforce' || mandate.includes('gateway.baseline')
  const origins = valuesOf(wire, 'origin')
  return lists && origins.length === 1 && origins[0] === PAGE_ORIGIN
}

const ofAccounts = ({ target }: Wire): boolean => target.startsWith(`${BASE.accounts}/`)

export function isPreflight(house: House, wire: Wire): boolean {
  const [method, more] = valuesOf(wire, 'access-control-request-method')
  if (wire.method !== 'OPTIONS' || method === undefined || more !== undefined) return false
  if (!ofAccounts(wire) || !listed(house, wire)) return false
  const parts = (wire.target.split('?')[0] ?? '').slice(BASE.accounts.length + 1).split('/')
  return PATHS.accounts.some(
    (path) =>
      path.parts.length === parts.length &&
      path.parts.every((part, at) =>
        part.startsWith('{') ? parts[at] !== '' : part === parts[at],
      ) &&
      path.methods[method] !== undefined,
  )
}

/** What an answer about accounts says of who may read it: the origin, and that it depends on who asks. */
export function readable(
  house: House,
  wire: Wire,
): { readonly varies: boolean; readonly origin: string | undefined } {
  const rule = house.accounts['gateway.baseline']
  const varies = ofAccounts(wire) && rule?.mode === 'enforce'
  return { varies, origin: varies && listed(house, wire) ? PAGE_ORIGIN : undefined }
}
