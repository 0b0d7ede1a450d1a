/**
 * What a start costs: the import of a 5 MB specification, cold and from the cache, as YAML and as JSON.
 *
 *     npm run -s bench:specifications -- [FILE …]
 *
 * Without files, copies of the UK account information specification under other names, until there are 5 MB. Each figure is the
 * median of five runs in this process after one that is not counted; beside wall time stands the processor's.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { diskImportCache } from '../src/app/import-cache.ts'
import { linearRegex } from '../src/app/linear-regex.ts'
import { importCached, importSpec } from '../src/inventory/index.ts'

const UK = join(import.meta.dirname, '../examples/bank/spec/account-info-openapi.yaml')
const BYTES = 5 * 1024 * 1024
const RUNS = 5

type Document = Record<string, Record<string, Record<string, unknown>>>

/** One API of 5 MB: paths and components of the file, each copy with names of its own. */
function fiveMegabytes(): { readonly yaml: string; readonly json: string } {
  const source = readFileSync(UK, 'utf8')
  const document = parse(source) as Document // sound: a file of ours
  const copies = Math.ceil(BYTES / source.length)
  const { paths, components, ...rest } = document
  const all: Document = { ...rest, paths: {}, components: {} }
  for (let copy = 0; copy < copies; copy++) {
    const renamed = JSON.parse(
      JSON.stringify({ paths, components }).replaceAll(
        /#\/components\/(\w+)\/(\w+)/g,
        (_, kind: string, name: string) =>
          `#/components/${kind}/${name}${kind === 'securitySchemes' ? '' : `_${copy}`}`,
      ),
    ) as Document // sound: what was written out a moment ago
    for (const [path, item] of Object.entries(renamed['paths'] ?? {}))
      Object.assign(all['paths'] ?? {}, { [`/v${copy}${path}`]: withoutIds(item) })
    for (const [kind, entries] of Object.entries(renamed['components'] ?? {})) {
      const into = ((all['components'] ??= {})[kind] ??= {})
      for (const [name, entry] of Object.entries(entries))
        into[kind === 'securitySchemes' ? name : `${name}_${copy}`] = entry
    }
  }
  return {
    yaml: stringify(all, { aliasDuplicateObjects: false }),
    json: JSON.stringify(all, null, 2),
  }
}

function withoutIds(item: unknown): unknown {
  return JSON.parse(
    JSON.stringify(item, (key, value: unknown) => (key === 'operationId' ? undefined : value)),
  )
}

function median(name: string, run: () => void): void {
  run()
  const [wall, cpu]: [number[], number[]] = [[], []]
  for (let i = 0; i < RUNS; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    run()
    const { user, system } = process.cpuUsage(used)
    wall.push(performance.now() - start)
    cpu.push((user + system) / 1000)
  }
  const middle = (all: number[]): string =>
    (all.toSorted((a, b) => a - b)[RUNS >> 1] ?? 0).toFixed(0)
  console.log(
    `${name.padEnd(44)} ${middle(wall).padStart(6)} ms   ${middle(cpu).padStart(6)} ms of processor`,
  )
}

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
try {
  const cache = diskImportCache(dir, { create: true })
  const given = process.argv.slice(2).map((file) => [file, readFileSync(file)] as const)
  const made =
    given.length > 0
      ? []
      : Object.entries(fiveMegabytes()).map(
          ([kind, text]) => [`5 MB ${kind}`, Buffer.from(text)] as const,
        )
  console.log(
    `node ${process.version}, ${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}`,
  )
  for (const [file, text] of [...given, ...made]) {
    const source = { file, text, regex: linearRegex }
    const { spec } = importSpec(source)
    console.log(`${file}: ${text.length} bytes, ${spec?.operations.length ?? 0} operations`)
    median('  cold', () => void importSpec(source))
    importCached(source, cache)
    median('  from the cache', () => void importCached(source, cache))
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
