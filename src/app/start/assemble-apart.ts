/**
 * `assemble` in a thread of its own, for instances that stay: parsing specifications takes a hundred megabytes that a running gateway
 * never needs again, and a thread gives them back when it ends.
 */
import { Worker } from 'node:worker_threads'
import { type Diagnostic, GatehouseError } from '../../lib/index.ts'
import type { Running } from '../index.ts'

export type AssembledApart =
  | { readonly ok: true; readonly running: Running }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export interface AssemblyLimits {
  readonly timeoutMs: number
  readonly maxOldGenerationMb: number
}

/** @throws GH_CONFIG_UNREADABLE, and whatever else reading the files throws, with its code */
export function assembleApart(
  path: string,
  variables: Readonly<Record<string, string | undefined>>,
  limits?: AssemblyLimits,
): Promise<AssembledApart> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./assembly-worker.${extension}`, import.meta.url), {
      workerData: { path, variables: { ...variables } },
      // A small nursery: slower by a tenth, lighter by fifty megabytes at its peak.
      resourceLimits: {
        maxYoungGenerationSizeMb: 12,
        ...(limits === undefined ? {} : { maxOldGenerationSizeMb: limits.maxOldGenerationMb }),
      },
    })
    const timer =
      limits === undefined
        ? undefined
        : setTimeout(() => void worker.terminate(), limits.timeoutMs).unref()
    let answer: AssembledApart | undefined
    worker.once('message', (message: AssembledApart) => (answer = message))
    worker.once('error', (error: unknown) => reject(revived(error)))
    worker.once('exit', () => {
      clearTimeout(timer)
      if (answer === undefined)
        reject(new GatehouseError('GH_CLI_INTERNAL', 'the assembly ended without an answer'))
      else resolve(answer)
    })
  })
}

/** An error loses its class between threads, not its members. */
function revived(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return error
  return error.code.startsWith('GH_')
    ? new GatehouseError(error.code as GatehouseError['code'], error.message, { cause: error }) // sound: only our own errors have such codes
    : error
}
