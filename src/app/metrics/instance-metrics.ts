/** What the parts of a running instance say of themselves, as samples. Reads, and changes nothing. */
import type { PlanApi } from '../../decide/index.ts'
import type { AddressState } from '../../gateway/node/index.ts'
import type { SpoolHealth } from '../../events/index.ts'
import type { Readiness } from '../readiness.ts'
import type { IssuerStatus } from '../kernel-keys.ts'
import type { RegisteredCertificate } from '../transport/certificate-register.ts'
import type { StoreAnswers } from '../transport/watched-trust.ts'
import { gauge, type Samples } from './samples.ts'

export interface InstanceFacts {
  readonly now: number
  readonly readiness: Readiness
  readonly plan: { readonly digest: string; readonly apis: readonly PlanApi[] }
  readonly activeRequests: number
  /** Addresses of bank APIs. */
  readonly upstreams: readonly AddressState[]
  readonly held: number
  readonly spool: SpoolHealth
  readonly unsyncedMs: number
  readonly feedAgeMs: number
  readonly feedCounts: Readonly<Record<string, number>>
  readonly feedMistakes: number
  readonly issuers: readonly IssuerStatus[]
  /** The one that ends first comes first. */
  readonly certificates: readonly Pick<RegisteredCertificate, 'use' | 'name' | 'notAfter'>[]
  readonly ocsp: readonly StoreAnswers[]
  readonly reloads: Readonly<Record<'done' | 'unchanged' | 'refused', number>>
  readonly lastReloadGood: boolean
  readonly units: { readonly done: number; readonly failed: number }
}

const MS = 1000

export function instanceSamples(facts: InstanceFacts): Samples {
  const { readiness, plan, spool, now } = facts
  return {
    http_server_active_requests: [gauge(facts.activeRequests)],
    gatehouse_upstream_address_available: facts.upstreams.map((one) =>
      gauge(flag(one.available), one.origin),
    ),
    gatehouse_upstream_address_active_requests: facts.upstreams.map((one) =>
      gauge(one.busy, one.origin),
    ),
    gatehouse_ready: [gauge(flag(readiness.ready))],
    gatehouse_api_active: plan.apis.map((api) => gauge(flag(api.state === 'active'), api.name)),
    gatehouse_plan_info: [gauge(1, plan.digest)],
    gatehouse_observe_all_active: readiness.apis.map((api) =>
      gauge(flag(api.observeAll), api.name),
    ),
    gatehouse_reloads_total: Object.entries(facts.reloads).map(([outcome, count]) =>
      gauge(count, outcome),
    ),
    gatehouse_config_last_reload_successful: [gauge(flag(facts.lastReloadGood))],
    gatehouse_spool_events_appended_total: [gauge(spool.appended)],
    gatehouse_spool_events_synced_total: [gauge(spool.synced)],
    gatehouse_spool_events_refused_total: [gauge(spool.refused)],
    gatehouse_spool_events_waiting: [gauge(spool.waiting)],
    gatehouse_spool_bytes_total: [gauge(spool.bytes)],
    gatehouse_spool_unsynced_seconds: [gauge(facts.unsyncedMs / MS)],
    gatehouse_spool_failing: [gauge(flag(spool.state !== 'open'))],
    gatehouse_degraded_queue_events: [gauge(facts.held)],
    gatehouse_feed_age_seconds: [gauge(facts.feedAgeMs / MS)],
    gatehouse_feed_records: Object.entries(facts.feedCounts).map(([kind, count]) =>
      gauge(count, kind),
    ),
    gatehouse_feed_mistakes: [gauge(facts.feedMistakes)],
    gatehouse_issuer_keys: facts.issuers.map(({ issuer, keys }) => gauge(keys, issuer)),
    gatehouse_issuer_keys_age_seconds: facts.issuers.map(({ issuer, loadedAt }) =>
      gauge(loadedAt === 0 ? Infinity : (now - loadedAt) / MS, issuer),
    ),
    gatehouse_certificate_remaining_seconds: firstOfEach(facts.certificates).map(
      ({ use, name, notAfter }) => gauge((notAfter - now) / MS, use, name),
    ),
    gatehouse_ocsp_answers_total: facts.ocsp.flatMap(({ store, counts }) =>
      Object.entries(counts).map(([status, count]) => gauge(count, store, status)),
    ),
    gatehouse_ocsp_answer_age_seconds: facts.ocsp.map(({ store, oldestMs }) =>
      gauge(oldestMs / MS, store),
    ),
    gatehouse_store_units_total: [
      gauge(facts.units.done, 'done'),
      gauge(facts.units.failed, 'failed'),
    ],
  }
}

function firstOfEach(sorted: InstanceFacts['certificates']): InstanceFacts['certificates'] {
  const seen = new Set<string>()
  return sorted.filter(({ use, name }) => {
    const key = `${use} ${name}`
    return !seen.has(key) && seen.add(key)
  })
}

function flag(value: boolean): number {
  return value ? 1 : 0
}
