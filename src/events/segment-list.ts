/** The segments of a partition as the process knows them; the writer adds, readers look up. */
import type { SegmentHeader } from './segment-format.ts'

export interface SegmentList {
  readonly last: SegmentHeader
  add(header: SegmentHeader): void
  /** Forgets the oldest, up to and including this one; never the last. */
  dropThrough(ordinal: number): void
  /** Oldest first; a copy. */
  all(): readonly SegmentHeader[]
  get(ordinal: number): SegmentHeader | undefined
  /** The one that holds record `seq`, counting superseded records as gone; the first one for what is older than all. */
  holding(seq: number): SegmentHeader
}

export function segmentList(headers: readonly SegmentHeader[]): SegmentList {
  const known = [...headers]
  return {
    get last() {
      const last = known.at(-1)
      if (last === undefined) throw new TypeError('a spool has at least one segment')
      return last
    },
    add: (header) => void known.push(header),
    dropThrough(ordinal) {
      while (known.length > 1 && (known[0]?.ordinal ?? Infinity) <= ordinal) known.shift()
    },
    all: () => [...known],
    get: (ordinal) => known.find((header) => header.ordinal === ordinal),
    holding(seq) {
      // Later ones first: a superseding segment wins over what it superseded.
      const holder = known.findLast((header) => header.firstSeq <= seq) ?? known[0]
      if (holder === undefined) throw new TypeError('a spool has at least one segment')
      return holder
    },
  }
}
