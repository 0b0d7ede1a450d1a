/** What may be proposed: an exemption with all that it needs, or monitoring, each until its next audit (RTS Art. 3). */
import { nearest } from '../../lib/index.ts'
import { type Approval, EXEMPTIONS, type ExemptionName } from '../decision/context.ts'
import type { ScaRules } from '../decision/rules.ts'

export type GovernedName = ExemptionName | 'monitoring'
export const GOVERNED: readonly GovernedName[] = [...EXEMPTIONS, 'monitoring']

export interface ProposalSettings extends Pick<
  Approval,
  'bankMax' | 'counts' | 'maxScore' | 'authorityReference'
> {
  /** Of `monitoring`: name and version of what looks at transactions. */
  readonly engine?: string
}

export interface Proposal {
  readonly name: GovernedName
  readonly from: number
  /** Day of the audit that is due; from then on it is off. */
  readonly until: number
  readonly settings: ProposalSettings
}

/** RTS Art. 3(2): who analyses risk is audited each year. */
export const MAX_RISK_ANALYSIS_DAYS = 366
/** Of everything else; Art. 3(1) names no span, so this is ours. */
export const MAX_AUDIT_DAYS = 3 * 366
const DAY_MS = 86_400_000
const MAX_TEXT = 200

/** What is wrong with it, in words; empty: it may be proposed. `rules`: of the jurisdiction. */
export function mistakesIn(
  { name, from, until, settings }: Proposal,
  rules: ScaRules | undefined,
  now: number,
): readonly string[] {
  if (!GOVERNED.includes(name)) {
    const meant = nearest(name, GOVERNED)
    return [`no exemption has the name ${name}${meant === undefined ? '' : `; is it ${meant}?`}`]
  }
  if (rules === undefined)
    return ['the jurisdiction has no sourced rules, so nothing is exempt there']
  const mistakes: string[] = []
  const days = name === 'risk-analysis' ? MAX_RISK_ANALYSIS_DAYS : MAX_AUDIT_DAYS
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(until)))
    mistakes.push('a day is missing')
  else if (until <= from || until <= now) mistakes.push('the audit is due before it begins')
  else if (until - from > days * DAY_MS)
    mistakes.push(`the next audit is due within ${days} days of its beginning`)
  for (const [member, wrong] of Object.entries(FAULTS))
    if (wrong(name, settings, rules)) mistakes.push(WORDS[member as keyof typeof FAULTS]) // sound: a key of it
  return mistakes
}

type Fault = (name: GovernedName, settings: ProposalSettings, rules: ScaRules) => boolean

const FAULTS = {
  counts: (name, { counts }) =>
    (name === 'low-value' || name === 'contactless') !== (counts !== undefined),
  maxScore: (name, { maxScore }) =>
    name === 'risk-analysis'
      ? !(maxScore !== undefined && maxScore >= 0 && maxScore <= 1)
      : maxScore !== undefined,
  authorityReference: (name, { authorityReference }) =>
    authorityReference === undefined
      ? name === 'corporate'
      : !(sound(authorityReference) && (name === 'corporate' || name === 'risk-analysis')),
  engine: (name, { engine }) => (name === 'monitoring') !== sound(engine),
  bankMax: (name, { bankMax }, rules) =>
    bankMax !== undefined &&
    !(Number.isSafeInteger(bankMax) && bankMax > 0 && bankMax <= lawMax(name, rules)),
} satisfies Record<string, Fault>

const WORDS: Readonly<Record<keyof typeof FAULTS, string>> = {
  counts:
    'low-value and contactless, and no others, say which counter the bank keeps to: sum or payments',
  maxScore: 'risk-analysis, and nothing else, says the largest score that is low risk: from 0 to 1',
  authorityReference:
    'corporate names the word of the authority, risk-analysis the notice to it (RTS Art. 20(4)), and nothing else does',
  engine: 'monitoring, and nothing else, names the engine that looks at transactions',
  bankMax: "the bank's own limit is above zero and not above that of the law",
}

function sound(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '' && text.length <= MAX_TEXT
}

/** Largest amount that the law lets go; 0: the exemption has no limit of amount, so a bank's own would limit nothing. */
function lawMax(name: GovernedName, rules: ScaRules): number {
  if (name === 'low-value') return rules.lowValue.max
  if (name === 'contactless') return rules.contactless.max
  return name === 'risk-analysis' ? Math.max(...rules.riskAnalysis.bands.map(({ max }) => max)) : 0
}
