/** The thread behind `assembleApart`: reads, assembles, answers once and ends. */
import { parentPort, workerData } from 'node:worker_threads'
// Not by the front door of `app`: behind it is the whole product, and this thread needs a third of it.
import { assemble } from '../assemble.ts'
import { diskImportCache } from '../import-cache.ts'
import { readConfig } from '../read-config.ts'
import type { AssembledApart } from './assemble-apart.ts'

const { path, variables } = workerData as { path: string; variables: Record<string, string> } // sound: assembleApart is the only caller
const { config, diagnostics } = readConfig(path, variables)

function assembled(): AssembledApart {
  if (config === undefined) return { ok: false, diagnostics }
  const {
    apis,
    policy,
    diagnostics: specMistakes,
  } = assemble(config, diskImportCache(config.dataDir, { create: true }))
  const { placeOf: _, ...settings } = config
  return {
    ok: true,
    running: {
      config: settings,
      policy,
      records: apis.map((api) => api.record),
      objectives: apis.map((api) => api.objective),
      specMistakes,
    },
  }
}

parentPort?.postMessage(assembled())
