/** Where a request goes: RFC 3986 and 9112 as `docs/decisions/004` reads them, by regular expressions over the whole target. */
import { type ApiName, BASE } from '../house.ts'
import { PATHS } from './operations.ts'
import type { Wire } from './wire.ts'
import { valuesOf } from './wire.ts'

export interface Routed {
  readonly api: ApiName
  readonly operation: string
  readonly path: ReadonlyMap<string, string>
  readonly query: readonly (readonly [name: string, value: string])[]
}
export interface Refusal {
  readonly code: string
}

const MALFORMED = { code: 'GH_GATEWAY_TARGET_MALFORMED' }
const UNKNOWN = { code: 'GH_GATEWAY_ROUTE_UNKNOWN' }
const SINGLE = [
  'host authorization content-length content-type content-encoding transfer-encoding dpop',
  'x-fapi-interaction-id x-fapi-auth-date x-fapi-customer-ip-address x-idempotency-key x-jws-signature',
].flatMap((line) => line.split(' '))

export function route(wire: Wire): Routed | Refusal {
  const { target } = wire
  if (target.length > 8192) return { code: 'GH_GATEWAY_TARGET_TOO_LONG' }
  const [, rawPath = '', rawQuery = ''] =
    /^(\/[\w\-.~!$&'()*+,;=:@%/]*)(?:\?([\w\-.~!$&'()*+,;=:@%/?[\]]*))?$/.exec(target) ?? []
  if (rawPath === '') return MALFORMED
  const written = rawPath.slice(1).split('/')
  if (written.slice(0, -1).includes('')) return MALFORMED
  const segments = written.map((part) => decoded(part))
  for (const part of segments)
    if (part === undefined || /[/\\%]/.test(part) || /^\.\.?(;|$)/.test(part)) return MALFORMED
  const query = queryOf(rawQuery)
  if (query === undefined) return MALFORMED

  const names = Object.keys(BASE) as ApiName[] // sound: its own keys
  const api = names.find((name) => {
    const base = BASE[name].slice(1).split('/')
    return base.every((part, at) => segments[at] === part)
  })
  if (api === undefined) return UNKNOWN
  if (api === 'closed') return { code: 'GH_GATEWAY_API_CLOSED' }
  const depth = BASE[api].split('/').length - 1
  const rest = segments.slice(depth)
  const match = PATHS[api].find(
    ({ parts }) =>
      parts.length === rest.length &&
      parts.every((part, at) => (part.startsWith('{') ? rest[at] !== '' : part === rest[at])),
  )
  if (match === undefined) return UNKNOWN
  const operation = match.methods[wire.method]
  if (operation === undefined) return { code: 'GH_GATEWAY_METHOD_UNKNOWN' }
  // Fixed text has one spelling.
  const fixed = [...BASE[api].slice(1).split('/'), ...match.parts]
  if (fixed.some((part, at) => !part.startsWith('{') && written[at] !== part)) return MALFORMED
  if (SINGLE.some((name) => valuesOf(wire, name).length > 1))
    return { code: 'GH_GATEWAY_HEADER_REPEATED' }
  const path = new Map<string, string>()
  match.parts.forEach((part, at) => {
    if (part.startsWith('{')) path.set(part.slice(1, -1), rest[at] ?? '')
  })
  return { api, operation, path, query }
}

function decoded(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text)
    return [...plain].some((letter) => letter < ' ' || letter === '\u007f') ? undefined : plain
  } catch {
    return undefined
  }
}

function queryOf(raw: string): Routed['query'] | undefined {
  const pairs: (readonly [string, string])[] = []
  for (const piece of raw.split('&').filter((one) => one !== '')) {
    const [name = '', ...rest] = piece.split('=')
    const both = [name, rest.join('=')].map((one) => decoded(one.replaceAll('+', '%20')))
    const [key, value] = both
    if (key === undefined || key === '' || value === undefined) return undefined
    pairs.push([key, value])
  }
  return pairs.length > 256 ? undefined : pairs
}

/** RFC 3986 §2.3: everything but the unreserved is escaped. */
export function escaped(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      return /[\w\-.~]/.test(letter)
        ? letter
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
