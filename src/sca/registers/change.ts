/**
 * A change of what a customer's exemptions rest on, in the one form that is shown, signed, decided and compared: exactly these payees on his
 * list, or off it (RTS Art. 13(1)), or exactly this series (Art. 14(1)).
 */
import { canonicalAccountText, canonicalJson, canonicalName, type Result } from '../../lib/index.ts'
import type { RiskyAct } from '../decision/context.ts'
import { amountOf } from '../ledger/amount.ts'
import type { ScaName } from '../ledger/ports.ts'
import type { NamedPayee, RegisterChange } from '../ledger/question.ts'
import { heapsMarks, mixesScripts } from '../transactions/payee-name.ts'
import type { TransactionFault } from '../transactions/linked.ts'

/** As many as somebody reads before he agrees. */
export const MAX_PAYEES_CHANGED = 20
/** ISO 20022 has 140, and other schemes more. */
export const MAX_PAYEE_NAME_CHARS = 256
export const MAX_SERIES_CHARS = 256

/** Made by `readChange` only. */
export interface ReadChange {
  readonly as: RegisterChange['as']
  /** The names as people write them, the accounts as `canonicalAccount` writes them; of a series one. */
  readonly payees: readonly NamedPayee[]
  readonly series?: string
  /** `800.00 EUR`. */
  readonly amount?: string
  /** Equal for changes that are the same, and for no others. */
  readonly text: string
}

/** The kind of act that it is. */
export const actOfChange = ({ as }: Pick<RegisterChange, 'as'>): RiskyAct['what'] =>
  as === 'series' ? 'series' : 'trusted-payees'

export function readChange(
  change: RegisterChange,
): Result<ReadChange, readonly TransactionFault[]> {
  const faults: TransactionFault[] = []
  const of = change.as === 'series' ? [change.payee] : change.payees
  if (of.length === 0) faults.push({ path: 'change/payees', reason: 'missing' })
  if (of.length > MAX_PAYEES_CHANGED) faults.push({ path: 'change/payees', reason: 'too-many' })
  const read = of.slice(0, MAX_PAYEES_CHANGED).map((payee, at) => {
    const path = change.as === 'series' ? 'change/payee' : `change/payees/${at}`
    return readPayee(payee, path, faults)
  })
  const accounts = new Set(read.map(({ payee }) => payee.account))
  // One account under two names would be shown as two payees.
  if (faults.length === 0 && accounts.size < read.length)
    faults.push({ path: 'change/payees', reason: 'malformed' })
  const series = change.as === 'series' ? readSeries(change, faults) : undefined
  if (faults.length > 0) return { ok: false, error: faults }
  const payees = read.map(({ payee }) => payee)
  const compared = read.map(({ name, payee: { account } }) => ({ name, account }))
  const text = canonicalJson({ as: change.as, payees: compared, ...series })
  return { ok: true, value: { as: change.as, payees, ...series, text } }
}

/**
 * What a decision is bound by: the kind of change, the accounts, the series and its amount; names are for people. `hashed`: under the customer's
 * key; `undefined`: it was destroyed.
 */
export function boundByChange(
  { as, payees, series, amount }: ReadChange,
  hashed: (kind: ScaName, value: string) => string | undefined,
): readonly string[] | undefined {
  const accounts = payees.flatMap(({ account }) => hashed('account', account) ?? [])
  const of = series === undefined ? '' : hashed('series', series)
  if (accounts.length < payees.length || of === undefined) return undefined
  return ['register', as, ...[...new Set(accounts)].toSorted(), of, amount ?? '']
}

function readPayee(
  { name, account }: NamedPayee,
  path: string,
  faults: TransactionFault[],
): { readonly name: string; readonly payee: NamedPayee } {
  const folded = canonicalName(name)
  const plain = name
    .normalize('NFKC')
    .replaceAll(/\p{Zs}+/gu, ' ')
    .trim()
  if (name.length > MAX_PAYEE_NAME_CHARS) faults.push({ path: `${path}/name`, reason: 'too-long' })
  else if (!folded.ok) faults.push({ path: `${path}/name`, reason: folded.reason })
  else if (folded.value === '') faults.push({ path: `${path}/name`, reason: 'missing' })
  else if (heapsMarks(name)) faults.push({ path: `${path}/name`, reason: 'hidden-characters' })
  else if (mixesScripts(plain)) faults.push({ path: `${path}/name`, reason: 'mixed-scripts' })
  const read = canonicalAccountText(account)
  if (!read.ok) faults.push({ path: `${path}/account`, reason: read.reason })
  const found = read.ok ? read.value : ''
  return { name: folded.ok ? folded.value : '', payee: { name: plain, account: found } }
}

function readSeries(
  { series, amount }: Extract<RegisterChange, { readonly as: 'series' }>,
  faults: TransactionFault[],
): { readonly series: string; readonly amount: string } {
  if (series === '') faults.push({ path: 'change/series', reason: 'missing' })
  else if (series.length > MAX_SERIES_CHARS)
    faults.push({ path: 'change/series', reason: 'too-long' })
  else if (!series.isWellFormed() || /\p{Cc}/u.test(series))
    faults.push({ path: 'change/series', reason: 'hidden-characters' })
  const agreed = amountOf(amount, { currency: '', minorUnits: 0 }, undefined, 0)?.agreed
  if (agreed === undefined) faults.push({ path: 'change/amount', reason: 'malformed' })
  return { series, amount: agreed ?? '' }
}
