/**
 * What OCSP responders say of client certificates, for one trust store: asked once for each certificate, again before an answer ends, and
 * never while a request is judged. Until the first answer a certificate is neither guilty nor cleared.
 */
import type { OcspConfig } from '../../config/index.ts'
import type { KnownStatus, StatusAnswers } from '../../gateway/core/index.ts'
import { type Clock, readHttpUrl, type Scheduler } from '../../lib/index.ts'
import {
  type Certificate,
  judgeOcspAnswer,
  type OcspJudgement,
  ocspRequest,
} from '../../proof/index.ts'

export interface StatusPorts {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly ask: AskResponder
}

/** Answer of a responder, with at most `MAX_OCSP_BYTES`. Rejects for a status that is not 200, and for an address that may not be called. */
export type AskResponder = (
  /** `namedBy`: an address in a certificate must be one that the whole internet can call. */
  place: { readonly url: string; readonly namedBy: 'configuration' | 'certificate' },
  request: Uint8Array,
  signal: AbortSignal,
) => Promise<Uint8Array>

/** Questions by what came of them; `failed`: no answer that counts. */
export type OcspCounts = Readonly<Record<'good' | 'revoked' | 'unknown' | 'failed', number>>

export interface CertificateStatus extends StatusAnswers {
  /** Counts up when something else is known. */
  readonly version: number
  /** Responders that give no answer that counts. */
  readonly problems: readonly string[]
  /** What responders said since the start. */
  readonly counts: OcspCounts
  /** Milliseconds since the answer was made that is the oldest of those that count; 0: there is none. */
  oldestMs(): number
  /** Ends when what is being asked about that certificate is answered or late; `undefined`: nothing is. */
  settled(thumbprint: string): Promise<void> | undefined
  close(): void
}

/** Certificates of one trust store whose status is remembered; the least used goes first. */
export const MAX_STATUSES = 10_000
/** Questions of one trust store at a time; the others wait for the next look. */
export const MAX_QUESTIONS = 64
/** Nobody asks on about a certificate that was not used for so long. */
export const KEPT_MS = 86_400_000
const LOOK_MS = 1_000
/** After a failure: twice as long each time. */
const RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000
/** RFC 9654 §2.1. */
const NONCE_BYTES = 32
const MAX_PROBLEMS = 16
const UNKNOWN: KnownStatus = { status: 'unknown' }

/** All members are owned by this module. */
interface Entry {
  readonly certificate: Certificate
  readonly place: Parameters<AskResponder>[0]
  issuer: Certificate
  isRevoked: (serial: string) => boolean
  known: Extract<OcspJudgement, { ok: true }> | undefined
  usedAt: number
  askAt: number
  failures: number
  asking: Promise<void> | undefined
}

