import type { Observation } from '../../src/controls/index.ts'

/** A traffic observation that passed at nine on 5 January 2026; a test changes what it is about. */
export function observation(changes: Partial<Observation> = {}): Observation {
  const collectedAt = changes.collectedAt ?? Date.UTC(2026, 0, 5, 9)
  return {
    control: 'consent-bound-access',
    api: 'accounts',
    kind: 'traffic',
    outcome: 'pass',
    value: '12 requests: held for 12',
    population: 12,
    collectedAt,
    expiresAt: collectedAt + 365 * 86_400_000,
    source: 'traffic@1',
    reproduce: 'gatehouse events tail --api accounts',
    ...changes,
  }
}
