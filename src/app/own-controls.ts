/** The bank's own controls from their files, with every mistake at its place. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { type GatehouseConfig, type OwnControl, parseOwnControls } from '../config/index.ts'
import type { Control, RequiredWhen } from '../controls/index.ts'
import type { Diagnostic } from '../lib/index.ts'
import { vocabulary } from './vocabulary.ts'

/** A file is written by people; the largest of the catalogue has 40 KB. */
const MAX_CONTROLS_BYTES = 1 << 20

/** Controls of all files, named in them relative to `dir`. */
export function installationControls(
  files: readonly string[],
  dir: string,
): { readonly controls: readonly Control[]; readonly diagnostics: readonly Diagnostic[] } {
  const large: Diagnostic[] = []
  const texts: { file: string; text: string }[] = []
  for (const file of new Set(files)) {
    // That a file is missing is said where it is named.
    if (!existsSync(file) || !statSync(file).isFile()) continue
    if (statSync(file).size > MAX_CONTROLS_BYTES) large.push(tooLarge(file))
    else texts.push({ file, text: readFileSync(file, 'utf8') })
  }
  const { controls, diagnostics } = parseOwnControls(texts, vocabulary())
  return {
    controls: controls.map((one) => asControl(one, relative(dir, one.file))),
    diagnostics: [...large, ...diagnostics],
  }
}

/** Those of a configuration; none where there is no configuration. */
export function ownControls(config: GatehouseConfig | undefined): readonly Control[] {
  return config === undefined ? [] : installationControls(config.controls, config.dir).controls
}

function tooLarge(file: string): Diagnostic {
  const place = { file, line: 1, column: 1 }
  const message = `The file has more than ${MAX_CONTROLS_BYTES} bytes.`
  return { code: 'GH_CONFIG_TOO_LARGE', message, place }
}

const NO_REFERENCES = { regulations: [], owasp: [], nist80053r5: [] }

function asControl({ place: _, ...read }: OwnControl, file: string): Control {
  const { regulations, owasp, nist80053r5 } = read.references ?? NO_REFERENCES
  const control = {
    ...read,
    requiredWhen: read.requiredWhen.map(asCondition),
    references: {
      regulations,
      owaspApi2019: owasp.filter((id) => id.endsWith(':2019')),
      owaspApi2023: owasp.filter((id) => id.endsWith(':2023')),
      asvs5: [],
      nist80053r5,
      nist800228: [],
    },
    // Without a rule there is no field, and no rule has an empty name.
    enforce: { policyField: '', expectation: '', ...read.enforce, coverage: 'partial' },
    file,
  }
  return control as Control // sound: its words were checked against those of the catalogue
}

/** What was not written is no condition, rather than one that is `null`. */
function asCondition({ minLevel, ...when }: OwnControl['requiredWhen'][number]): RequiredWhen {
  const written = withoutNull({ ...when, minLevel: minLevel && withoutNull(minLevel) })
  return written as unknown as RequiredWhen // sound: as above
}

function withoutNull(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null))
}
