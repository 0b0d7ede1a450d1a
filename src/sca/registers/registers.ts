/** The registers as the bank and its customers change them. Everything is in clear here, and hashed under the customer's key behind it. */
import { canonicalAccountText, type Clock, GatehouseError } from '../../lib/index.ts'
import type { Sealing, SealingKeys, Store, UnitRef } from '../../store/index.ts'
import { digestOfChange } from '../ledger/bound.ts'
import type { ScaName, ScaNames } from '../ledger/ports.ts'
import { MAX_ID_CHARS } from '../ledger/prepare.ts'
import type { NamedPayee, RegisterChange } from '../ledger/question.ts'
import { scaSealing, sealedAs } from '../sealing.ts'
import { type ReadChange, readChange } from './change.ts'
import { forgetRegisters, listRegisters } from './list-unit.ts'
import { MAX_OWN_ACCOUNTS } from './room.ts'
import {
  type ChangeAsked,
  endSeries,
  enterChange,
  type Entered,
  putOwnAccounts,
  putProcess,
  strikePayees,
} from './units.ts'

/** All throw GH_SCA_REGISTER for what cannot stand in a register, and GH_SCA_PERSON_ERASED. */
export interface ScaRegisters {
  /**
   * A change by the customer (RTS Art. 13(1), 14(1)). `by`: the decision of exactly this change for which he was authenticated within ten minutes,
   * and the program that asked for it; it is used up. Taking a payee off the list is a change of the list, too.
   */
  enter(
    subject: string,
    change: RegisterChange,
    by: { readonly decision: string; readonly client: string },
  ): Promise<Entered>
  /** By the bank itself: fraud, or an account that was closed. `entries`: ids as `list` gives them. Gives how many went. */
  strike(subject: string, entries: readonly string[]): Promise<number>
  /** False: there was none. */
  endSeries(subject: string, id: string): Promise<boolean>
  /** RTS Art. 15: all that the customer alone has at this bank; what is not among them is his no more. */
  putOwnAccounts(subject: string, accounts: readonly string[]): Promise<void>
  /** RTS Art. 17: a process that a payer who is no consumer was given, or has no more. */
  putProcess(
    subject: string,
    process: string,
    given: boolean,
    who: string,
  ): Promise<'changed' | 'unchanged' | 'full'>
  list(subject: string): Promise<RegistersView>
  /** Under which the person stands in the registers, for the log of erasures; empty: he was erased. */
  namesOf(subject: string): readonly string[]
}

export interface RegistersView {
  /** Oldest first. `id`: of the entry; names and accounts of no decision and no event. */
  readonly trustedPayees: readonly (NamedPayee & { readonly id: string; readonly since: number })[]
  /** `id`: a keyed hash of the bank's own id. `amount`: of each payment, `800.00 EUR`. */
  readonly series: readonly {
    readonly id: string
    readonly amount: string
    readonly since: number
  }[]
  readonly ownAccounts: { readonly count: number; readonly since: number | null }
  readonly processes: readonly {
    readonly name: string
    readonly by: string
    readonly since: number
  }[]
}

