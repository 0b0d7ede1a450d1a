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

/** Networks of somebody's own, and ways of writing an IPv4 address into an IPv6 one (RFC 6890, RFC 6052, RFC 3056, RFC 4380). */
const PRIVATE = new BlockList()
PRIVATE.addSubnet('10.0.0.0', 8)
PRIVATE.addSubnet('100.64.0.0', 10)
PRIVATE.addSubnet('172.16.0.0', 12)
PRIVATE.addSubnet('192.0.0.0', 24)
PRIVATE.addSubnet('192.168.0.0', 16)
PRIVATE.addSubnet('198.18.0.0', 15)
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fec0::', 10, 'ipv6')
PRIVATE.addSubnet('64:ff9b::', 96, 'ipv6')
PRIVATE.addSubnet('64:ff9b:1::', 48, 'ipv6')
PRIVATE.addSubnet('2001::', 32, 'ipv6')
PRIVATE.addSubnet('2002::', 16, 'ipv6')

/** Whether anybody on the internet could call that address: all that may be called where a stranger wrote the name. */
export function isPublic(address: string): boolean {
  return ![NEVER, THIS_MACHINE, PRIVATE].some((list) => within(list, address))
}

export class EgressRefused extends Error {}

/** Whether what is configured as `host` may be at `address`. */
export type MayCall = (host: string, address: string) => boolean

/** How names become addresses; the machine's own resolver in all but tests. */
export type Resolve = (
  host: string,
  options: { readonly all: true },
  /** Nothing is found where there is a failure. */
  done: (failure: Error | null, found?: readonly LookupAddress[]) => void,
) => void

export const systemResolve: Resolve = (host, options, done) => systemLookup(host, options, done)

/** A name with one address that is refused is refused whole: which of them is taken would be a matter of chance. */
export function guardedLookup(
  resolve: Resolve = systemResolve,
  may: MayCall = mayCall,
): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (failure, found = []) => {
      const [first] = found
      if (failure !== null) done(failure, '', 0)
      else if (first === undefined || !found.every(({ address }) => may(host, address)))
        done(new EgressRefused(host), '', 0)
      else if (options.all === true) done(null, [...found])
      else done(null, first.address, first.family)
    })
  }
}
