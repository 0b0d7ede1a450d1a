/** Inputs that failed once, one file each: `corpus/SUITE/DIGEST.json`. They are part of the repository and tried by every `npm test`. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../support/json-mutation.ts'
import type { Failure } from './suite.ts'

const FOLDER = join(import.meta.dirname, 'corpus')

export function corpusOf(suite: string): Json[] {
  const dir = join(FOLDER, suite)
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .sort()
    .map((name) => (JSON.parse(readFileSync(join(dir, name), 'utf8')) as { input: Json }).input) // sound: written below
}

/** The file that keeps the failure. */
export function keep(suite: string, { input, seed, error }: Failure): string {
  const dir = join(FOLDER, suite)
  mkdirSync(dir, { recursive: true })
  const name = createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 16)
  const file = join(dir, `${name}.json`)
  const said = error.split('\n', 1)[0] ?? ''
  writeFileSync(file, `${JSON.stringify({ seed, said, input }, null, 2)}\n`)
  return file
}
