/** All slices of a period, one unit of work each, so that nobody waits long for a report. */
import type { Store } from '../../store/index.ts'
import { readSlice, type Slice, SLICE_RECORDS } from './slice.ts'
import { addCells, type Tally } from './tally.ts'

export interface PeriodAsked {
  readonly entity: string
  readonly from: number
  readonly to: number
}

export function readOneSlice(store: Store, { entity, from, to }: PeriodAsked): Promise<Slice> {
  return store.run(readSlice, { entity, from, to, records: SLICE_RECORDS })
}

export async function readPeriod(store: Store, asked: PeriodAsked): Promise<Tally> {
  const tally: Tally = new Map()
  for (let from: number | null = asked.from; from !== null;) {
    const slice: Slice = await readOneSlice(store, { ...asked, from })
    addCells(tally, slice.cells)
    from = slice.next
  }
  return tally
}
