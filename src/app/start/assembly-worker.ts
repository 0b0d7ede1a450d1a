/** The thread behind `assembleApart`: reads, assembles, answers once and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import type { AssembledApart } from './assemble-apart.ts'
import { keepCompiled } from './compile-cache.ts'

keepCompiled()
// Not by the front door of `app`: behind it is the whole product, and this thread needs a third of it.
const [{ assemble }, { diskImportCache }, { readConfig }] = await Promise.all([
  import('../assemble.ts'),
  import('../import-cache.ts'),
  import('../read-config.ts'),
])
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
