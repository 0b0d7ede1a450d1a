/** The bank's own templates from their files, with every mistake at its place. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { type OwnFiles, type OwnWords, type ReadDocument, readDocument } from '../config/index.ts'
import type { Diagnostic } from '../lib/index.ts'
import { type Template, templateLibrary } from '../policy/index.ts'
import { installationControls } from './own-controls.ts'
import { vocabulary } from './vocabulary.ts'

/** A template is written by people; the largest of the product has 4 KB. */
const MAX_TEMPLATE_BYTES = 1 << 20

/** Every template that the installation may link to. */
export function installationTemplates(files: readonly string[]): {
  readonly templates: readonly Template[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const read = new Map<string, ReadDocument>()
  for (const file of files) {
    // That a file is missing is said where it is named.
    if (!existsSync(file) || !statSync(file).isFile()) continue
    const large = statSync(file).size > MAX_TEMPLATE_BYTES
    read.set(file, large ? tooLarge(file) : readDocument(file, readFileSync(file, 'utf8')))
  }
  const { templates, problems } = templateLibrary(
    [...read].flatMap(([file, { value }]) => (value === undefined ? [] : [{ file, value }])),
  )
  return {
    templates,
    diagnostics: [
      ...[...read.values()].flatMap(({ diagnostics }) => diagnostics),
      ...problems.map(({ file, path, text }): Diagnostic => ({
        code: 'GH_POLICY_TEMPLATE_INVALID',
        message: `${text}.`,
        place: read.get(file)?.placeOf(path) ?? { file, line: 1, column: 1 },
      })),
    ],
  }
}

function tooLarge(file: string): ReadDocument {
  const place = { file, line: 1, column: 1 }
  const message = `The file has more than ${MAX_TEMPLATE_BYTES} bytes.`
  return { diagnostics: [{ code: 'GH_CONFIG_TOO_LARGE', message, place }], placeOf: () => place }
}

/** What the bank's own files add to the words, and every mistake in any of them. */
export function ownWords({ templates: files, controls }: OwnFiles): OwnWords {
  const { templates, diagnostics } = installationTemplates(files)
  const mistakes = installationControls(controls, '').diagnostics
  return { vocabulary: vocabulary(templates), diagnostics: [...diagnostics, ...mistakes] }
}
