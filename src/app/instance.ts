/**
 * A running Gatehouse: wiring, start order and stop order. Start: *data directory → monitoring → store and spool (locks) → authorization server → feed → keys →
 * kernel → listener → control socket → consumers*. Stop goes the other way, so that nothing accepts work whose record could be lost.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type ControlOutcome, createApi, listenOnSocket } from '../api/index.ts'
import { openSpool } from '../events/index.ts'
import { createProjection } from '../feed/index.ts'
import { type Core, createCore, createPseudonym, type SealTrust } from '../gateway/core/index.ts'
import { saveApi } from '../inventory/record/index.ts'
import { formatDiagnostic } from '../lib/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import { observationSink, pruneObservations } from '../posture/index.ts'
import type { StoreThread } from '../store/index.ts'
import { auditGap } from './audit-gap.ts'
import { recordActivation } from './activation-log.ts'
import { startEventIndexing } from './event-indexing.ts'
import { configObservations } from './config-observations.ts'
import { type Generation, makeGeneration, type Running } from './generation.ts'
import { keptForGateway } from './kept-for-gateway.ts'
import { identityActions } from './identity/identity-actions.ts'
import { apisOfServer } from './identity/client-authentication-control.ts'
import { identityEvents } from './identity/identity-events.ts'
import { openInstallationSecrets } from './identity/open-installation-secrets.ts'
import { openIdentity } from './identity/open-identity.ts'
import { elementActions, elementNames, elementsView } from './sca/element-actions.ts'
import { registerActions, registersView, withRegisterNames } from './sca/register-actions.ts'
import { openScaLedger } from './sca/open-sca-ledger.ts'
import { openStrong } from './sca/open-strong.ts'
import { withPaymentAlarm } from './sca/payment-alarm.ts'
import { installationKey } from './installation-key.ts'
import {
  behindText,
  closedApis,
  indexText,
  erasedText,
  personsText,
  storeText,
  tornText,
  trustText,
} from './instance-texts.ts'
import { instanceServices } from './instance-services.ts'
import { controlDesk } from './control-desk.ts'
import { holdActions } from './hold-actions.ts'
import { countedStore } from './counted-store.ts'
import { createLog } from './log.ts'
import { instanceSamples } from './metrics/instance-metrics.ts'
import { createProcessMetrics } from './metrics/process-metrics.ts'
import { createTrafficMetrics } from './metrics/traffic-metrics.ts'
import { gauge } from './metrics/samples.ts'
import { type MonitoringSources, monitoringSwitch } from './monitoring.ts'
import { createObserveAll } from './observe-all.ts'
import { observeAllRemark, watchExpiry } from './observe-all-end.ts'
import { objectiveLog } from './objective-log.ts'
import { openFeed } from './open-feed.ts'
import { openOwnStore } from './open-store.ts'
import { planArchive } from './plan-archive.ts'
import { elementErasure, eraseElements } from './persons/erase-elements.ts'
import { watchKey } from './persons/watched-key.ts'
import { createReload, openTogether } from './reload.ts'
import { judgeReadiness, type Phase, type Readiness } from './readiness.ts'
import { DAY_MS, indexDays, startRetention } from './retention.ts'
import { socketPath } from './socket-path.ts'
import { notice, tellPlan } from './spool-notices.ts'
import { systemClock, systemRandomBytes, systemScheduler } from './system-ports.ts'
import { upstreamNotices } from './upstream-notices.ts'
import type { AssembledApart } from './start/index.ts'
import { keepEvidence } from './store-evidence.ts'
import { startTrafficWatch } from './traffic-watch.ts'
import { registerObservations } from './transport/certificate-register.ts'
import { watchCertificates } from './transport/certificate-watch.ts'
import { FILES_CHECK_MS, openListeners } from './transport/listeners.ts'
import { watchFiles } from './watch-files.ts'
import { watchVitalSigns } from './vital-signs.ts'

export { startStoreThread } from '../store/index.ts'

export interface Instance {
  /** `http://127.0.0.1:8080` */
  readonly origin: string
  /** Every address of the gateway, that one first. */
  readonly origins: readonly string[]
  /** Of health, readiness and metrics; `null`: nowhere. */
  readonly monitoring: string | null
  /** What a person should know of the start: closed APIs, keys that did not load, mistakes in the feed. */
  readonly remarks: readonly string[]
  /** Asks for a reload as a signal does. Never rejects. */
  reload(): Promise<ControlOutcome>
  /** Drains for at most `drainMs`, syncs and lets go of everything. */
  stop(drainMs?: number): Promise<void>
}

