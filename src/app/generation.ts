/** What one configuration makes run. Swapped whole by a reload; a request keeps the kernel it began with. */
import type { ApiRecord } from '../inventory/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { type Kernel, prepare } from '../decide/index.ts'
import type { Diagnostic } from '../lib/index.ts'
import type { Objective } from '../objectives/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import type { AnswerSigner } from '../gateway/core/index.ts'
import { answerSigner } from './answer-keys.ts'
import { type ContextKeys, contextKeys } from './context-keys.ts'
import { type TrustedKeys, trustedKeys } from './kernel-keys.ts'
import { linearRegex } from './linear-regex.ts'
import { type UpstreamIdentities, upstreamIdentities } from './transport/upstream-identities.ts'
import type { LookedAt } from './watch-files.ts'
import { systemClock, systemScheduler } from './system-ports.ts'

/** What of an assembly a running instance needs: the specifications themselves may be forgotten. */
export interface Running {
  readonly config: Omit<GatehouseConfig, 'placeOf'>
  readonly policy: CompiledPolicy
  readonly records: readonly ApiRecord[]
  readonly objectives: readonly Objective[]
  readonly specMistakes: readonly Diagnostic[]
}

export interface Generation {
  readonly running: Running
  readonly kernel: Kernel
  readonly keys: TrustedKeys
  /** `undefined`: nothing is signed for the bank. */
  readonly context: ContextKeys | undefined
  readonly identities: UpstreamIdentities
  /** What of it is in files that may change meanwhile. */
  readonly files: readonly LookedAt[]
  /** `undefined`: no answer is signed. */
  readonly answers: AnswerSigner | undefined
}

/** Begins to load the keys; whoever makes one closes its keys. Throws what `prepare` throws, and then nothing is open. */
export function makeGeneration(running: Running, before?: Generation): Generation {
  const { context, answerSigning } = running.config
  const answers = answerSigning === null ? undefined : answerSigner(answerSigning)
  const signs = context === null ? undefined : contextKeys(context)
  const kernel = prepare(running.policy.plan, { regex: linearRegex })
  const keys = trustedKeys(
    running.policy.plan,
    systemClock,
    systemScheduler,
    running.config.issuers,
    before?.keys,
  )
  const identities = upstreamIdentities(running.config.apis)
  const files = [signs ?? [], answers ?? [], identities, keys.identities].flat()
  return { running, kernel, keys, context: signs, answers, identities, files }
}
