import { existsSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Keeps the compiled form of our own modules beside the installed packages, so that the next start is quicker, in this thread and in those
 * that it starts. Never in a shared temporary folder: what lies there would be run. To be called before those modules are loaded; does
 * nothing where the launcher has said it already.
 */
export function keepCompiled(): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return
  const packages = packagesAbove(import.meta.dirname)
  if (packages === undefined) return
  const folder = join(packages, '.cache', 'gatehouse')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    enableCompileCache(folder)
    process.env['NODE_COMPILE_CACHE'] = folder
  } catch {
    // An installation that cannot be written starts as quickly as before.
  }
}

/** The nearest `node_modules`: of the checkout, or of the folder that Gatehouse is installed in. */
function packagesAbove(folder: string): string | undefined {
  const packages = join(folder, 'node_modules')
  if (existsSync(packages)) return packages
  const parent = dirname(folder)
  return parent === folder ? undefined : packagesAbove(parent)
}