/** What the process that holds an instance gives it. */
export interface Surroundings {
  /** One line for stderr. */
  readonly say: (line: string) => void
  /** stderr is a terminal: lines are for people unless the configuration says otherwise. */
  readonly interactive: boolean
  /** Reads and assembles the configuration anew, apart from this thread. */
  readonly assemble: () => Promise<AssembledApart>
  /** For the embedded store, started ahead. */
  readonly storeThread: StoreThread
}

const TELL_GAP_EVERY_MS = 1_000
/** How long the first load of key sets may hold the start up: a dead issuer must not keep the other APIs down. */
const KEYS_WAIT_MS = 1_000

/** A feed that waits for an end of the spool's trouble waits no longer than this when the instance stops. */
const FLUSH_MS = 2_000
const FLUSH_AGAIN_MS = 200
/** How long new connections are still taken while `/ready` says no: who asks it in this time never meets a closed port. */
const NOTICE_MS = 1_000
/** Requests that began with the keys of before a reload end well within this. */
const OLD_KEYS_MS = 60_000
const RECORD_AGAIN_MS = 300
const OPERATOR_OF_SIGNALS = 'whoever sent SIGHUP'

/** @throws GH_STORE_LOCKED, GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_CORRUPT, GH_GATEWAY_LISTEN_FAILED; then nothing stays open */
export async function startInstance(
  running: Running,
  { say, interactive, assemble, storeThread }: Surroundings,
): Promise<Instance> {
  /** Swapped whole by a reload, and by nothing else. */
  let current: Pick<Generation, 'running'> & Partial<Generation> = { running }
  const log = createLog(
    () => {
      const { level, format } = current.running.config.logs
      return { level, format: format ?? (interactive ? 'text' : 'json') }
    },
    say,
    systemClock,
  )
  let phase: Phase = 'starting'
  const undo: (() => Promise<void> | void)[] = []
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    const { config } = running
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
      contextKeys: () => undefined,
    }
    const monitoring = monitoringSwitch({
      readiness: () => sources.readiness(),
      samples: () => sources.samples(),
      contextKeys: () => sources.contextKeys(),
    })
    ;(await monitoring.open(config.monitoring)).take()
    undo.push(() => monitoring.close())
    const units = { done: 0, failed: 0 }
    const store = countedStore(await openOwnStore(config, storeThread), units)
    undo.push(() => store.close())
    const spool = await openSpool({
      dir: join(dataDir, 'spool'),
      scheduler: systemScheduler,
      create: true,
    })
    undo.push(() => spool.close())

    const erasing = elementErasure({
      dataDir,
      store,
      scheduler: systemScheduler,
      say: (error) => notice(spool, 'finding', erasedText(error)),
    })
    undo.push(() => erasing.stop())
    const persons = watchKey(dataDir, systemRandomBytes, systemScheduler, (failure) => {
      notice(spool, 'finding', personsText(failure))
      erasing.begin()
    })
    undo.push(() => persons.stop())
    await eraseElements(dataDir, store)
    const times = { clock: systemClock, scheduler: systemScheduler }
    const pseudonym = createPseudonym(() => persons.now())
    const acts = { events: spool, ...times, randomBytes: systemRandomBytes, pseudonym }
    const ports = { ...times, evidence: identityEvents(acts) }
    const finding = (text: string): void => notice(spool, 'finding', text)
    const sca = openScaLedger({
      ...ports,
      config,
      store,
      events: spool,
      pseudonymKey: () => persons.now(),
      say(text) {
        finding(text)
        log.warn('sca', text)
      },
    })
    undo.push(() => sca.stop())
    const ofIdentity = {
      ...ports,
      config,
      store,
      randomBytes: systemRandomBytes,
      say(problem: string) {
        notice(spool, 'finding', problem)
        log.error('identity', problem)
      },
    }
    const secrets = await openInstallationSecrets(ofIdentity)
    undo.push(() => secrets?.close())
    const customers = { ...ofIdentity, secrets }
    const { strong, codes, stop } = await openStrong({
      ...customers,
      ledger: sca.ledger,
      names: sca.names,
      plan: () => policy().plan,
      say: finding,
    })
    undo.push(stop)
    // Before the keys are loaded: the gateway may ask for those of this one.
    const identity = await openIdentity({
      ...customers,
      strong,
    })
    undo.push(() => identity?.close())
    const elements = {
      desk: strong?.enrolment,
      codes,
      isCustomer: async (subject: string) => (await identity?.isCustomer(subject)) !== false,
      now: () => systemClock.now(),
      pseudonym: (subject: string) => pseudonym('subject', subject),
      registers: strong?.registers,
    }
    const feed = openFeed({ config, store, ...ports })
    undo.push(() => feed.close())
    const projection = await createProjection(feed.all, systemClock)

    const key = installationKey(dataDir)
    const archive = planArchive(dataDir)
    archive.keep(running.policy.plan, running.policy.effective)
    const first = makeGeneration(running)
    /** The one in force. */
    let generation = first
    current = first
    undo.push(() => generation.keys.close())
    const policy = (): CompiledPolicy => generation.running.policy
    const observeAll = createObserveAll({
      dataDir,
      key,
      clock: systemClock,
      plan: () => policy().plan,
      changed: () => evidence.sayNow(),
    })
    const owner = randomUUID()
    const kept = keptForGateway({ store, key, owner, alone: config.store === null }, (text) =>
      notice(spool, 'finding', text),
    )
    undo.push(() => kept.stop())
    // Trust stores are opened with the listeners, and until then nobody calls.
    let trust: SealTrust | undefined
    const core = createCore({
      seals: {
        stores: () => trust?.stores() ?? [],
        get version() {
          return trust?.version ?? 0
        },
      },
      ...kept.ports,
      kernel: () => generation.kernel,
      projection,
      tokens: () => generation.keys.verifier,
      events: spool,
      clock: systemClock,
      scheduler: systemScheduler,
      randomBytes: systemRandomBytes,
      randomUuid: randomUUID,
      pseudonymKey: () => persons.now(),
      observer: withPaymentAlarm(traffic, finding, systemClock),
      observed: () => observeAll.observed(),
      context: () => generation.context,
      answers: () => generation.answers,
    })
    const sayFiles = (problem: string | undefined): void => {
      notice(spool, 'finding', trustText(problem))
      if (problem === undefined) log.info('trust-files-over', trustText(problem))
      else log.error('trust-files', trustText(problem))
    }
    const lookAtFiles = watchFiles(() => generation.files, sayFiles)
    undo.push(systemScheduler.every(FILES_CHECK_MS, lookAtFiles))
    await Promise.race([
      first.keys.ready,
      new Promise<void>((resolve) => systemScheduler.after(KEYS_WAIT_MS, resolve)),
    ])
    const certificates = watchCertificates({
      config: () => generation.running.config,
      clock: systemClock,
      scheduler: systemScheduler,
      say(text) {
        notice(spool, 'finding', text)
        log.warn('certificate-expiry', text)
      },
    })
    undo.push(() => certificates.stop())
    await certificates.check()
    const sink = observationSink(store)
    const early: string[] = []
    // A failure leaves evidence that expires by itself: posture then says unknown, never met.
    const evidence = await keepEvidence({
      async say() {
        const { policy: said, records, objectives } = generation.running
        for (const record of records) await saveApi(store, record)
        const now = systemClock.now()
        const names = said.plan.apis.map(({ name }) => name)
        await sink.put([
          ...configObservations(said, objectives, now, observeAll),
          ...registerObservations(certificates.entries, names, now),
        ])
      },
      scheduler: systemScheduler,
      behind(failure) {
        const text = storeText(failure)
        early.push(text)
        notice(spool, 'finding', text)
        if (failure === undefined) log.info('store-behind-over', text)
        else log.error('store-behind', text)
      },
    })
    undo.push(() => evidence.stop())

    const tellGap = auditGap({ spool, clock: systemClock, uuid: randomUUID })
    // Also when all is well again before anybody looked: what was refused is told.
    undo.push(systemScheduler.every(TELL_GAP_EVERY_MS, tellGap))
    const vital = watchVitalSigns({
      clock: systemClock,
      scheduler: systemScheduler,
      log,
      spool: () => spool.health(),
      probe: tellGap,
      feedAgeMs: () => projection.ageMs(),
      apis: () => policy().plan.apis,
      held: () => core.held,
      keyProblems: () => generation.keys.problems(),
    })
    undo.push(() => vital.close())
    const readiness = (): Readiness =>
      judgeReadiness({
        phase,
        spool: vital.spoolFailing ? 'failed' : 'open',
        feedAgeMs: projection.ageMs(),
        apis: policy().plan.apis,
        observed: observeAll.observed() ?? new Set(),
      })
    const gateway = await openListeners({
      config,
      core,
      clock: systemClock,
      scheduler: systemScheduler,
      say: sayFiles,
      upstreamIdentity: (api) => generation.identities.of(api),
      upstreamWatcher: upstreamNotices(log, (text) => notice(spool, 'finding', text)),
      plan: () => policy().plan,
    })
    ;({ trust } = gateway)
    undo.push(() => gateway.close(0))

    const startedAt = systemClock.now()
    // Only what really serves is in force: a start that fails must not look like one that ran.
    const activate = ({ policy: { plan, effective }, objectives }: Running): void => {
      archive.activate(plan, effective)
      recordActivation(dataDir, { at: systemClock.now(), digest: plan.digest })
      const changes = objectiveLog(dataDir)
      for (const objective of objectives) changes.record(objective, systemClock.now())
    }
    activate(running)
    const reload = createReload({
      clock: systemClock,
      assemble,
      current: () => generation,
      elsewhere: ({ config: next }) => identity?.differences(next) ?? [],
      async open(next) {
        // So that events may name it before the first request is decided by it.
        archive.keep(next.policy.plan, next.policy.effective)
        return openTogether([
          () => monitoring.open(next.config.monitoring),
          () => gateway.open(next.config),
          () => identity?.open(next.config),
        ])
      },
      async swap(next) {
        // What can fail comes first: from here on there is no way back.
        activate(next.running)
        const old = generation
        generation = next
        current = next
        observeAll.planChanged()
        traffic.keepApis(new Set(policy().plan.apis.map(({ name }) => name)))
        systemScheduler.after(OLD_KEYS_MS, () => old.keys.close(generation.keys))
        tellPlan(spool, policy())
        await certificates.check()
        await Promise.all([evidence.sayNow(), gateway.check()])
        return evidence.failing
          ? ['the store does not know it yet; posture ages until it does']
          : []
      },
    })
    const desk = controlDesk({
      actions: {
        reload: reload.action,
        'observe-all': observeAll.begin,
        'observe-all-end': observeAll.end,
        ...holdActions(dataDir, systemClock),
        ...identityActions(config.feedDir, identity),
        ...sca.actions,
        ...elementActions(elements),
        ...registerActions(elements),
      },
      events: spool,
      clock: systemClock,
      uuid: randomUUID,
      log,
      pause: () => new Promise((resolve) => setTimeout(resolve, RECORD_AGAIN_MS)),
    })
    undo.push(watchExpiry(observeAll, desk, () => evidence.sayNow()))

    const indexing = startEventIndexing({
      dataDir,
      scheduler: systemScheduler,
      before: () => systemClock.now() - indexDays(generation.running.config.retention) * DAY_MS,
      say: (what, why) => notice(spool, 'finding', indexText(what, why)),
    })
    undo.push(() => indexing.stop())
    const retention = startRetention({
      dataDir,
      config: () => generation.running.config.retention,
      spool,
      indexing,
      active: () => policy().plan.digest,
      pruneObservations: (before) => pruneObservations(store, before),
      clock: systemClock,
      scheduler: systemScheduler,
      newId: randomUUID,
      say: (text) => notice(spool, 'finding', text),
    })
    undo.push(() => retention.stop())
    const services = instanceServices({
      policy,
      store,
      spool,
      archive,
      projection,
      feed: feed.files,
      clients: identity?.clients,
      secrets,
      consents: identity?.consents,
      authorizationServer: identity,
      indexing,
      pseudonym: createPseudonym(() => persons.now()),
      origin: () => gateway.origins[0],
      startedAt,
      monitoring: () => monitoring.origin,
      phase: () => phase,
      readiness,
      held: () => core.held,
      issuers: () => generation.keys.status(),
      lastReload: () => reload.last,
      observeAll: () => observeAll.status,
      desk,
      sca: {
        ...sca.services,
        elements: elementsView(elements),
        registers: registersView(elements),
        names: withRegisterNames(elementNames(elements), elements),
      },
    })
    undo.push(await listenOnSocket(createApi(services), socketPath(dataDir)))
    const watch = await startTrafficWatch({
      spool,
      store,
      archive,
      apisOfServer: () => apisOfServer(policy().plan, generation.running.config),
      clock: systemClock,
      scheduler: systemScheduler,
      behind: (failure) => {
        notice(spool, 'finding', behindText(failure))
        if (failure === undefined) log.info('posture-behind-over', behindText(failure))
        else log.error('posture-behind', behindText(failure))
      },
    })
    undo.push(() => watch.stop())

    sources = {
      contextKeys: () => generation.context?.keySet,
      readiness: () => ({ ...readiness(), plan: policy().plan.digest }),
      samples: () => ({
        ...traffic.samples(),
        ...processMetrics.samples(),
        ...instanceSamples({
          now: systemClock.now(),
          readiness: readiness(),
          plan: policy().plan,
          activeRequests: gateway.inFlight,
          upstreams: gateway.upstreams,
          held: core.held,
          spool: spool.health(),
          unsyncedMs: vital.unsyncedMs,
          feedAgeMs: projection.ageMs(),
          feedCounts: projection.counts(),
          feedMistakes: feed.files.diagnostics().length,
          issuers: generation.keys.status(),
          certificates: certificates.entries,
          ocsp: gateway.ocsp,
          units,
          reloads: reload.counts,
          lastReloadGood: reload.last?.outcome !== 'refused',
        }),
      }),
    }

    const remarks = [
      ...early,
      ...running.specMistakes.map(formatDiagnostic),
      ...closedApis(policy()),
      ...generation.keys.problems(),
      ...gateway.problems,
      ...(identity?.problems ?? []),
      ...(await sca.problems()),
      ...feed.files.diagnostics().map(formatDiagnostic),
      ...observeAllRemark(observeAll.status),
    ]
    const addresses = [...gateway.origins, ...(identity === undefined ? [] : [identity.origin])]
    notice(spool, 'started', `listening on ${addresses.join(', ')}`)
    if (spool.repaired !== null) notice(spool, 'audit-gap', tornText(spool.repaired))
    tellPlan(spool, policy())
    for (const text of observeAllRemark(observeAll.status)) notice(spool, 'finding', text)
    phase = 'serving'
    log.info('started', `listening on ${addresses.join(', ')}`, {
      plan: policy().plan.digest,
      monitoring: monitoring.origin ?? undefined,
    })
    for (const remark of remarks) log.warn('remark', remark)
    return {
      get origin() {
        return gateway.origins[0]
      },
      get origins() {
        return gateway.origins
      },
      monitoring: monitoring.origin,
      remarks,
      reload: () => desk.ask('reload', { who: OPERATOR_OF_SIGNALS }, 'signal'),
      async stop(drainMs = 10_000) {
        phase = 'draining'
        log.info('draining', 'no new requests; those under way end', { inFlight: gateway.inFlight })
        await gateway.close(drainMs, monitoring.origin === null ? 0 : NOTICE_MS)
        const lost = await flushed(core)
        if (lost > 0)
          log.error('GH_EVENTS_SPOOL_FAILED', `${lost} events were held in memory and are lost`, {
            lost,
          })
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

/** What waits in memory, for as long as a spool that is coming back may take; how many events are lost after that. */
async function flushed(core: Core): Promise<number> {
  const until = systemClock.monotonic() + FLUSH_MS
  for (;;) {
    await core.close()
    if (core.held === 0 || systemClock.monotonic() >= until) return core.held
    await new Promise<void>((resolve) => setTimeout(resolve, FLUSH_AGAIN_MS))
  }
}

const STARTING = {
  phase: 'starting',
  spool: 'open',
  feedAgeMs: Infinity,
  apis: [],
  observed: new Set<string>(),
} as const
