/** A question made ready for the unit that decides it: checked, hashed, converted; monitoring and payee check asked. */
import { hash } from 'node:crypto'
import {
  canonicalCurrency,
  canonicalJson,
  GatehouseError,
  type JsonValue,
  MAX_PAYMENTS,
  type Scheduler,
} from '../../lib/index.ts'
import type { Act, Amount } from '../decision/context.ts'
import type { ScaRules } from '../decision/rules.ts'
import { amountOf } from './amount.ts'
import { actOfChange, readChange } from '../registers/change.ts'
import { digestOfAct, digestOfChange } from './bound.ts'
import {
  type MonitorPort,
  type FoundPayee,
  NOT_EVALUATED,
  type PayeeCheckPort,
  type RatePort,
  type ScaName,
  type ScaNames,
  withinTime,
} from './ports.ts'
import type { PreparedQuestion } from './prepared.ts'
import type { AskedAct, AskedAmount, AskedPayment, ScaQuestion } from './question.ts'

export interface Asking {
  readonly scheduler: Scheduler
  readonly names: ScaNames
  readonly entity: string
  readonly jurisdiction: string
  readonly rules: ScaRules | undefined
  readonly rate: RatePort | undefined
  readonly monitor: MonitorPort | undefined
  readonly payeeCheck: PayeeCheckPort | undefined
}

interface Prepared {
  readonly prepared: PreparedQuestion
  /** Whose the account is, for the payer's eyes: it goes to no store. */
  readonly payeeName?: string
}

/** Longest identifier of a customer, account, series or process. */
export const MAX_ID_CHARS = 256
export const RATE_MS = 1_000
export const MONITOR_MS = 1_000
/** The scheme for instant payments gives the answer five seconds. */
export const PAYEE_CHECK_MS = 5_000
/** Where a jurisdiction has no rules, amounts have no measure. */
const NO_MEASURE = { currency: '', minorUnits: 0 }

/** @throws GH_SCA_QUESTION, GH_SCA_PERSON_ERASED */
export async function prepare(
  question: ScaQuestion,
  id: string,
  at: number,
  asking: Asking,
): Promise<Prepared> {
  const { subject, act } = question
  checkText('id', id)
  checkText('subject', subject)
  if (question.api !== undefined) checkText('api', question.api)
  if (question.client !== undefined) checkText('client', question.client)
  const payer = asking.names.subject(subject)
  const owner = asking.names.of(subject, 'register', '')
  if (payer === undefined || owner === undefined) throw new GatehouseError('GH_SCA_PERSON_ERASED')
  const look = lookOf(act, subject, asking.names)
  const change = changeIn(act, subject, asking.names)
  const [amount, signals, found] = await Promise.all([
    'amount' in act ? measured(act.amount, at, asking) : undefined,
    question.signals ?? monitored(question, asking),
    act.kind === 'remote-payment' ? checked(act, asking) : null,
  ])
  const known = { ...actOf(act, amount), ...ownIn(question) }
  const prepared: PreparedQuestion = {
    id,
    at,
    entity: asking.entity,
    jurisdiction: asking.jurisdiction,
    api: question.api ?? '',
    payer,
    owner,
    blocked: question.blocked ?? false,
    act: known,
    look,
    begins: beginsIn(act, look, amount),
    monitoring: signals.monitoring,
    analysis: signals.analysis,
    payeeCheck: found && { result: found.result, source: found.source, at },
    digest: digestOf(question, payer, amount, { ...look, ...(change && { change }) }),
    client: question.client ?? '',
    bound: change ?? digestOfAct(known, look.payees),
  }
  const name = found?.result === 'close' ? found.name : undefined
  return name === undefined ? { prepared } : { prepared, payeeName: name }
}

/** The act as it was asked, without what was found of it: a retry finds other rates and signals, and is the same act. */
function digestOf(
  { act, client }: ScaQuestion,
  payer: string,
  amount: Amount | undefined,
  look: PreparedQuestion['look'] & { readonly change?: string },
): string {
  const { kind, ...members } = actOf(act, amount)
  const agreed = amount?.agreed ?? ''
  const said = { kind, ...members, amount: agreed, look: { ...look }, payer, client }
  // Sound: text, numbers, truth values and lists of them; what is absent is left out.
  return hash('sha256', canonicalJson(JSON.parse(JSON.stringify(said)) as JsonValue), 'base64url')
}