export function certificateStatus(
  store: string,
  config: OcspConfig,
  { clock, scheduler, randomBytes, ask }: StatusPorts,
): CertificateStatus {
  /** The least used first. */
  const entries = new Map<string, Entry>()
  const faults = new Map<string, string>()
  const counts = { good: 0, revoked: 0, unknown: 0, failed: 0 }
  const maxAgeMs = config.maxAgeSeconds * 1_000
  let version = 0
  /** Good is good for longer: told with the next look, and not for each certificate. */
  let renewed = false
  /** When the first of the answers ends that are no longer renewed: facts made of it are to be made again. */
  let forgottenUntil = Number.POSITIVE_INFINITY
  let questions = 0

  function forget(thumbprint: string, { known }: Entry): void {
    entries.delete(thumbprint)
    if (known !== undefined) forgottenUntil = Math.min(forgottenUntil, known.until)
  }

  function entryOf(certificate: Certificate, issuer: Certificate, now: number): Entry | undefined {
    const held = entries.get(certificate.thumbprint)
    if (held !== undefined) return held
    const place = placeOf(config, certificate)
    if (place === undefined) return undefined
    if (entries.size >= MAX_STATUSES)
      for (const [first, entry] of entries) {
        forget(first, entry)
        break
      }
    return {
      certificate,
      place,
      issuer,
      isRevoked: () => false,
      known: undefined,
      usedAt: now,
      askAt: now,
      failures: 0,
      asking: undefined,
    }
  }

  /** Single flight for each certificate. */
  function begin(entry: Entry): void {
    if (entry.asking !== undefined || questions >= MAX_QUESTIONS) return
    questions++
    entry.asking = question(entry).finally(() => {
      questions--
      entry.asking = undefined
    })
  }

  /** Never rejects. */
  async function question(entry: Entry): Promise<void> {
    const { certificate, issuer, place, isRevoked } = entry
    const abort = new AbortController()
    const late = Promise.withResolvers<never>()
    const stop = scheduler.after(config.timeoutMs, () => {
      late.reject(new Error('no answer in time'))
      abort.abort()
    })
    try {
      const nonce = config.nonce ? { nonce: randomBytes(NONCE_BYTES) } : {}
      const request = ocspRequest({ certificate, issuer, hash: config.certificateId, ...nonce })
      const answer = await Promise.race([ask(place, request, abort.signal), late.promise])
      const asked = { certificate, issuer, now: clock.now(), maxAgeMs, isRevoked, ...nonce }
      settle(entry, judgeOcspAnswer(answer, asked))
    } catch (error) {
      settle(entry, { ok: false, fault: faultOf(error) })
    } finally {
      stop()
    }
  }

  function settle(entry: Entry, judged: OcspJudgement): void {
    const now = clock.now()
    const { origin = '' } = readHttpUrl(entry.place.url) ?? {}
    // Over plain HTTP anybody on the way can repeat what was true once.
    const older = judged.ok && judged.thisUpdate < (entry.known?.thisUpdate ?? 0)
    if (!judged.ok || older) {
      counts.failed++
      const fault = judged.ok ? 'an answer that is older than its last' : judged.fault
      if (faults.size < MAX_PROBLEMS || faults.has(origin)) faults.set(origin, fault)
      entry.askAt = now + Math.min(RETRY_MS * 2 ** entry.failures++, MAX_RETRY_MS)
      return
    }
    faults.delete(origin)
    counts[judged.status]++
    const before = standing(entry, now).status
    entry.failures = 0
    entry.known = judged
    const half = Math.max(LOOK_MS, Math.min((judged.until - now) / 2, maxAgeMs))
    entry.askAt = now + (judged.status === 'good' ? half : Math.min(half, MAX_RETRY_MS))
    if (before === judged.status) renewed = true
    else version++
  }

  function look(): void {
    const now = clock.now()
    for (const [thumbprint, entry] of entries) {
      if (now - entry.usedAt > KEPT_MS) forget(thumbprint, entry)
      else if (now >= entry.askAt) begin(entry)
    }
    if (!renewed && now <= forgottenUntil) return
    if (now > forgottenUntil) forgottenUntil = Number.POSITIVE_INFINITY
    renewed = false
    version++
  }
  const close = scheduler.every(LOOK_MS, look)

  return {
    mode: config.mode,
    counts,
    oldestMs() {
      const now = clock.now()
      let oldest = 0
      for (const entry of entries.values())
        if (entry.known !== undefined && standing(entry, now).status !== 'unknown')
          oldest = Math.max(oldest, now - entry.known.thisUpdate)
      return oldest
    },
    get version() {
      return version
    },
    get problems() {
      return [...faults].map(
        ([origin, fault]) => `trust store ${store}: the OCSP responder ${origin}: ${fault}`,
      )
    },
    of(certificate, issuer, isRevoked) {
      const now = clock.now()
      // Refused for its time anyhow; responders forget such certificates.
      if (now > certificate.notAfter) return UNKNOWN
      const entry = entryOf(certificate, issuer, now)
      if (entry === undefined) return UNKNOWN
      Object.assign(entry, { issuer, isRevoked, usedAt: now })
      entries.delete(certificate.thumbprint)
      entries.set(certificate.thumbprint, entry)
      if (now >= entry.askAt) begin(entry)
      return standing(entry, now)
    },
    settled: (thumbprint) => entries.get(thumbprint)?.asking,
    close,
  }
}

/** Who was revoked stays so until a newer answer says otherwise; who was good, until the answer ends. */
function standing({ known }: Entry, now: number): KnownStatus {
  if (known === undefined) return UNKNOWN
  const { status, until } = known
  if (status === 'good') return now <= until ? { status, until } : UNKNOWN
  return { status }
}

/** The configured one, else the first that the certificate names and that is asked over HTTP (RFC 6960 appendix A). */
function placeOf(
  { responder }: OcspConfig,
  { ocsp }: Certificate,
): Parameters<AskResponder>[0] | undefined {
  if (responder !== null) return { url: responder, namedBy: 'configuration' }
  const url = ocsp.find((one) => readHttpUrl(one) !== undefined)
  return url === undefined ? undefined : { url, namedBy: 'certificate' }
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be asked'
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code.slice(0, 64) : error.message.slice(0, 128)
}
