/** Which headers of the bank's answer may leave: a short list, and what the specification declares for the response. */
import type { HeaderNames } from './verdict.ts'

const ALWAYS: readonly string[] = [
  'content-type',
  'content-language',
  'content-disposition',
  'cache-control',
  'etag',
  'last-modified',
  'retry-after',
  'x-fapi-interaction-id',
]

/**
 * Never, though declared: they tell of the bank's machinery, set state in the third party's client, frame this one message, or promise
 * parts that a trimmed body has not (RFC 9110 §14.3, §14.4).
 */
const NEVER: ReadonlySet<string> = new Set([
  'set-cookie',
  'set-cookie2',
  'clear-site-data',
  'server',
  'server-timing',
  'via',
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-backend-server',
  'x-generator',
  'x-runtime',
  'x-served-by',
  'x-sourcemap',
  'sourcemap',
  'alt-svc',
  'nel',
  'report-to',
  'refresh',
  'content-location',
  'accept-ranges',
  'content-range',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'content-encoding',
])

/** Who may read an answer in a browser is for the gateway to say (`exposure.cors`); what debugs the bank is for nobody here. */
const NEVER_PREFIXES = ['access-control-', 'x-debug', 'x-envoy-', 'x-amzn-', 'x-gatehouse-']

/** A body that carries one of these was signed as the bank sent it. */
const SEALS: ReadonlySet<string> = new Set(['x-jws-signature', 'signature'])

/** What describes the very bytes that the bank sent (RFC 9110 §8.8, RFC 9530): of other bytes it would be a lie. */
const OF_BYTES: ReadonlySet<string> = new Set([
  'etag',
  'last-modified',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'signature-input',
])

export function allowedHeaders(declared: readonly string[]): ReadonlySet<string> {
  const names = [...ALWAYS, ...declared.map((name) => name.toLowerCase())]
  return new Set(names.filter(mayEverLeave))
}

function mayEverLeave(name: string): boolean {
  return !NEVER.has(name) && !NEVER_PREFIXES.some((prefix) => name.startsWith(prefix))
}

/** Of the headers that came, those that leave; `encoding` when the body leaves as it is encoded. */
export function leaving(
  came: HeaderNames,
  allowed: ReadonlySet<string>,
  encoding: boolean,
): HeaderNames {
  return came.filter((name) => allowed.has(name) || (encoding && name === 'content-encoding'))
}

/** Those that may still leave when the body is not the one that came. The same list if that is all of them. */
export function ofOtherBytes(leaves: HeaderNames): HeaderNames {
  return leaves.some((name) => OF_BYTES.has(name))
    ? leaves.filter((name) => !OF_BYTES.has(name))
    : leaves
}

export function isSealed(leaves: HeaderNames): boolean {
  return leaves.some((name) => SEALS.has(name))
}
