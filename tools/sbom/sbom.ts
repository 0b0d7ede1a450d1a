/**
 * What the product is made of, as CycloneDX (https://cyclonedx.org): `npm sbom` without what changes from run to run, so that the committed
 * file can be compared. `--check` says whether it still is what the lock file says.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
const FILE = join(ROOT, 'sbom.cdx.json')

// Sound: our own manifest.
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>
}

interface Component {
  readonly 'bom-ref': string
  readonly properties?: unknown
  readonly externalReferences?: unknown
}
interface Bom {
  readonly serialNumber?: string
  readonly metadata: { readonly timestamp?: string; readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

export function sbom(): string {
  const made = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (made.status !== 0) throw new Error(`npm sbom failed: ${made.stderr}`)
  const { serialNumber: _, metadata, ...bom } = JSON.parse(made.stdout) as Bom // sound: what npm documents
  const { timestamp: __, ...kept } = metadata
  const product = kept.component['bom-ref']
  const part = partOfProduct(product, bom.dependencies)
  const byRef = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return `${JSON.stringify(
    {
      ...bom,
      // A tool of another version would be another file: what counts is the product.
      // npm names the product after the folder that it lies in.
      metadata: { component: { ...plain(kept.component), name: 'gatehouse' } },
      components: bom.components
        .filter((one) => part.has(one['bom-ref']))
        .map(plain)
        .toSorted((a, b) => byRef(a['bom-ref'], b['bom-ref'])),
      dependencies: bom.dependencies
        .filter(({ ref }) => part.has(ref))
        .map(({ ref, dependsOn }) => ({
          ref,
          dependsOn: dependsOn
            .filter((one) => part.has(one) && (ref !== product || !isTool(one)))
            .toSorted(byRef),
        }))
        .toSorted((a, b) => byRef(a.ref, b.ref)),
    },
    null,
    2,
  )}\n`
}

/**
 * What an installation holds: all that can be reached from the product without its tools. `npm sbom --omit dev` also leaves out a tool
 * that is part of another dependency, such as a validator that tests use and the management API needs.
 */
function partOfProduct(
  product: string,
  dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[],
): ReadonlySet<string> {
  const edges = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
  const found = new Set([product])
  for (const ref of found)
    for (const next of edges.get(ref) ?? []) if (ref !== product || !isTool(next)) found.add(next)
  return found
}

/** What the manifest lists for development only. */
function isTool(ref: string): boolean {
  return ref.slice(0, ref.lastIndexOf('@')) in devDependencies
}

/** Without where npm found it: that is the installer's own registry. */
function plain({ properties: _, externalReferences: __, ...component }: Component): Component {
  return component
}

if (process.argv[1] === import.meta.filename) {
  const wanted = sbom()
  if (!process.argv.includes('--check')) writeFileSync(FILE, wanted)
  else if (readFileSync(FILE, 'utf8') !== wanted) {
    process.stderr.write('sbom.cdx.json is not what package-lock.json says: run npm run sbom\n')
    process.exitCode = 1
  }
}
