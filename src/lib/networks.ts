/** IP addresses and networks as numbers of 128 bits; an IPv4 address is its IPv4-mapped one (RFC 4291 §2.5.5.2), however it is written. */
export interface Network {
  readonly base: bigint
  /** Of 128. */
  readonly bits: number
}

const MAPPED = 0xffffn << 32n
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** Four decimal numbers, or groups of hexadecimal digits; a zone (`%eth0`) says nothing of where it leads. `undefined`: it is no address. */
export function readAddress(text: string): bigint | undefined {
  const bare = text.replace(/%.*$/, '')
  const four = readIPv4(bare)
  return four === undefined ? readIPv6(bare) : MAPPED | four
}

function readIPv4(text: string): bigint | undefined {
  const parts = IPV4.exec(text)?.slice(1)
  // A leading zero is octal to some programs.
  if (parts === undefined || parts.some((part) => Number(part) > 255 || /^0\d/.test(part)))
    return undefined
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

function readIPv6(text: string): bigint | undefined {
  if (!text.includes(':') || text.length > 45) return undefined
  const last = text.slice(text.lastIndexOf(':') + 1)
  const four = last.includes('.') ? readIPv4(last) : undefined
  if (last.includes('.') && four === undefined) return undefined
  const plain =
    four === undefined
      ? text
      : `${text.slice(0, text.length - last.length)}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`
  const halves = plain.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const groups = tail === undefined ? head : [...head, ...tail]
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined
  if (tail === undefined ? groups.length !== 8 : groups.length > 7) return undefined
  const zeros = Array.from({ length: 8 - groups.length }, () => '0')
  return [...head, ...zeros, ...(tail ?? [])].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  )
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. Bits beyond the prefix are a slip of the pen, and no network. */
export function readNetwork(text: string): Network | undefined {
  const [written = '', prefix, ...more] = text.split('/')
  const base = /%/.test(written) ? undefined : readAddress(written)
  if (base === undefined || more.length > 0) return undefined
  const width = written.includes(':') ? 128 : 32
  const length = prefix === undefined ? width : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (length < 0 || length > width) return undefined
  const bits = 128 - width + length
  return (base >> BigInt(128 - bits)) << BigInt(128 - bits) === base ? { base, bits } : undefined
}

export function within(networks: readonly Network[], address: bigint): boolean {
  return networks.some(({ base, bits }) => {
    const rest = BigInt(128 - bits)
    return address >> rest === base >> rest
  })
}
