/**
 * Where a call to a bank API may go once its name has an address. A name that came to mean a metadata service, this machine or nobody at all
 * is how a gateway is turned on its own network (DNS rebinding, CWE-918): it is judged after each resolution, and the address that was
 * judged is the one that is called.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { BlockList, isIPv6, type LookupFunction } from 'node:net'

/** No bank API is served there: unspecified, link-local with the metadata services of clouds, multicast, broadcast (RFC 6890). */
const NEVER = new BlockList()
NEVER.addSubnet('0.0.0.0', 8)
NEVER.addSubnet('169.254.0.0', 16)
NEVER.addSubnet('224.0.0.0', 4)
NEVER.addSubnet('240.0.0.0', 4)
NEVER.addAddress('100.100.100.200')
NEVER.addAddress('::', 'ipv6')
NEVER.addSubnet('fe80::', 10, 'ipv6')
NEVER.addSubnet('ff00::', 8, 'ipv6')
NEVER.addAddress('fd00:ec2::254', 'ipv6')

const THIS_MACHINE = new BlockList()
THIS_MACHINE.addSubnet('127.0.0.0', 8)
THIS_MACHINE.addAddress('::1', 'ipv6')

const within = (list: BlockList, address: string): boolean =>
  list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

/** Whether a bank API that is configured as `host` may be at `address`; loopback only where the configuration says so itself. */
export function mayCall(host: string, address: string): boolean {
  if (within(NEVER, address)) return false
  return !within(THIS_MACHINE, address) || host === address || /^(?:.+\.)?localhost$/i.test(host)
}

export class EgressRefused extends Error {}

type Resolve = (
  host: string,
  options: { readonly all: true },
  done: (failure: Error | null, found: readonly LookupAddress[]) => void,
) => void

/** A name with one address that is refused is refused whole: which of them is taken would be a matter of chance. */
export function guardedLookup(
  resolve: Resolve = (host, options, done) => systemLookup(host, options, done),
): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (failure, found) => {
      const [first] = found
      if (failure !== null) done(failure, '', 0)
      else if (first === undefined || !found.every(({ address }) => mayCall(host, address)))
        done(new EgressRefused(host), '', 0)
      else if (options.all === true) done(null, [...found])
      else done(null, first.address, first.family)
    })
  }
}
