/** Rules O-06 and O-09: assurance, and the protection numbers that follow from it. */
import { objectiveModel } from '../controls/index.ts'
import { highest, LEVEL_NAMES } from './levels.ts'
import type { ApiProfile, Conflict, Level, Levels, Reason } from './objective.ts'
import { holdsPersonalData } from './regimes.ts'

/** Seconds an access token may live under a scheme: CDR security profile; Brazil's FAPI profile 5.2.2. */
const TOKEN_LIFE = new Map([
  ['au-cdr', { min: 120, max: 600 }],
  ['br-ofb', { min: 300, max: 900 }],
])

/** Days a regime names; they only tighten. `critical`: only for a critical or important function. */
const REGIME_DAYS = [
  // RTS 2024/1774 art 10(2) weekly scans, 21(e)(iv) access rights every six months; DORA art 24(6) yearly tests.
  { regime: 'eu-dora', critical: true, name: 'activeTestDays', days: 7 },
  { regime: 'eu-dora', critical: true, name: 'accessReviewDays', days: 180 },
  { regime: 'eu-dora', critical: true, name: 'penTestDays', days: 365 },
  // PCI DSS 7.2.4, 11.4.x.
  { regime: 'pci-dss', critical: false, name: 'accessReviewDays', days: 180 },
  { regime: 'pci-dss', critical: false, name: 'penTestDays', days: 365 },
  // RBI Master Direction 26(a).
  { regime: 'in-rbi', critical: true, name: 'activeTestDays', days: 182 },
  { regime: 'in-rbi', critical: true, name: 'penTestDays', days: 365 },
] as const

/** PCI DSS 10.5.1: twelve months, three of them at hand; kept by every API, because evidence is needed everywhere. */
const SECURITY_LOG_DAYS = 365
const SECURITY_LOG_HOT_DAYS = 90

export function computeAssurance(
  profile: ApiProfile,
  levels: Levels,
): {
  readonly assurance: Level
  readonly reasons: readonly Reason[]
  readonly conflicts: readonly Conflict[]
} {
  const reasons: Reason[] = []
  const conflicts: Conflict[] = []
  let assurance = highest([levels.C, levels.I, levels.Au])
  if (assurance === 2 && profile.exposure.startsWith('internet-')) {
    assurance = 3
    reasons.push({
      rule: 'O-06',
      text: 'assurance raised one step: internet exposure with moderate protection level',
    })
  }
  if (profile.exposure === 'internet-anonymous' && holdsPersonalData(profile)) {
    const text =
      'CONFLICT: personal data on an anonymous interface; refuse to activate until the owner fixes or an exception is approved'
    reasons.push({ rule: 'O-06', text })
    conflicts.push({ code: 'GH_OBJECTIVES_CONFLICT', text })
  }
  return { assurance, reasons, conflicts }
}

export function computeProtection(
  profile: ApiProfile,
  assurance: Level,
  regimes: readonly string[],
): {
  readonly protection: Readonly<Record<string, number | null>>
  readonly reasons: readonly Reason[]
} {
  const numbers = { ...objectiveModel().protectionByAssurance[assurance] }
  const reasons: Reason[] = [
    { rule: 'O-09', text: `protection numbers from assurance level ${LEVEL_NAMES[assurance]}` },
  ]
  const say = (text: string): void => void reasons.push({ rule: 'O-09', text })
  for (const { regime, critical, name, days } of REGIME_DAYS) {
    if (!regimes.includes(regime) || (critical && !profile.criticalOrImportantFunction)) continue
    if (numbers[name] <= days) continue
    say(`${regime}: ${name} tightened from ${numbers[name]} to ${days}`)
    numbers[name] = days
  }

  const anonymous = profile.exposure === 'internet-anonymous' // nobody shows a token there
  let min = 0
  for (const id of anonymous ? [] : regimes) {
    const range = TOKEN_LIFE.get(id)
    if (range === undefined) continue
    min = Math.max(min, range.min)
    if (numbers.accessTokenMaxSeconds > range.max) {
      say(`${id}: token life clipped from ${numbers.accessTokenMaxSeconds} s to ${range.max} s`)
      numbers.accessTokenMaxSeconds = range.max
    }
  }

  let logDays = SECURITY_LOG_DAYS
  // 23 NYCRR 500.6(b): three years for security trails, five for what reconstructs transactions.
  if (regimes.includes('us-nydfs500')) {
    logDays = 3 * 365
    say(`us-nydfs500: security records kept ${logDays} days`)
  }
  const years = ['eu-aml', 'uk-mlr', 'us-nydfs500'].some((id) => regimes.includes(id)) ? 5 : null
  return {
    protection: {
      ...numbers,
      accessTokenMaxSeconds: anonymous ? null : numbers.accessTokenMaxSeconds,
      ...(min > 0 ? { accessTokenMinSeconds: min } : {}),
      ...(years === null ? {} : { transactionRecordYears: years }),
      securityLogDays: logDays,
      securityLogHotDays: SECURITY_LOG_HOT_DAYS,
    },
    reasons,
  }
}
