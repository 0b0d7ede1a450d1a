/** Where the API of the bank is, and how its addresses are asked whether they serve. */
import { isSeq } from 'yaml'

import { parseUpstream } from './addresses.ts'
import { type Check, label, quote, type Spot } from './check.ts'
import { invalid, numberIn, parsedText, type Shape } from './shape.ts'
import { defaulted, object, oneOrMore, required } from './shape-collections.ts'
import type { UpstreamHealthConfig } from './model.ts'

/** Of one API. */
export const MAX_UPSTREAM_ADDRESSES = 16

const addresses = oneOrMore(parsedText('an http or https URL', parseUpstream))

/** One address, or several that differ in host and port alone: a request is judged once and goes to any of them. */
export const upstreamAddresses: Shape<readonly string[]> = {
  read: (spot, check) => {
    const read = addresses.read(spot, check)
    if (read === undefined) return undefined
    if (read.length > MAX_UPSTREAM_ADDRESSES)
      return invalid(
        spot,
        check,
        `${label(spot.path)} has ${read.length} addresses; ${MAX_UPSTREAM_ADDRESSES} are allowed.`,
      )
    const [first = ''] = read
    let sound = true
    for (const [at, address] of read.entries()) {
      const wrong = unlike(first, address)
      if (wrong === undefined) continue
      sound = false
      invalid(
        itemAt(spot, at),
        check,
        `${label([...spot.path, at])} must have the ${wrong} of the first address, ${quote(first)}: all of them serve the same API.`,
      )
    }
    return sound ? read : undefined
  },
  schema: (words) => addresses.schema(words),
}

/** What of two base URLs must be one and is not. */
function unlike(first: string, address: string): string | undefined {
  const scheme = (text: string): string => text.slice(0, text.indexOf(':'))
  if (scheme(first) !== scheme(address)) return 'scheme'
  const path = (text: string): string => text.replace(/^[a-z]+:\/\/[^/]*/, '')
  return path(first) === path(address) ? undefined : 'path'
}

function itemAt({ node, key, path }: Spot, at: number): Spot {
  const item = isSeq(node) ? node.items[at] : undefined
  // Sound: the list was read, so that its items are nodes.
  return { node: (item ?? node) as Spot['node'], key, path: [...path, at] }
}

/** Path and query (RFC 9112 §3.2.1), of letters that every server reads alike. */
const TARGET = /^\/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*$/

const keys = object('a health check', {
  path: required(
    parsedText(
      'a path',
      (value) =>
        TARGET.test(value) && !value.includes('//')
          ? { value }
          : { wrong: 'must be a path that starts with /, as the bank serves it' },
      { pattern: '^/' },
    ),
    'Path that answers 2xx while the address serves; asked as it stands, without the path of "upstream".',
    '/health',
  ),
  intervalMs: defaulted(
    numberIn(1_000, 300_000, true),
    { value: 10_000, shown: 10_000 },
    'Pause between two checks of one address, in milliseconds; each is drawn from 10 % less to 10 % more.',
  ),
  timeoutMs: defaulted(
    numberIn(100, 60_000, true),
    { value: 2_000, shown: 2_000 },
    'How long a check may take, in milliseconds.',
  ),
  healthyAfter: defaulted(
    numberIn(1, 100, true),
    { value: 2, shown: 2 },
    'Good answers in a row that bring an address back.',
  ),
  unhealthyAfter: defaulted(
    numberIn(1, 100, true),
    { value: 3, shown: 3 },
    'Bad answers in a row that take it out.',
  ),
})

/** A check ends before the next one begins. */
export const upstreamHealth: Shape<UpstreamHealthConfig> = {
  read: (spot, check: Check) => {
    const read = keys.read(spot, check)
    return read !== undefined && read.timeoutMs > read.intervalMs
      ? invalid(
          spot,
          check,
          `${label(spot.path)} has timeoutMs ${read.timeoutMs}, longer than intervalMs ${read.intervalMs}: a check ends before the next one begins.`,
        )
      : read
  },
  schema: (words) => keys.schema(words),
}
