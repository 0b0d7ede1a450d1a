/** Tables of this module. Owner: posture. Times are integer milliseconds; no column holds personal data. */
import type { Migration } from '../../store/index.ts'

export interface PostureTables {
  /** Last pass and last fail of each producer, apart, so that each ends by the clock and neither hides the other. */
  observation: {
    api: string
    control: string
    kind: string
    source: string
    outcome: string
    value: string
    population: number
    collected_at: number
    expires_at: number
    reproduce: string
  }
  /**
   * What was seen on earlier days, thinned: of each producer and outcome the first and the last of a day, so that posture of a past time
   * knows everything that was known then, but for repetitions within a day.
   */
  observation_history: {
    api: string
    control: string
    kind: string
    source: string
    outcome: string
    /** Days since the epoch, UTC. */
    day: number
    /** 0 the first of the day, 1 the last. */
    edge: number
    value: string
    population: number
    collected_at: number
    expires_at: number
    reproduce: string
  }
  /** Running count of the traffic consumer; `state` is a `Tally` as JSON. */
  traffic_tally: { api: string; control: string; state: string }
  /** Last event that the counts hold, by partition of the spool: an event that comes twice is counted once. */
  traffic_offset: { partition: number; seq: number }
}

export const postureMigrations: readonly Migration[] = [
  {
    id: 'posture/001-observations',
    up: [
      `CREATE TABLE observation (
         api TEXT NOT NULL, control TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, outcome TEXT NOT NULL,
         value TEXT NOT NULL, population INTEGER NOT NULL, collected_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
         reproduce TEXT NOT NULL,
         PRIMARY KEY (api, control, kind, source, outcome)
       ) STRICT`,
      `CREATE TABLE traffic_tally (
         api TEXT NOT NULL, control TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (api, control)
       ) STRICT`,
      'CREATE TABLE traffic_offset (partition INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT',
    ],
  },
  {
    id: 'posture/002-observation-history',
    up: [
      `CREATE TABLE observation_history (
         api TEXT NOT NULL, control TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, outcome TEXT NOT NULL,
         day INTEGER NOT NULL, edge INTEGER NOT NULL, value TEXT NOT NULL, population INTEGER NOT NULL,
         collected_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, reproduce TEXT NOT NULL,
         PRIMARY KEY (api, control, kind, source, outcome, day, edge)
       ) STRICT`,
      'CREATE INDEX observation_history_time ON observation_history (collected_at)',
    ],
  },
]
