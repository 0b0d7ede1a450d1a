/** What a server recorded, for tests: a corrected entry counts as it was corrected. */
import type { Evidence, EvidenceEntry } from '../../src/identity/index.ts'

export interface RecordedEvidence extends Evidence {
  /** Oldest first. */
  readonly entries: readonly EvidenceEntry[]
  find(id: string): EvidenceEntry | undefined
  /** `action outcome error`, of those that match. */
  lines(match?: (entry: EvidenceEntry) => boolean): readonly string[]
}

export function recordedEvidence(): RecordedEvidence {
  const kept = new Map<string, EvidenceEntry>()
  return {
    write(entry, correcting) {
      const id = correcting ?? `decision-${kept.size + 1}`
      kept.set(id, entry)
      return Promise.resolve(id)
    },
    get entries() {
      return [...kept.values()]
    },
    find: (id) => kept.get(id),
    lines: (match = () => true) =>
      [...kept.values()]
        .filter(match)
        .map(({ action, outcome, error }) => [action, outcome, error].filter(Boolean).join(' ')),
  }
}
