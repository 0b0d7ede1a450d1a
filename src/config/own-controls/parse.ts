/** Files of a bank's own controls → the controls, or every mistake in them. Reads no file itself. */
import type { Diagnostic, JsonObject, Place } from '../../lib/index.ts'
import { type Check, diagnosticOf, type Mistake, quote } from '../check.ts'
import { LIMITS } from '../limits.ts'
import { nearestOffset } from '../read-document.ts'
import { findSecrets } from '../secret-scan.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { parseYaml } from '../yaml-text.ts'
import { type OwnControlRead, ownControlsShape } from './shape.ts'

export interface OwnControl extends OwnControlRead {
  readonly file: string
  readonly place: Place
}

export interface ParsedOwnControls {
  /** In the order of the files; empty unless nothing is wrong in any of them. */
  readonly controls: readonly OwnControl[]
  readonly diagnostics: readonly Diagnostic[]
}

export function parseOwnControls(
  files: readonly { readonly file: string; readonly text: string }[],
  vocabulary: Vocabulary,
): ParsedOwnControls {
  const read = files.map(({ file, text }) => parseFile(file, text, vocabulary))
  const controls = read.flatMap((one) => one.controls)
  const diagnostics = [...read.flatMap((one) => one.diagnostics), ...mistakesAmong(controls)]
  return diagnostics.length > 0
    ? { controls: [], diagnostics: diagnostics.slice(0, LIMITS.diagnostics) }
    : { controls, diagnostics }
}

function parseFile(file: string, text: string, vocabulary: Vocabulary): ParsedOwnControls {
  const yaml = parseYaml(file, text)
  const diagnostics: Diagnostic[] = [...yaml.diagnostics]
  const report = (mistake: Mistake): unknown =>
    diagnostics.push(diagnosticOf(mistake, yaml.placeAt))
  const secrets = findSecrets(yaml.root)
  for (const { node, what } of secrets)
    report({ code: 'GH_CONFIG_SECRET_LITERAL', at: node, path: [], message: what })
  const check: Check = {
    dir: '',
    env: { vocabulary, fileExists: () => false },
    secrets: new Set(secrets.map(({ node }) => node)),
    report,
    keyFile: () => undefined,
    specFile: () => undefined,
  }
  const read = yaml.sound
    ? ownControlsShape.read({ node: yaml.root, key: null, path: [] }, check)
    : undefined
  const controls = (read ?? []).map((one, at) => ({
    ...one,
    file,
    place: yaml.placeAt(nearestOffset(yaml.root, [at, 'id'])),
  }))
  return { controls, diagnostics }
}

/** What no file can know alone. */
function mistakesAmong(controls: readonly OwnControl[]): readonly Diagnostic[] {
  const first = new Map<string, Place>()
  const mistakes = controls.flatMap(({ id, place }): Diagnostic[] => {
    const before = first.get(id)
    if (before === undefined) {
      first.set(id, place)
      return []
    }
    const message = `${quote(id)} is the id of a control in ${before.file}:${before.line} already.`
    return [{ code: 'GH_CONFIG_VALUE_DUPLICATE', message, place }]
  })
  const beyond = controls[LIMITS.ownControls]
  if (beyond === undefined) return mistakes
  const message = `There are ${controls.length} controls of your own; ${LIMITS.ownControls} are allowed.`
  return [...mistakes, { code: 'GH_CONFIG_TOO_LARGE', message, place: beyond.place }]
}

/** The published schema of files of own controls (JSON Schema, draft 2020-12). */
export function ownControlsSchema(words: Vocabulary): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Own controls for Gatehouse',
    description:
      "A bank's own controls, in the form of the catalogue's. Named in gatehouse.yaml under controls; objectives require them, posture shows them.",
    ...ownControlsShape.schema(words),
  }
}
