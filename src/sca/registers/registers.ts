/** The registers as the bank and its customers change them. Everything is in clear here, and hashed under the customer's key behind it. */
import { type Clock, GatehouseError } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import { scaRules } from '../decision/rules.ts'
import { amountOf } from '../ledger/amount.ts'
import type { ScaName, ScaNames } from '../ledger/ports.ts'
import { MAX_ID_CHARS } from '../ledger/prepare.ts'
import type { AskedAmount } from '../ledger/question.ts'
import {
  distrustPayees,
  endSeries,
  type Entered,
  putOwnAccounts,
  putProcess,
  putSeries,
  trustPayees,
} from './units.ts'

/** `decision`: of a risky act of that kind, for which the customer was authenticated within ten minutes; it is used up. */
export interface ScaRegisters {
  /** RTS Art. 13. @throws GH_SCA_QUESTION, GH_SCA_PERSON_ERASED, as all of these */
  trust(subject: string, payees: readonly string[], decision: string): Promise<Entered>
  /** The same for taking them off the list. */
  distrust(subject: string, payees: readonly string[], decision: string): Promise<Entered>
  /** By the bank itself: fraud, or an account that was closed. */
  strike(subject: string, payees: readonly string[]): Promise<void>
  /** RTS Art. 14: makes or changes a series. */
  putSeries(subject: string, series: Series, decision: string): Promise<Entered>
  /** False: there was none. */
  endSeries(subject: string, id: string): Promise<boolean>
  /** RTS Art. 15: all that the customer has at this bank. */
  putOwnAccounts(subject: string, accounts: readonly string[]): Promise<void>
  /** RTS Art. 17: a process that a payer who is no consumer was given, or has no more. */
  putProcess(subject: string, process: string, given: boolean, who: string): Promise<void>
}

export interface Series {
  readonly id: string
  readonly payee: string
  readonly amount: AskedAmount
}

/** Of one call; a longer list is several. */
export const MAX_ENTRIES = 500

export function scaRegisters(parts: {
  readonly store: Store
  readonly clock: Clock
  readonly names: ScaNames
  readonly jurisdiction: string
}): ScaRegisters {
  const { store, clock, names, jurisdiction } = parts

  function payerOf(subject: string): string {
    const payer = sound(subject, 'subject') ? names.subject(subject) : undefined
    if (payer === undefined) throw new GatehouseError('GH_SCA_PERSON_ERASED')
    return payer
  }
  function hashed(subject: string, kind: ScaName, values: readonly string[]): readonly string[] {
    if (values.length > MAX_ENTRIES) throw new GatehouseError('GH_SCA_QUESTION', 'too many entries')
    return values.map((value) => {
      const name = sound(value, kind) ? names.of(subject, kind, value) : undefined
      if (name === undefined) throw new GatehouseError('GH_SCA_PERSON_ERASED')
      return name
    })
  }
  async function list(
    subject: string,
    payees: readonly string[],
    decision: string,
    trusted: boolean,
  ): Promise<Entered> {
    const of = hashed(subject, 'account', payees)
    const who = { payer: payerOf(subject), decision, at: clock.now() }
    return store.run(trustPayees, { ...who, payees: of, trusted })
  }

  return {
    trust: (subject, payees, decision) => list(subject, payees, decision, true),
    distrust: (subject, payees, decision) => list(subject, payees, decision, false),
    async strike(subject, payees) {
      const of = hashed(subject, 'account', payees)
      await store.run(distrustPayees, { payer: payerOf(subject), payees: of })
    },
    async putSeries(subject, { id, payee, amount }, decision) {
      const at = clock.now()
      const target = scaRules(jurisdiction) ?? { currency: '', minorUnits: 0 }
      const agreed = amountOf(amount, target, undefined, at)?.agreed
      if (agreed === undefined) throw new GatehouseError('GH_SCA_QUESTION', 'amount')
      const [series = ''] = hashed(subject, 'series', [id])
      const [account = ''] = hashed(subject, 'account', [payee])
      const who = { payer: payerOf(subject), decision, at }
      return store.run(putSeries, { ...who, series, payee: account, amount: agreed })
    },
    async endSeries(subject, id) {
      const [series = ''] = hashed(subject, 'series', [id])
      return store.run(endSeries, { payer: payerOf(subject), series })
    },
    async putOwnAccounts(subject, accounts) {
      const of = hashed(subject, 'account', accounts)
      await store.run(putOwnAccounts, { payer: payerOf(subject), accounts: of, at: clock.now() })
    },
    async putProcess(subject, process, given, who) {
      sound(process, 'process')
      const payer = payerOf(subject)
      await store.run(putProcess, { payer, process, who, given, at: clock.now() })
    },
  }
}

/** @throws GH_SCA_QUESTION */
function sound(value: string, member: string): true {
  if (value === '' || value.length > MAX_ID_CHARS || value.includes('\0') || !value.isWellFormed())
    throw new GatehouseError('GH_SCA_QUESTION', member)
  return true
}
