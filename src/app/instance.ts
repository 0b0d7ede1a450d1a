/**
 * A running Gatehouse: wiring, start order and stop order. Start: *data directory → monitoring → store and spool (locks) → feed → keys →
 * kernel → listener → control socket → consumers*. Stop goes the other way, so that nothing accepts work whose record could be lost.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createApi, listenOnSocket } from '../api/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { prepare } from '../decide/index.ts'
import { type NoticeEvent, openSpool, type Spool, type SpoolDamage } from '../events/index.ts'
import { createProjection, openFileFeed } from '../feed/index.ts'
import { createCore } from '../gateway/core/index.ts'
import { createNodeGateway } from '../gateway/node/index.ts'
import { type ApiRecord, saveApi } from '../inventory/index.ts'
import { type Diagnostic, formatDiagnostic, GatehouseError } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import { observationSink } from '../posture/index.ts'
import type { Store } from '../store/index.ts'
import { auditGap } from './audit-gap.ts'
import { ensureFeedFolder } from './feed-files.ts'
import { configObservations } from './config-observations.ts'
import { trustedKeys } from './kernel-keys.ts'
import { instanceServices } from './instance-services.ts'
import { countedStore } from './counted-store.ts'
import { linearRegex } from './linear-regex.ts'
import { createLog } from './log.ts'
import { instanceSamples } from './metrics/instance-metrics.ts'
import { createProcessMetrics } from './metrics/process-metrics.ts'
import { createTrafficMetrics } from './metrics/traffic-metrics.ts'
import { gauge } from './metrics/samples.ts'
import { listenForMonitoring, type MonitoringSources } from './monitoring.ts'
import { objectiveLog } from './objective-log.ts'
import { openStore } from './open-store.ts'
import { planArchive } from './plan-archive.ts'
import { watchKey } from './persons/watched-key.ts'
import { judgeReadiness, type Phase, type Readiness } from './readiness.ts'
import { socketPath } from './socket-path.ts'
import { systemClock, systemRandomBytes, systemScheduler } from './system-ports.ts'
import { keepEvidence } from './store-evidence.ts'
import { startTrafficWatch } from './traffic-watch.ts'
import { watchVitalSigns } from './vital-signs.ts'

export interface Instance {
  /** `http://127.0.0.1:8080` */
  readonly origin: string
  /** Of health, readiness and metrics; `null`: nowhere. */
  readonly monitoring: string | null
  /** What a person should know of the start: closed APIs, keys that did not load, mistakes in the feed. */
  readonly remarks: readonly string[]
  /** Drains for at most `drainMs`, syncs and lets go of everything. */
  stop(drainMs?: number): Promise<void>
}

/** What of an assembly a running instance needs: the specifications themselves may be forgotten. */
export interface Running {
  readonly config: Omit<GatehouseConfig, 'placeOf'>
  readonly policy: CompiledPolicy
  readonly records: readonly ApiRecord[]
  readonly objectives: readonly Objective[]
  readonly specMistakes: readonly Diagnostic[]
}

/** What the process that holds an instance gives it. */
export interface Surroundings {
  /** One line for stderr. */
  readonly say: (line: string) => void
  /** stderr is a terminal: lines are for people unless the configuration says otherwise. */
  readonly interactive: boolean
}

/** How long the first load of key sets may hold the start up: a dead issuer must not keep the other APIs down. */
const KEYS_WAIT_MS = 1_000