function lookOf(act: AskedAct, subject: string, names: ScaNames): PreparedQuestion['look'] {
  const named = (kind: ScaName, member: string, value: string): string => {
    checkText(member, value)
    const name = names.of(subject, kind, value)
    if (name === undefined) throw new GatehouseError('GH_SCA_PERSON_ERASED')
    return name
  }
  const nothing = { scope: '', payees: [], debtor: null, series: null, process: null }
  switch (act.kind) {
    case 'account-access': {
      const way = JSON.stringify([act.through, act.client ?? '', act.account ?? ''])
      return { ...nothing, scope: named('access', 'act.account', way) }
    }
    case 'contactless-payment':
      return { ...nothing, scope: named('device', 'act.device', act.device) }
    case 'remote-payment': {
      const { payees, payments = 1, debtor, series, process } = act
      if (payees.length === 0 || payees.length > MAX_PAYMENTS) throw unsound('act.payees')
      if (!(Number.isSafeInteger(payments) && payments > 0 && payments <= MAX_PAYMENTS))
        throw unsound('act.payments')
      if (payments < new Set(payees).size) throw unsound('act.payments')
      if (process !== undefined) checkText('act.process', process)
      return {
        scope: '',
        payees: payees.map((one) => named('account', 'act.payees', one)),
        debtor: debtor === undefined ? null : named('account', 'act.debtor', debtor),
        series: series === undefined ? null : named('series', 'act.series', series),
        process: process ?? null,
      }
    }
    default:
      return nothing
  }
}

/** What the decision is bound by where it is of a change of a register. */
function changeIn(act: AskedAct, subject: string, names: ScaNames): string | undefined {
  if (act.kind !== 'risky-act' || act.change === undefined) return undefined
  const read = readChange(act.change)
  if (!read.ok) throw unsound(`act.${read.error[0]?.path.replaceAll('/', '.') ?? 'change'}`)
  if (actOfChange(act.change) !== act.what) throw unsound('act.what')
  const bound = digestOfChange(read.value, (kind, value) => names.of(subject, kind, value))
  if (bound === undefined) throw new GatehouseError('GH_SCA_PERSON_ERASED')
  return bound
}

/** One payment to one payee: what would be said of the first of several would be believed of all. */
function beginsIn(
  act: AskedAct,
  { payees, series }: PreparedQuestion['look'],
  amount: Amount | undefined,
): PreparedQuestion['begins'] {
  if (act.kind !== 'remote-payment' || act.beginsSeries !== true || series === null) return null
  const [payee] = payees
  if (payee === undefined || new Set(payees).size > 1 || (act.payments ?? 1) > 1)
    throw unsound('act.series')
  return { payee, amount: amount?.agreed ?? '' }
}

/** Between accounts that the bank says are this customer's alone. Not part of what is asked again: it is looked up anew each time. */
function ownIn({ act, ownAccounts = [] }: ScaQuestion): { readonly ownAccounts?: true } {
  if (act.kind !== 'remote-payment' || act.debtor === undefined) return {}
  const own = new Set(ownAccounts)
  return [act.debtor, ...act.payees].every((account) => own.has(account))
    ? { ownAccounts: true }
    : {}
}

/** As far as it is known before the registers are read. */
function actOf(act: AskedAct, amount: Amount | undefined): Act {
  const agreed = amount ?? { value: undefined, agreed: '' }
  switch (act.kind) {
    case 'account-access':
      return { kind: act.kind, through: act.through, asks: act.asks }
    case 'remote-payment':
      return {
        kind: act.kind,
        instrument: act.instrument,
        amount: agreed,
        ...(act.payments === undefined || act.payments === 1 ? {} : { payments: act.payments }),
        ...(act.beginsSeries === true ? { beginsSeries: true } : {}),
        ownAccounts: false,
        corporateProcess: false,
      }
    case 'contactless-payment':
      return { kind: act.kind, amount: agreed }
    case 'unattended-terminal-payment':
      return { kind: act.kind, amount: agreed, purpose: act.purpose }
    default:
      return { kind: act.kind, what: act.what }
  }
}

async function measured(amount: AskedAmount, at: number, asking: Asking): Promise<Amount> {
  const { rules, rate: port, scheduler } = asking
  const target = rules ?? NO_MEASURE
  const code = canonicalCurrency(amount.currency)
  const rate =
    !code.ok || code.value === target.currency || rules === undefined || port === undefined
      ? undefined
      : await withinTime(
          scheduler,
          RATE_MS,
          (signal) => port({ currency: code.value, target: target.currency, at }, signal),
          undefined,
        )
  const found = amountOf(amount, target, rate, at)
  if (found === undefined) throw unsound('act.amount')
  return found
}

async function monitored(question: ScaQuestion, { monitor, scheduler }: Asking) {
  if (monitor === undefined) return NOT_EVALUATED
  return withinTime(scheduler, MONITOR_MS, (signal) => monitor(question, signal), NOT_EVALUATED)
}

async function checked(
  { payees, payeeName }: AskedPayment,
  { payeeCheck, scheduler }: Asking,
): Promise<FoundPayee | null> {
  const [account] = payees
  if (payeeCheck === undefined || payeeName === undefined || account === undefined) return null
  if (payees.length > 1) throw unsound('act.payeeName')
  const unavailable: FoundPayee = { result: 'unavailable', source: 'nobody answered' }
  return withinTime(
    scheduler,
    PAYEE_CHECK_MS,
    (signal) => payeeCheck({ name: payeeName, account }, signal),
    unavailable,
  )
}

function checkText(member: string, value: string): void {
  if (value === '' || value.length > MAX_ID_CHARS || value.includes('\0') || !value.isWellFormed())
    throw unsound(member)
}

function unsound(member: string): GatehouseError {
  return new GatehouseError('GH_SCA_QUESTION', member)
}
