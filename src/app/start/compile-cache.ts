import { existsSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Keeps the compiled form of our own modules beside the installed packages, so that the next start is quicker. Never in a shared temporary
 * folder: what lies there would be run. To be called before those modules are loaded.
 */
export function keepCompiled(): void {
  const packages = join(import.meta.dirname, '..', '..', '..', 'node_modules')
  if (!existsSync(packages)) return
  const folder = join(packages, '.cache', 'gatehouse')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    enableCompileCache(folder)
  } catch {
    // An installation that cannot be written starts as quickly as before.
  }
}
