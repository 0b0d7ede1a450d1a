/**
 * What the product is made of, as CycloneDX (https://cyclonedx.org): `npm sbom` without what changes from run to run, so that the committed
 * file can be compared. `--check` says whether it still is what the lock file says.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
const FILE = join(ROOT, 'sbom.cdx.json')

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
  const made = spawnSync(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  if (made.status !== 0) throw new Error(`npm sbom failed: ${made.stderr}`)
  const { serialNumber: _, metadata, ...bom } = JSON.parse(made.stdout) as Bom // sound: what npm documents
  const { timestamp: __, ...kept } = metadata
  const byRef = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return `${JSON.stringify(
    {
      ...bom,
      // A tool of another version would be another file: what counts is the product.
      metadata: { component: plain(kept.component) },
      components: bom.components.map(plain).toSorted((a, b) => byRef(a['bom-ref'], b['bom-ref'])),
      dependencies: bom.dependencies
        .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.toSorted(byRef) }))
        .toSorted((a, b) => byRef(a.ref, b.ref)),
    },
    null,
    2,
  )}\n`
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
