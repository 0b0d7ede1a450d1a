/** `gatehouse.yaml` from the disk. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseConfig, type ParsedConfig } from '../config/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { CONFIG_NAME } from './start/index.ts'
import { ownWords } from './own-templates.ts'
import { vocabulary } from './vocabulary.ts'

const MAX_CONFIG_BYTES = 4 << 20

/**
 * Reads and checks a configuration; `path` may be a file or a folder that holds `gatehouse.yaml`.
 * @throws GH_CONFIG_UNREADABLE
 */
export function readConfig(
  path: string,
  variables: Readonly<Record<string, string | undefined>>,
): ParsedConfig {
  const file = isFolder(path) ? join(path, CONFIG_NAME) : path
  return checkConfig(file, readText(file), variables)
}

/** The text of a configuration as if it stood in `file`. */
export function checkConfig(
  file: string,
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
): ParsedConfig {
  return parseConfig({
    file,
    text,
    env: {
      vocabulary: vocabulary(),
      own: ownWords,
      fileExists: isFile,
      fileNames: namesIn,
      readText: (name) => (isFile(name) ? readFileSync(name, 'utf8') : undefined),
      hasVariable: (name) => variables[name] !== undefined,
    },
  })
}

/** Whether a configuration stands there; one that was asked for and does not is an error of `readConfig`. */
export function hasConfig(path: string): boolean {
  return isFile(isFolder(path) ? join(path, CONFIG_NAME) : path)
}

function readText(file: string): string {
  try {
    if (statSync(file).size > MAX_CONFIG_BYTES)
      throw new Error(`larger than ${MAX_CONFIG_BYTES} bytes`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const why =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
        ? 'there is no such file'
        : String(cause)
    throw new GatehouseError('GH_CONFIG_UNREADABLE', `${resolve(file)}: ${why}`, { cause })
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}
function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
