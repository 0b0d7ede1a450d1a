/** Rule O-08 for response times: what each scheme measures. Numbers and how far they were checked: `schemeFacts()` of the catalogue. */
import type { ApiProfile } from './objective.ts'

export interface SchemeLatency {
  readonly regime: string
  readonly metric: string
  /** The scheme's own class of calls, where it has classes. */
  readonly scope?: string
  readonly ms: number
}

/** Thresholds of the regimes for the roles of this API, in the order of the regimes. */
export function schemeLatencies(
  profile: ApiProfile,
  regimes: readonly string[],
): readonly SchemeLatency[] {
  return regimes.flatMap((regime) => (LATENCIES.get(regime)?.(profile) ?? []).map(named(regime)))
}

type Unnamed = Omit<SchemeLatency, 'regime'>
function named(regime: string): (latency: Unnamed) => SchemeLatency {
  return (latency) => ({ regime, ...latency })
}

const LATENCIES: ReadonlyMap<string, (profile: ApiProfile) => readonly Unnamed[]> = new Map([
  [
    'uk-obl',
    ({ roles }) => [
      ...(roles.includes('ais') || roles.includes('pis') ? [{ metric: 'mean-ttlb', ms: 750 }] : []),
      // Confirmation of funds: indicative mean.
      ...(roles.includes('cbpii') ? [{ metric: 'mean-ttlb', ms: 300 }] : []),
    ],
  ],
  [
    'au-cdr',
    ({ roles, features, exposure }) => {
      const metric = 'share-per-hour>=95%'
      const scope = (name: string, ms: number): Unnamed => ({ metric, scope: name, ms })
      if (exposure === 'internet-anonymous')
        return roles.includes('open-data') ? [scope('unauthenticated', 1500)] : []
      return [
        ...(roles.includes('open-data') ? [scope('unauthenticated', 1500)] : []),
        ...(roles.includes('auth') ? [scope('high-priority', 1000)] : []),
        ...(roles.includes('ais') ? [scope('attended', 1500)] : []),
        ...(features.includes('unattended-access') ? [scope('unattended', 4000)] : []),
        ...(features.includes('bulk') ? [scope('large-payload', 6000)] : []),
      ]
    },
  ],
  [
    'br-ofb',
    ({ roles }) => {
      // The 2022 text names three classes; which role is in which class is our reading of it.
      const some = (...names: readonly string[]): boolean =>
        roles.some((role) => names.includes(role))
      return [
        ...(some('auth', 'pis') ? [{ metric: 'p95', scope: 'high', ms: 1000 }] : []),
        ...(some('ais', 'open-data', 'cbpii')
          ? [{ metric: 'p95', scope: 'medium', ms: 1500 }]
          : []),
        ...(some('admin') ? [{ metric: 'p95', scope: 'admin', ms: 4000 }] : []),
      ]
    },
  ],
])
