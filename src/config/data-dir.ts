import { dirname, resolve } from 'node:path'
import { isMap, isScalar } from 'yaml'
import { entriesOf } from './yaml-structure.ts'
import { parseYaml } from './yaml-text.ts'

/** Beside the file. */
export const DEFAULT_DATA_DIR = '.gatehouse'

/** The data directory that a file names, whatever mistakes it has elsewhere; absolute. The one of the default if it cannot be told. */
export function dataDirIn(file: string, text: string): string {
  const { root } = parseYaml(file, text)
  const entry = isMap(root) ? entriesOf(root).find(({ key }) => key === 'dataDir') : undefined
  const value = isScalar(entry?.value) ? entry.value.value : undefined
  return resolve(dirname(resolve(file)), typeof value === 'string' ? value : DEFAULT_DATA_DIR)
}
