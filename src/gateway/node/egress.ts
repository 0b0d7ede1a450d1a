/**
 * Where a call to a bank API may go once its name has an address. A name that came to mean a metadata service, this machine or nobody at all
 * is how a gateway is turned on its own network (DNS rebinding, CWE-918): it is judged after each resolution, and the address that was
 * judged is the one that is called.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { CallFault } from './upstream-request.ts'
import { type EgressList, isNeverCalled, isThisMachine, listed } from '../../lib/index.ts'

/** Whether a bank API that is configured as `host` may be at `address`; loopback only where the configuration says so itself. */
export function mayCall(host: string, address: string): boolean {
  if (isNeverCalled(address)) return false
  return !isThisMachine(address) || host === address || /^(?:.+\.)?localhost$/i.test(host)
}

/** The same, and on all of the lists. */
export function mayReach(lists: readonly EgressList[]): MayCall {
  return (host, address) =>
    mayCall(host, address) && lists.every((list) => listed(list, host, address))
}

/** Whether what is configured as `host` may be at `address`. */
export type MayCall = (host: string, address: string) => boolean

/** How names become addresses; the machine's own resolver in all but tests. */
export type Resolve = (
  host: string,
  options: { readonly all: true },
  /** Nothing is found where there is a failure. */
  done: (failure: Error | null, found?: readonly LookupAddress[]) => void,
) => void

export class EgressRefused extends Error {
  /** The first of its addresses that may not be called; `''`: it has none. */
  readonly address: string

  constructor(host: string, address: string) {
    super(host)
    this.address = address
  }
}

/** What the event says of it; `''`: the name led nowhere. */
export function egressFault(address: string): CallFault {
  return { fault: 'address-refused', ...(address !== '' && { resolved: address }) }
}

export const systemResolve: Resolve = (host, options, done) => systemLookup(host, options, done)

/** A name with one address that is refused is refused whole: which of them is taken would be a matter of chance. */
export function guardedLookup(
  resolve: Resolve = systemResolve,
  may: MayCall = mayCall,
): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (failure, found = []) => {
      const [first] = found
      const refused = found.find(({ address }) => !may(host, address))
      if (failure !== null) done(failure, '', 0)
      else if (first === undefined || refused !== undefined)
        done(new EgressRefused(host, refused?.address ?? ''), '', 0)
      else if (options.all === true) done(null, [...found])
      else done(null, first.address, first.family)
    })
  }
}
