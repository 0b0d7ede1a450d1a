/**
 * The keys of one issuer, kept fresh from a file or a URL. It never blocks a token whose key is known, never lets strangers drive its
 * fetches (one in flight, at most one per 10 s for unknown names), and outlives a source that fails, for a day and no longer.
 */
import type { Clock, Scheduler } from '../lib/index.ts'
import { keySetUrl, MAX_METADATA_BYTES, metadataUrls } from './issuer-metadata.ts'
import { find, MAX_KEY_SET_BYTES, parseKeySet } from './key-set.ts'
import type { KeyAlgorithm, VerificationKey } from './verification-key.ts'

/** The world outside, given by `app`. Both reject when the text cannot be had; neither follows a redirect or returns more than `maxBytes`. */
export interface KeyPorts {
  fetchText(
    url: string,
    limits: { readonly timeoutMs: number; readonly maxBytes: number },
  ): Promise<string>
  readText(file: string): Promise<string>
}
export type KeyLocation =
  | { readonly file: string }
  | { readonly url: string }
  /** Where it says itself (RFC 8414), asked before each time. */
  | { readonly issuer: string }

export interface IssuerKeys {
  /** Resolves after the first attempt, good or bad. */
  readonly ready: Promise<void>
  /** The key at once, if it is known and usable now; never waits. */
  known(kid: string | undefined, algorithm: KeyAlgorithm, now: number): VerificationKey | undefined
  /** Asks the source again if it may, and gives the key if it is there afterwards. */
  refetched(
    kid: string | undefined,
    algorithm: KeyAlgorithm,
  ): Promise<VerificationKey | undefined> | undefined
  readonly status: KeyStatus
  close(): void
}

export interface KeyStatus {
  readonly keys: number
  /** Milliseconds since the epoch of the last good load; 0 if there was none. */
  readonly loadedAt: number
  /** Why the last attempt failed, or the keys it left out. */
  readonly problems: readonly string[]
}

export const FILE_POLL_MS = 1_000
export const URL_REFRESH_MS = 300_000
/** After a failure a URL is asked again this soon. */
export const URL_RETRY_MS = 15_000
export const UNKNOWN_KID_BACKOFF_MS = 10_000
export const MAX_STALE_MS = 86_400_000
const FETCH_TIMEOUT_MS = 5_000
/** Requests that may wait for one fetch; the rest are refused at once. */
const MAX_WAITING = 1_000

export interface IssuerKeysOptions {
  readonly location: KeyLocation
  readonly ports: KeyPorts
  readonly clock: Clock
  readonly scheduler: Scheduler
}

export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { location, ports, clock, scheduler } = options
  /** Owned by `accept()`; swapped whole. */
  let keys: readonly VerificationKey[] = []
  let text: string | undefined
  let status: KeyStatus = { keys: 0, loadedAt: 0, problems: [] }
  let inFlight: Promise<void> | undefined
  let attemptedAt = Number.NEGATIVE_INFINITY
  let failed = false
  let waiting = 0
  let closed = false

  function accept(fresh: string): void {
    const now = clock.now()
    failed = false
    if (fresh !== text) {
      const set = parseKeySet(fresh)
      if (set === undefined) return fail('the source is not a JWK set')
      if (set.keys.length === 0)
        return fail(`the source holds no usable key: ${set.refused.join('; ')}`)
      // An unchanged key keeps its object, so that tokens it verified stay verified; one that left takes its tokens with it.
      const next = set.keys.map((key) => keys.find((held) => held.identity === key.identity) ?? key)
      for (const key of keys) if (!next.includes(key)) key.usableUntil = 0
      keys = next
      text = fresh
      status = { keys: keys.length, loadedAt: now, problems: set.refused }
    } else status = { ...status, loadedAt: now }
    for (const key of keys) key.usableUntil = now + MAX_STALE_MS
  }

  function fail(problem: string): void {
    failed = true
    status = { ...status, problems: [problem] }
  }

  async function attempt(): Promise<void> {
    attemptedAt = clock.monotonic()
    try {
      const fresh = await textOf(location, ports)
      if (!closed) accept(fresh)
    } catch {
      // The cause may quote an address or a path of the bank: the status says what, the log of the port says why.
      fail('the source of the keys cannot be read')
    } finally {
      inFlight = undefined
    }
  }
  /** Single flight. */
  const load = (): Promise<void> => (inFlight ??= attempt())

  let wallOffset = clock.now() - clock.monotonic()
  /** A wall clock that is set takes the ends along: else a day on no key is usable, and an hour back a dead source is believed for longer. */
  function followWallClock(): void {
    const movedMs = clock.now() - clock.monotonic() - wallOffset
    wallOffset += movedMs
    for (const key of keys) if (key.usableUntil > 0) key.usableUntil += movedMs
  }

  function tick(): void {
    followWallClock()
    if ('file' in location) void load()
    else {
      const wait = failed ? URL_RETRY_MS : URL_REFRESH_MS
      if (clock.monotonic() - attemptedAt >= wait) void load()
    }
  }
  const ready = load()
  const stop = scheduler.every(FILE_POLL_MS, tick)

  return {
    ready,
    known(kid, algorithm, now) {
      const key = find(keys, kid, algorithm)
      return key !== undefined && key.usableUntil > now ? key : undefined
    },
    refetched(kid, algorithm) {
      if (inFlight === undefined && clock.monotonic() - attemptedAt < UNKNOWN_KID_BACKOFF_MS)
        return undefined
      if (waiting >= MAX_WAITING) return undefined
      waiting++
      return load().then(() => {
        waiting--
        return this.known(kid, algorithm, clock.now())
      })
    },
    get status() {
      return status
    },
    close() {
      closed = true
      stop()
    },
  }
}

function textOf(location: KeyLocation, ports: KeyPorts): Promise<string> {
  if ('file' in location) return ports.readText(location.file)
  const fetchKeys = (url: string): Promise<string> =>
    ports.fetchText(url, { timeoutMs: FETCH_TIMEOUT_MS, maxBytes: MAX_KEY_SET_BYTES })
  return 'url' in location
    ? fetchKeys(location.url)
    : discoveredAt(location.issuer, ports).then(fetchKeys)
}

/** @throws Error when no metadata of this issuer says it. */
async function discoveredAt(issuer: string, ports: KeyPorts): Promise<string> {
  const limits = { timeoutMs: FETCH_TIMEOUT_MS, maxBytes: MAX_METADATA_BYTES }
  for (const url of metadataUrls(issuer)) {
    const text = await ports.fetchText(url, limits).catch(() => '')
    const found = keySetUrl(text, issuer)
    if (found !== undefined) return found
  }
  throw new Error('no metadata')
}
