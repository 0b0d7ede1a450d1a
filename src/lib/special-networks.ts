/** Networks that no bank API and no stranger's server is in (RFC 6890), and IPv4 addresses inside of IPv6 ones. */
import { type Network, readAddress, readNetwork, within } from './networks.ts'

const networks = (...texts: readonly string[]): readonly Network[] =>
  texts.flatMap((text) => readNetwork(text) ?? [])

/** No API is served there: unspecified, link-local with the metadata services of clouds, multicast, broadcast. */
const NEVER = networks(
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100.100.100.200',
  '168.63.129.16',
  '::',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::254',
)

const THIS_MACHINE = networks('127.0.0.0/8', '::1')

/** Networks of somebody's own. */
const PRIVATE = networks(
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  'fc00::/7',
  'fec0::/10',
)

/** Ways of writing an IPv4 address into an IPv6 one, and the bit at which it begins: RFC 6052, RFC 8215, RFC 3056, RFC 4291 §2.5.5.1, RFC 2765 §2.1. */
const CARRIERS: readonly (readonly [Network, at: number])[] = (
  [
    ['64:ff9b::/96', 0],
    ['64:ff9b:1::/48', 0],
    ['2002::/16', 80],
    ['::/96', 0],
    ['::ffff:0:0:0/96', 0],
  ] as const
).flatMap(([text, at]) => networks(text).map((network) => [network, at] as const))
/** RFC 4380 §4: the client's address is there with its bits turned over. */
const TEREDO = networks('2001::/32')

/** Where it leads once translated, as IPv4-mapped; `undefined`: it is what it says. */
function carried(address: bigint): bigint | undefined {
  // `::` and `::1` are no IPv4 addresses.
  if (address < 2n) return undefined
  const mapped = 0xffffn << 32n
  if (within(TEREDO, address)) return mapped | (~address & 0xffffffffn)
  for (const [network, at] of CARRIERS)
    if (within([network], address)) return mapped | ((address >> BigInt(at)) & 0xffffffffn)
  return undefined
}

const isIn = (list: readonly Network[], address: bigint): boolean => {
  const inner = carried(address)
  return within(list, address) || (inner !== undefined && within(list, inner))
}

/** Nothing is ever called there; what is no address neither. */
export function isNeverCalled(address: string): boolean {
  const read = readAddress(address)
  return read === undefined || isIn(NEVER, read)
}

export function isThisMachine(address: string): boolean {
  const read = readAddress(address)
  return read !== undefined && isIn(THIS_MACHINE, read)
}

/** Whether anybody on the internet could call that address: all that may be called where a stranger wrote the name. */
export function isPublicAddress(address: string): boolean {
  const read = readAddress(address)
  if (read === undefined || carried(read) !== undefined) return false
  return ![NEVER, THIS_MACHINE, PRIVATE].some((list) => within(list, read))
}
