/**
 * Where calls may go: names, ports, and networks that names may lead to. What is stated restricts, and all of it holds at once. A name is judged
 * where it is configured; the address behind it, which is whoever's who answers for the name, each time it is called.
 */
import { readAddress, readNetwork, within } from './networks.ts'
import { isPublicAddress } from './special-networks.ts'

export interface EgressList {
  /** `core.bank.internal`, `*.bank.internal` (any number of labels before), or an address. Absent: any. */
  readonly hosts?: readonly string[]
  /** `10.0.0.0/8`. Absent: addresses that are public, and those among the hosts. */
  readonly networks?: readonly string[]
  /** Absent: any. */
  readonly ports?: readonly string[]
}

/** As they are compared: lower case, no dot at the end, no brackets. */
function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

/** Why a call of this host at this port would not be on the list, before anything is resolved; `undefined`: it is. */
export function offList(
  { hosts, networks, ports }: EgressList,
  host: string,
  port: number,
): string | undefined {
  const name = plain(host)
  if (ports !== undefined && !ports.includes(String(port)))
    return `port ${port} is not among its ports`
  const address = readAddress(name)
  if (address === undefined)
    return hosts === undefined || hosts.some((one) => namesHost(one, name))
      ? undefined
      : `${name} is not among its hosts`
  if (isListed(hosts, address) || (networks !== undefined && inside(networks, address)))
    return undefined
  return hosts === undefined && networks === undefined ? undefined : `${name} is not on it`
}

/** Whether what is configured as `host` may be at `address`. */
export function listed({ hosts, networks }: EgressList, host: string, address: string): boolean {
  const read = readAddress(address)
  if (read === undefined) return false
  // Who wrote the address down meant it; a name that leads there did not.
  if (readAddress(plain(host)) === read && isListed(hosts, read)) return true
  return networks === undefined ? isPublicAddress(address) : inside(networks, read)
}

function namesHost(pattern: string, name: string): boolean {
  const wanted = plain(pattern)
  return wanted.startsWith('*.')
    ? name.endsWith(wanted.slice(1)) && name.length > wanted.length - 1
    : name === wanted
}

function isListed(hosts: readonly string[] | undefined, address: bigint): boolean {
  return hosts?.some((one) => readAddress(plain(one)) === address) === true
}

function inside(networks: readonly string[], address: bigint): boolean {
  return networks.some((text) => {
    const network = readNetwork(text)
    return network !== undefined && within([network], address)
  })
}
