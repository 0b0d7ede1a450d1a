/** Slices added up. Sums of money are whole numbers of any size. */
import type { Cell } from './slice.ts'

export interface Sum {
  readonly act: string
  readonly instrument: string
  readonly outcome: string
  readonly exemption: string
  readonly state: string
  readonly authentication: string
  readonly method: string
  acts: number
  payments: number
  value: bigint
  unvalued: number
  durationMs: number
  longestMs: number
  unauthorised: number
  unauthorisedValue: bigint
  manipulated: number
  manipulatedValue: bigint
}

/** By everything that statistics tell apart. */
export type Tally = Map<string, Sum>

export function addCells(tally: Tally, cells: readonly Cell[]): void {
  for (const cell of cells) {
    const { act, instrument, outcome, exemption, state, authentication, method } = cell
    const group = { act, instrument, outcome, exemption, state, authentication, method }
    const key = JSON.stringify(Object.values(group))
    const sum = tally.get(key) ?? { ...group, ...nothing() }
    sum.acts += cell.acts
    sum.payments += cell.payments
    sum.value += BigInt(cell.value)
    sum.unvalued += cell.unvalued
    sum.durationMs += cell.durationMs
    sum.longestMs = Math.max(sum.longestMs, cell.longestMs)
    sum.unauthorised += cell.unauthorised
    sum.unauthorisedValue += BigInt(cell.unauthorisedValue)
    sum.manipulated += cell.manipulated
    sum.manipulatedValue += BigInt(cell.manipulatedValue)
    tally.set(key, sum)
  }
}

function nothing() {
  return {
    acts: 0,
    payments: 0,
    value: 0n,
    unvalued: 0,
    durationMs: 0,
    longestMs: 0,
    unauthorised: 0,
    unauthorisedValue: 0n,
    manipulated: 0,
    manipulatedValue: 0n,
  }
}

/** Remote payments of one instrument that took place: what all of them came to, and those that nobody authorised (RTS Art. 19). */
export function remoteRate(
  tally: Tally,
  instrument: string,
): { readonly total: bigint; readonly unauthorised: bigint } {
  const own = [...tally.values()].filter(
    (sum) => sum.act === 'remote-payment' && sum.instrument === instrument && sum.state === 'done',
  )
  return {
    total: own.reduce((all, { value }) => all + value, 0n),
    unauthorised: own.reduce((all, { unauthorisedValue }) => all + unauthorisedValue, 0n),
  }
}
