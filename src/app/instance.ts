/**
 * A running Gatehouse: wiring, start order and stop order. Start: *data directory → store and spool (locks) → feed → keys → kernel →
 * listener → control socket → consumers*. Stop goes the other way, so that nothing accepts work whose record could be lost.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createApi, listenOnSocket } from '../api/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { prepare } from '../decide/index.ts'
import { type NoticeEvent, openSpool, type Spool } from '../events/index.ts'
import { createProjection, openFileFeed } from '../feed/index.ts'
import { createCore } from '../gateway/core/index.ts'
import { createNodeGateway } from '../gateway/node/index.ts'
import { type ApiRecord, saveApi } from '../inventory/index.ts'
import { type Diagnostic, formatDiagnostic, GatehouseError } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import { observationSink } from '../posture/index.ts'
import type { Store } from '../store/index.ts'
import { ensureFeedFolder } from './feed-files.ts'
import { configObservations } from './config-observations.ts'
import { trustedKeys } from './kernel-keys.ts'
import { instanceServices } from './instance-services.ts'
import { linearRegex } from './linear-regex.ts'
import { objectiveLog } from './objective-log.ts'
import { openStore } from './open-store.ts'
import { planArchive } from './plan-archive.ts'
import { pseudonymKey } from './pseudonym-key.ts'
import { socketPath } from './socket-path.ts'
import { systemClock, systemRandomBytes, systemScheduler } from './system-ports.ts'
import { startTrafficWatch } from './traffic-watch.ts'

export interface Instance {
  /** `http://127.0.0.1:8080` */
  readonly origin: string
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

/** How long the first load of key sets may hold the start up: a dead issuer must not keep the other APIs down. */
const KEYS_WAIT_MS = 1_000
/** What is configured is said again well before the shortest life of such evidence, a day. */
const CONFIG_EVIDENCE_EVERY_MS = 3_600_000

/** @throws GH_STORE_LOCKED, GH_EVENTS_SPOOL_LOCKED, GH_EVENTS_SPOOL_CORRUPT, GH_GATEWAY_LISTEN_FAILED; then nothing stays open */
export async function startInstance({
  config,
  policy,
  records,
  objectives,
  specMistakes,
}: Running): Promise<Instance> {
  const undo: (() => Promise<void> | void)[] = []
  const unwind = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step()
  }
  try {
    const { dataDir } = config
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    chmodSync(dataDir, 0o700)
    const store = await mustOpen(dataDir)
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
    const core = createCore({
      kernel: () => kernel,
      projection,
      tokens: () => keys.verifier,
      events: spool,
      clock: systemClock,
      randomBytes: systemRandomBytes,
      randomUuid: randomUUID,
      pseudonymKey: pseudonymKey(dataDir, systemRandomBytes),
    })
    await Promise.race([
      keys.ready,
      new Promise<void>((resolve) => systemScheduler.after(KEYS_WAIT_MS, resolve)),
    ])
    for (const record of records) await saveApi(store, record)
    const sink = observationSink(store)
    const saveConfig = (): Promise<void> =>
      sink.put(configObservations(policy, objectives, systemClock.now()))
    await saveConfig()
    // A failure leaves evidence that expires by itself: posture then says unknown, never met.
    undo.push(
      systemScheduler.every(
        CONFIG_EVIDENCE_EVERY_MS,
        () => void saveConfig().catch(() => undefined),
      ),
    )

    const gateway = createNodeGateway({ core, scheduler: systemScheduler })
    const { address, port } = await gateway.listen(config.listen)
    const origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`
    undo.push(() => gateway.close(0))

    const startedAt = systemClock.now()
    // Only what really serves is in force: a start that fails must not look like one that ran.
    archive.activate(policy.plan, policy.effective)
    const log = objectiveLog(dataDir)
    for (const objective of objectives) log.record(objective, startedAt)

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

    const remarks = [
      ...specMistakes.map(formatDiagnostic),
      ...closedApis(policy),
      ...keys.problems(),
      ...feed.diagnostics().map(formatDiagnostic),
    ]
    notice(spool, 'started', `listening on ${origin}`)
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
    return {
      origin,
      remarks,
      async stop(drainMs = 10_000) {
        await gateway.close(drainMs)
        notice(spool, 'stopped', 'asked to stop')
        await unwind()
      },
    }
  } catch (error) {
    await unwind()
    throw error
  }
}

async function mustOpen(dataDir: string): Promise<Store> {
  const store = await openStore(dataDir, { create: true })
  if (store === undefined) throw new TypeError('a store that may be created is there')
  return store
}

/** By its code only: the rest of a failure may name what no event may hold. */
function behindText(failure: unknown): string {
  if (failure === undefined) return 'traffic observations are kept again'
  const code = failure instanceof GatehouseError ? failure.code : 'an internal fault'
  return `traffic observations are not kept (${code}): posture ages until they are`
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