/** @throws GH_STORE_LOCKED, GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_CORRUPT, GH_GATEWAY_LISTEN_FAILED; then nothing stays open */
export async function startInstance(
  { config, policy, records, objectives, specMistakes }: Running,
  surroundings: Surroundings,
): Promise<Instance> {
  const log = createLog(
    () => ({
      level: config.logs.level,
      format: config.logs.format ?? (surroundings.interactive ? 'text' : 'json'),
    }),
    surroundings.say,
    systemClock,
  )
  let phase: Phase = 'starting'
  const undo: (() => Promise<void> | void)[] = []
  const unwind = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step()
  }
  try {
    const { dataDir } = config
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    chmodSync(dataDir, 0o700)
    const traffic = createTrafficMetrics()
    const processMetrics = createProcessMetrics()
    undo.push(() => processMetrics.close())
    // Set once everything is there; until then readiness says "starting".
    let sources: MonitoringSources = {
      readiness: () => ({ ...judgeReadiness(STARTING), plan: null }),
      samples: () => ({ ...processMetrics.samples(), gatehouse_ready: [gauge(0)] }),
    }
    const monitoring =
      config.monitoring === null
        ? null
        : await listenForMonitoring(config.monitoring.listen, {
            readiness: () => sources.readiness(),
            samples: () => sources.samples(),
          })
    undo.push(() => monitoring?.close())
    const units = { done: 0, failed: 0 }
    const store = countedStore(await mustOpen(config), units)
    undo.push(() => store.close())
    const spool = await openSpool({
      dir: join(dataDir, 'spool'),
      scheduler: systemScheduler,
      create: true,
    })
    undo.push(() => spool.close())

    ensureFeedFolder(config)
    const feed = openFileFeed({
      dir: config.feedDir,
      clock: systemClock,
      scheduler: systemScheduler,
    })
    undo.push(() => feed.close())
    const projection = await createProjection(feed)

    const archive = planArchive(dataDir)
    archive.keep(policy.plan, policy.effective)
    const keys = trustedKeys(policy.plan, systemClock, systemScheduler)
    undo.push(() => keys.close())
    const kernel = prepare(policy.plan, { regex: linearRegex })
    const persons = watchKey(dataDir, systemRandomBytes, systemScheduler, (failure) =>
      notice(spool, 'finding', personsText(failure)),
    )
    undo.push(() => persons.stop())
    const core = createCore({
      kernel: () => kernel,
      projection,
      tokens: () => keys.verifier,
      events: spool,
      clock: systemClock,
      scheduler: systemScheduler,
      randomBytes: systemRandomBytes,
      randomUuid: randomUUID,
      pseudonymKey: () => persons.now(),
      observer: traffic,
    })
    await Promise.race([
      keys.ready,
      new Promise<void>((resolve) => systemScheduler.after(KEYS_WAIT_MS, resolve)),
    ])
    const sink = observationSink(store)
    const early: string[] = []
    // A failure leaves evidence that expires by itself: posture then says unknown, never met.
    const evidence = await keepEvidence({
      async say() {
        for (const record of records) await saveApi(store, record)
        await sink.put(configObservations(policy, objectives, systemClock.now()))
      },
      scheduler: systemScheduler,
      behind(failure) {
        const text = storeText(failure)
        early.push(text)
        notice(spool, 'finding', text)
      },
    })
    undo.push(() => evidence.stop())

    const gateway = createNodeGateway({ core, scheduler: systemScheduler })
    const vital = watchVitalSigns({
      clock: systemClock,
      scheduler: systemScheduler,
      log,
      spool: () => spool.health(),
      probe: auditGap({ spool, clock: systemClock, uuid: randomUUID }),
      feedAgeMs: () => projection.ageMs(systemClock.now()),
      apis: () => policy.plan.apis,
      held: () => core.held,
      keyProblems: () => keys.problems(),
    })
    undo.push(() => vital.close())
    const readiness = (): Readiness =>
      judgeReadiness({
        phase,
        spool: vital.spoolFailing ? 'failed' : 'open',
        feedAgeMs: projection.ageMs(systemClock.now()),
        apis: policy.plan.apis,
        observed: new Set(),
      })
    const { address, port } = await gateway.listen(config.listen)
    const origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`
    undo.push(() => gateway.close(0))

    const startedAt = systemClock.now()
    // Only what really serves is in force: a start that fails must not look like one that ran.
    archive.activate(policy.plan, policy.effective)
    const changes = objectiveLog(dataDir)
    for (const objective of objectives) changes.record(objective, startedAt)

    const services = instanceServices({
      policy,
      store,
      spool,
      archive,
      projection,
      feed,
      origin,
      startedAt,
    })
    undo.push(await listenOnSocket(createApi(services), socketPath(dataDir)))
    const watch = await startTrafficWatch({
      spool,
      store,
      archive,
      clock: systemClock,
      scheduler: systemScheduler,
      behind: (failure) => notice(spool, 'finding', behindText(failure)),
    })
    undo.push(() => watch.stop())

    sources = {
      readiness: () => ({ ...readiness(), plan: policy.plan.digest }),
      samples: () => ({
        ...traffic.samples(),
        ...processMetrics.samples(),
        ...instanceSamples({
          now: systemClock.now(),
          readiness: readiness(),
          plan: policy.plan,
          activeRequests: gateway.inFlight,
          held: core.held,
          spool: spool.health(),
          unsyncedMs: vital.unsyncedMs,
          feedAgeMs: projection.ageMs(systemClock.now()),
          feedCounts: projection.counts(),
          feedMistakes: feed.diagnostics().length,
          issuers: keys.status(),
          units,
        }),
      }),
    }

    const remarks = [
      ...early,
      ...specMistakes.map(formatDiagnostic),
      ...closedApis(policy),
      ...keys.problems(),
      ...feed.diagnostics().map(formatDiagnostic),
    ]
    notice(spool, 'started', `listening on ${origin}`)
    if (spool.repaired !== null) notice(spool, 'audit-gap', tornText(spool.repaired))
    notice(spool, 'plan-activated', policy.plan.digest)
    for (const finding of policy.findings) {
      notice(
        spool,
        finding.closes ? 'api-closed' : 'finding',
        finding.text,
        finding.api,
        finding.code,
      )
    }
    phase = 'serving'
    log.info('started', `listening on ${origin}`, {
      plan: policy.plan.digest,
      monitoring: monitoring?.origin,
    })
    for (const finding of policy.findings)
      if (finding.closes)
        log.error('api-closed', finding.text, { api: finding.api, cause: finding.code })
    for (const remark of remarks) log.warn('remark', remark)
    return {
      origin,
      monitoring: monitoring?.origin ?? null,
      remarks,
      async stop(drainMs = 10_000) {
        phase = 'draining'
        log.info('draining', 'no new requests; those under way end', { inFlight: gateway.inFlight })
        await gateway.close(drainMs)
        await core.close()
        notice(spool, 'stopped', 'asked to stop')
        await unwind()
        log.info('stopped', 'everything that was recorded is on disk')
      },
    }
  } catch (error) {
    await unwind()
    throw error
  }
}

const STARTING = {
  phase: 'starting',
  spool: 'open',
  feedAgeMs: Infinity,
  apis: [],
  observed: new Set<string>(),
} as const

async function mustOpen(config: Running['config']): Promise<Store> {
  const store = await openStore(config, { create: true, openWithoutServer: true })
  if (store === undefined) throw new TypeError('a store that may be created is there')
  return store
}

function personsText(failure: unknown): string {
  return failure === undefined
    ? 'keys of persons were destroyed: erasures.jsonl says when, by whom and why'
    : `the keys of persons cannot be read (${codeOf(failure)}): those in memory are used`
}

function storeText(failure: unknown): string {
  return failure === undefined
    ? 'the store answers: what is configured is kept again'
    : `the store keeps nothing of what is configured (${codeOf(failure)}): requests go on, posture is unknown until it does`
}

/** Bytes, no words of an event: nothing of them was answered as synced. */
function tornText({ segment, offset, seq, what }: SpoolDamage): string {
  return `the last run ended inside record ${seq} (${segment}:${offset}, ${what}): it was cut off, a copy is kept`
}

/** By its code only: the rest of a failure may name what no event may hold. */
function behindText(failure: unknown): string {
  if (failure === undefined) return 'traffic observations are kept again'
  return `traffic observations are not kept (${codeOf(failure)}): posture ages until they are`
}

function codeOf(failure: unknown): string {
  return failure instanceof GatehouseError ? failure.code : 'an internal fault'
}

function closedApis(policy: CompiledPolicy): string[] {
  return policy.findings
    .filter((finding) => finding.closes)
    .map((finding) => `${finding.api} is CLOSED and answers 503: ${finding.text}`)
}

function notice(
  spool: Spool,
  what: NoticeEvent['what'],
  detail: string,
  api: string | null = null,
  code: NoticeEvent['code'] = null,
): void {
  const at = systemClock.now()
  // A notice that cannot be written changes nothing that was promised to a client; the next decision will fail loudly.
  spool.append(
    { v: 1, kind: 'notice', id: randomUUID(), at, what, api, code, detail },
    'buffered',
    () => undefined,
  )
}
