/** Looks at the certificates of the configuration while it runs, and tells of each that is to be renewed: a month, a week and a moment after. */
import type { Clock, Scheduler } from '../../lib/index.ts'
import {
  type CertificateRegister,
  certificateRegister,
  daysLeft,
  expiryText,
  LATE_DAYS,
  type Registered,
  type RegisteredCertificate,
  RENEW_BEFORE_DAYS,
} from './certificate-register.ts'

export const CERTIFICATES_CHECK_MS = 60_000
const STEPS = [0, LATE_DAYS, RENEW_BEFORE_DAYS]

export interface CertificateWatch {
  /** The one that ends first comes first. */
  readonly entries: readonly RegisteredCertificate[]
  /** Looks now, and at the configuration as it is now. Never rejects. */
  check(): Promise<void>
  stop(): void
}

export interface CertificateWatchParts {
  readonly config: () => Registered
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Told once when a certificate comes within 30 days of its end, within 7, and when it has ended. */
  readonly say: (text: string) => void
}

export function watchCertificates(parts: CertificateWatchParts): CertificateWatch {
  const { config, clock, scheduler, say } = parts
  let of = config()
  let register: CertificateRegister = certificateRegister(of)
  /** Thumbprint and use → the step that was told. Only of certificates that are there. */
  let told = new Map<string, number>()

  async function check(): Promise<void> {
    const now = config()
    if (now !== of) {
      of = now
      register = certificateRegister(now)
    }
    await register.check()
    const at = clock.now()
    const next = new Map<string, number>()
    for (const one of register.entries) {
      const step = STEPS.find((days) => daysLeft(one, at) < days)
      if (step === undefined) continue
      const key = `${one.use} ${one.name} ${one.thumbprint}`
      if (told.get(key) !== step) say(expiryText(one, at))
      next.set(key, step)
    }
    told = next
  }

  let looking: Promise<void> | undefined
  /** Single flight. */
  const once = (): Promise<void> => (looking ??= check().finally(() => (looking = undefined)))
  const stop = scheduler.every(CERTIFICATES_CHECK_MS, () => void once())
  return {
    get entries() {
      return register.entries
    },
    check: once,
    stop,
  }
}
