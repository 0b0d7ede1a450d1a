/** Two versions of one API, each a file, in whatever format. */
import { readFileSync } from 'node:fs'
import {
  type ChangeKind,
  diffSpecs,
  placesIn,
  type SpecChange,
  type SpecDifference,
  type SpecVersion,
} from '../inventory/index.ts'
import type { Diagnostic } from '../lib/index.ts'
import { importFile } from './import-file.ts'

export type { ChangeKind, SpecChange }

export type FileDifference =
  | { readonly ok: true; readonly difference: SpecDifference }
  /** A file that is no specification, with the reason. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** `shown`: the names for places. @throws GH_INVENTORY_UNREADABLE when a file cannot be read */
export function diffFiles(
  paths: readonly [before: string, after: string],
  shown: readonly [before: string, after: string] = paths,
): FileDifference {
  const versions: SpecVersion[] = []
  for (const index of [0, 1] as const) {
    const { spec, diagnostics } = importFile(paths[index], shown[index])
    if (spec === undefined) return { ok: false, diagnostics }
    const source = { file: shown[index], text: readFileSync(paths[index]) }
    versions.push({ spec, placeOf: placesIn(source) })
  }
  const [before, after] = versions
  if (before === undefined || after === undefined)
    throw new TypeError('two files make two versions')
  return { ok: true, difference: diffSpecs(before, after) }
}
