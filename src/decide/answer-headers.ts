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

/** Never, though declared: they tell of the bank's machinery, set state in the third party's client, or frame this one message. */
const NEVER: ReadonlySet<string> = new Set([
  'set-cookie',
  'set-cookie2',
  'server',
  'via',
  'x-powered-by',
  'x-aspnet-version',
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

/** A body that carries one of these was signed, or summed up, as the bank sent it. */
const SEALS: ReadonlySet<string> = new Set([
  'x-jws-signature',
  'signature',
  'digest',
  'content-digest',
  'repr-digest',
])

export function allowedHeaders(declared: readonly string[]): ReadonlySet<string> {
  const names = [...ALWAYS, ...declared.map((name) => name.toLowerCase())]
  return new Set(names.filter((name) => !NEVER.has(name)))
}

/** Of the headers that came, those that leave; `encoding` when the body leaves as it is encoded. */
export function leaving(
  came: HeaderNames,
  allowed: ReadonlySet<string>,
  encoding: boolean,
): HeaderNames {
  return came.filter((name) => allowed.has(name) || (encoding && name === 'content-encoding'))
}

export function isSealed(leaves: HeaderNames): boolean {
  return leaves.some((name) => SEALS.has(name))
}