export function scaRegisters(parts: {
  readonly store: Store
  readonly clock: Clock
  readonly names: ScaNames
  readonly keys: SealingKeys
  readonly randomBytes: (count: number) => Uint8Array
}): ScaRegisters {
  const { store, clock, names } = parts
  const sealing = scaSealing(parts.keys, parts.randomBytes)

  function hashed(subject: string, kind: ScaName, value: string): string {
    checkText(subject)
    const name = names.of(subject, kind, value)
    if (name === undefined) throw new GatehouseError('GH_SCA_PERSON_ERASED')
    return name
  }
  const ownerOf = (subject: string): string => hashed(subject, 'register', '')

  /** What was written while the person was being erased goes with the rest. */
  async function write<A extends { readonly owner: string }, R>(
    subject: string,
    unit: UnitRef<A, R>,
    asked: A,
  ): Promise<R> {
    const result = await store.run(unit, asked)
    if (names.of(subject, 'register', '') !== undefined) return result
    await store.run(forgetRegisters, { names: [asked.owner] })
    throw new GatehouseError('GH_SCA_PERSON_ERASED')
  }

  return {
    async enter(subject, change, { decision, client }) {
      const read = readChange(change)
      if (!read.ok) throw unsound(read.error[0]?.path ?? 'change')
      const owner = ownerOf(subject)
      const payer = names.subject(subject)
      const name = (kind: ScaName, value: string): string => hashed(subject, kind, value)
      const bound = digestOfChange(read.value, name)
      if (payer === undefined || bound === undefined)
        throw new GatehouseError('GH_SCA_PERSON_ERASED')
      const entries = entriesOf(read.value, name, (payee, named) =>
        sealing.seal(sealedAs.payee(owner, payee), JSON.stringify(named)),
      )
      const at = clock.now()
      return write(subject, enterChange, { payer, owner, decision, client, bound, at, entries })
    },
    async strike(subject, entries) {
      return write(subject, strikePayees, { owner: ownerOf(subject), payees: entries })
    },
    async endSeries(subject, id) {
      checkText(id)
      const series = hashed(subject, 'series', id)
      return write(subject, endSeries, { owner: ownerOf(subject), series })
    },
    async putOwnAccounts(subject, accounts) {
      if (accounts.length > MAX_OWN_ACCOUNTS) throw unsound('accounts')
      const own = new Set(accounts.map((one) => hashed(subject, 'account', accountIn(one))))
      const asked = { owner: ownerOf(subject), accounts: [...own], at: clock.now() }
      await write(subject, putOwnAccounts, asked)
    },
    async putProcess(subject, process, given, who) {
      checkText(process)
      const asked = { owner: ownerOf(subject), process, who, given, at: clock.now() }
      return write(subject, putProcess, asked)
    },
    async list(subject) {
      const owner = ownerOf(subject)
      const { payees, series, accounts, processes } = await store.run(listRegisters, { owner })
      return {
        trustedPayees: payees.map(({ payee, named, authenticated_at: since }) => ({
          id: payee,
          ...opened(sealing, owner, payee, named),
          since,
        })),
        series: series.map(({ series: id, amount, authenticated_at: since }) => ({
          id,
          amount,
          since,
        })),
        ownAccounts: { count: accounts.length, since: accounts[0]?.recorded_at ?? null },
        processes: processes.map(({ process, recorded_by: by, recorded_at: since }) => ({
          name: process,
          by,
          since,
        })),
      }
    },
    namesOf(subject) {
      const name = names.of(subject, 'register', '')
      return name === undefined ? [] : [name]
    },
  }
}

function entriesOf(
  { as, payees, series = '', amount = '' }: ReadChange,
  name: (kind: ScaName, value: string) => string,
  seal: (payee: string, named: NamedPayee) => Uint8Array,
): ChangeAsked['entries'] {
  const accounts = payees.map(({ account }) => name('account', account))
  if (as === 'distrust') return { as, payees: accounts }
  if (as === 'series')
    return { as, series: name('series', series), payee: accounts[0] ?? '', amount }
  return {
    as,
    payees: payees.map((named) => {
      const payee = name('account', named.account)
      return { payee, named: seal(payee, named) }
    }),
  }
}

function opened(
  sealing: Sealing,
  owner: string,
  payee: string,
  named: Uint8Array | null,
): NamedPayee {
  if (named === null) return { name: '', account: '' }
  return JSON.parse(sealing.open(sealedAs.payee(owner, payee), named)) as NamedPayee // sound: sealed by `entriesOf`
}

/** @throws GH_SCA_REGISTER */
function accountIn(text: string): string {
  const read = canonicalAccountText(text)
  if (!read.ok) throw unsound('accounts')
  return read.value
}

function checkText(value: string): void {
  if (value === '' || value.length > MAX_ID_CHARS || /\p{Cc}/u.test(value) || !value.isWellFormed())
    throw unsound('text')
}

function unsound(member: string): GatehouseError {
  return new GatehouseError('GH_SCA_REGISTER', member)
}
