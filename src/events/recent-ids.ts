/** Where the last few thousand events stand, so that explaining a fresh decision reads one record. Bounded: the oldest is forgotten. */
export interface Whereabouts {
  readonly seq: number
  readonly ordinal: number
  readonly offset: number
}

export interface RecentIds {
  add(id: string, seq: number, ordinal: number, offset: number): void
  get(id: string): Whereabouts | undefined
}

/** Rings of plain arrays: adding allocates nothing, and looking up may be slow. */
export function recentIds(capacity: number): RecentIds {
  const ids: string[] = []
  const seqs: number[] = []
  const ordinals: number[] = []
  const offsets: number[] = []
  let next = 0
  return {
    add(id, seq, ordinal, offset) {
      ids[next] = id
      seqs[next] = seq
      ordinals[next] = ordinal
      offsets[next] = offset
      next = (next + 1) % capacity
    },
    get(id) {
      const at = ids.lastIndexOf(id)
      if (at < 0) return undefined
      return { seq: seqs[at] ?? 0, ordinal: ordinals[at] ?? 0, offset: offsets[at] ?? 0 }
    },
  }
}
