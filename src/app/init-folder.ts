/** `gatehouse init`: finds the specifications of a folder and writes a first configuration beside them. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { initConfig, type SpecFacts } from '../config/index.ts'
import { importSpec, MAX_SPEC_BYTES } from '../inventory/index.ts'
import { type Diagnostic, GatehouseError } from '../lib/index.ts'
import { linearRegex } from './linear-regex.ts'
import { CONFIG_NAME } from './start/index.ts'
import { suggestTemplate } from './suggest-template.ts'

export interface InitResult {
  readonly file: string
  readonly specs: readonly SpecFacts[]
  /** Files that looked like a specification and are none, with the reason. */
  readonly skipped: readonly Diagnostic[]
}

const SPEC_NAME = /\.(ya?ml|json)$/i
const LOOKS_LIKE_SPEC = /["']?(openapi|swagger)["']?\s*:|getpostman\.com\/[^"']*collection/
/** Folders below `dir` that are searched too: specifications often lie in `spec/` or `openapi/`. */
const MAX_DEPTH = 2

/** @throws GH_CLI_FILE_EXISTS (an existing file is never overwritten), GH_CONFIG_UNREADABLE, GH_CONFIG_NO_SPECIFICATION */
export function initFolder(dir: string): InitResult {
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw new GatehouseError('GH_CONFIG_UNREADABLE', `${dir} is not a folder`)
  const file = join(dir, CONFIG_NAME)
  if (existsSync(file)) throw new GatehouseError('GH_CLI_FILE_EXISTS', file)
  const skipped: Diagnostic[] = []
  const specs = candidates(dir, MAX_DEPTH).flatMap((path): SpecFacts[] => {
    const { spec, diagnostics } = importSpec({
      file: path,
      text: readFileSync(path),
      regex: linearRegex,
    })
    if (spec === undefined || spec.operations.length === 0) {
      skipped.push(...diagnostics.slice(0, 1))
      return []
    }
    const { template, ...suggestion } = suggestTemplate(spec)
    return [
      {
        file: path,
        title: spec.source.title,
        version: spec.source.version,
        operations: spec.operations.length,
        servers: spec.servers,
        suggestedTemplate: template,
        ...suggestion,
      },
    ]
  })
  writeFileSync(file, initConfig({ dir, specs }), { flag: 'wx', mode: 0o644 })
  return { file, specs, skipped }
}

function candidates(dir: string, depth: number): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name)
      if (entry.isDirectory())
        return depth > 0 && !entry.name.startsWith('.') && entry.name !== 'node_modules'
          ? candidates(path, depth - 1)
          : []
      if (!entry.isFile() || !SPEC_NAME.test(entry.name) || statSync(path).size > MAX_SPEC_BYTES)
        return []
      return LOOKS_LIKE_SPEC.test(readFileSync(path, 'utf8').slice(0, 65_536)) ? [path] : []
    })
}
