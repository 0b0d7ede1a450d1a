/**
 * Whether an act needs strong customer authentication. Pure: the same context and the same rules make the same decision, so evidence that
 * was kept can be decided again. It never lets an act go for want of knowledge: what was not evaluated, not approved, not convertible or
 * not sourced means that the payer authenticates.
 */
import {
  type Act,
  type Approval,
  type Counter,
  type ExemptionName,
  MONITORING_SIGNALS,
  type PayeeCheck,
  type PayerState,
  type ScaContext,
} from './context.ts'
import type { Exemption } from './exemption.ts'
import { EXEMPTIONS_OF } from './exemptions/list.ts'
import type { Clause, ScaRules } from './rules.ts'

export interface Tried extends Clause {
  readonly exemption: ExemptionName
  /** Absent: it holds. */
  readonly why?: string
}

export type ScaDecision = {
  /** Every exemption that was looked at, in order; the last one is that which holds, if one does. */
  readonly tried: readonly Tried[]
} & (
  | {
      readonly outcome: 'exempt'
      readonly by: Tried
      /** The law forbids to ask (RTS Art. 10a): the bank cannot choose otherwise. */
      readonly mandatory: boolean
    }
  | { readonly outcome: 'required' | 'refused'; readonly why: string }
)

/** `rules`: of the jurisdiction of the context; `undefined`: nobody has sourced them. */
export function scaDecision(context: ScaContext, rules: ScaRules | undefined): ScaDecision {
  const { act, payer } = context
  if (payer.blocked) return decline('refused', 'the payer is blocked')
  if (unsound(act)) return decline('refused', 'the amount is not sound')
  if (rules === undefined || rules.jurisdiction !== context.jurisdiction)
    return decline('required', 'there are no sourced rules for the jurisdiction')
  if (act.kind === 'account-access' && act.through === 'third-party')
    return throughThirdParty(act, context, rules)
  return byExemptions(context, rules)
}

const PAYEE_DOUBTS = {
  'no-match': 'the name is not that of the account',
  close: 'the name is nearly that of the account',
} as const satisfies Partial<Record<PayeeCheck['result'], string>>

function byExemptions(context: ScaContext, rules: ScaRules): ScaDecision {
  const { act } = context
  if (act.kind === 'risky-act') return decline('required', 'the act may imply a risk of fraud')
  if (act.kind === 'remote-payment' && act.beginsSeries === true)
    return decline('required', 'it makes a series of payments')
  const monitored = monitoringFault(context)
  if (monitored !== undefined) return decline('required', monitored)
  // Stricter than the law, by choice: whoever may pay somebody else than they think is asked, and told so before they agree.
  const doubt = rules.payeeDoubts.find((result) => result === context.payeeCheck?.result)
  if (doubt !== undefined)
    return decline('required', `payeeCheck: ${PAYEE_DOUBTS[doubt]} (policy of the bank)`)
  const tried: Tried[] = []
  for (const exemption of exemptionsOf(act)) {
    const clause = named(exemption, exemption.clause(rules))
    const approval = approvalOf(exemption.name, context)
    const verdict =
      typeof approval === 'string'
        ? { holds: false as const, why: approval }
        : exemption.judge(act, context, rules, approval)
    if (verdict.holds) {
      tried.push(clause)
      return { outcome: 'exempt', by: clause, mandatory: false, tried }
    }
    tried.push({ ...clause, why: verdict.why })
  }
  return { outcome: 'required', why: 'no exemption holds', tried }
}

/** RTS Art. 10a: the bank shall not ask, unless what it found about fraud justifies it; its own switches change nothing. */
function throughThirdParty(
  act: Extract<Act, { readonly kind: 'account-access' }>,
  context: ScaContext,
  rules: ScaRules,
): ScaDecision {
  const [exemption] = EXEMPTIONS_OF['account-access']
  if (exemption === undefined) return decline('required', 'no exemption holds')
  const clause = named(exemption, rules.accountAccessThroughThirdParty)
  const approval: Approval = {
    exemption: exemption.name,
    proposedBy: 'law',
    approvedBy: 'law',
    from: 0,
    until: context.at + 1,
  }
  const verdict = exemption.judge(act, context, rules, approval)
  const found = MONITORING_SIGNALS.find((signal) => context.monitoring[signal] === 'found')
  const why = verdict.holds ? (found === undefined ? undefined : `${found}: found`) : verdict.why
  return why === undefined
    ? { outcome: 'exempt', by: clause, mandatory: true, tried: [clause] }
    : { outcome: 'required', why: 'no exemption holds', tried: [{ ...clause, why }] }
}

/** RTS Art. 2: no exemption without monitoring, and none on what it found or did not look at. */
function monitoringFault({ monitored, monitoring }: ScaContext): string | undefined {
  if (!monitored) return 'transactions are not monitored, so nothing is exempt'
  const signal = MONITORING_SIGNALS.find((name) => monitoring[name] !== 'clear')
  return signal === undefined ? undefined : `${signal}: ${monitoring[signal]}`
}

/** The approval in force, or why there is none: two persons, and audited in time (RTS Art. 3). */
function approvalOf(name: ExemptionName, { approvals, at }: ScaContext): Approval | string {
  const approval = approvals.find((one) => one.exemption === name)
  if (approval === undefined) return 'the bank does not use it'
  if (approval.approvedBy === approval.proposedBy) return 'nobody but the proposer approved it'
  if (at < approval.from) return 'its approval has not begun'
  return at < approval.until ? approval : 'its audit is due'
}

/** Payments in an act: 0 where there is none. */
export function paymentsOf(act: Act): number {
  if (!('amount' in act)) return 0
  return act.kind === 'remote-payment' ? (act.payments ?? 1) : 1
}

function exemptionsOf(act: Act): readonly Exemption[] {
  // sound: the list of a kind holds exemptions of acts of that kind
  return EXEMPTIONS_OF[act.kind] as readonly Exemption[]
}

function named({ name }: { readonly name: ExemptionName }, { article, checked }: Clause): Tried {
  return { exemption: name, article, checked }
}

function unsound(act: Act): boolean {
  const payments = paymentsOf(act)
  if ('amount' in act && !(Number.isSafeInteger(payments) && payments > 0)) return true
  if (!('amount' in act) || act.amount.value === undefined) return false
  return !Number.isSafeInteger(act.amount.value) || act.amount.value <= 0
}

function decline(outcome: 'required' | 'refused', why: string): ScaDecision {
  return { outcome, why, tried: [] }
}

const ZERO: Counter = { count: 0, sum: 0 }

/** The counters once the act went through on this exemption: only what is counted by it changes. */
export function afterExemption(act: Act, name: ExemptionName, payer: PayerState): PayerState {
  const value = 'amount' in act ? (act.amount.value ?? 0) : 0
  const payments = paymentsOf(act)
  const more = ({ count, sum }: Counter): Counter => ({
    count: count + payments,
    sum: sum + value,
  })
  if (name === 'low-value') return { ...payer, lowValue: more(payer.lowValue) }
  return name === 'contactless' ? { ...payer, contactless: more(payer.contactless) } : payer
}

/** The state of the payer once the act was authenticated at `at`: a payment begins the counters anew, access to an account does not. */
export function afterAuthentication(act: Act, at: number, payer: PayerState): PayerState {
  const state = { ...payer, authenticatedAt: at }
  if (act.kind === 'account-access') return { ...state, accessAuthenticatedAt: at }
  if (act.kind === 'remote-payment') return { ...state, lowValue: ZERO }
  return act.kind === 'contactless-payment' ? { ...state, contactless: ZERO } : state
}
