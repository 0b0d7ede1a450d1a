/** Accounts of a customer, one a line, so that no number stands in a command line or its history. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { GatehouseError } from '../lib/index.ts'

/** Of 500 accounts with long names of schemes. */
export const MAX_ACCOUNTS_FILE_CHARS = 262_144

/** Lines that are empty or begin with `#` say nothing. @throws GH_CLI_USAGE, and what the file system says */
export function readAccountsFile(file: string, cwd: string): readonly string[] {
  const text = readFileSync(resolve(cwd, file), 'utf8')
  if (text.length > MAX_ACCOUNTS_FILE_CHARS)
    throw new GatehouseError('GH_CLI_USAGE', `${file} is too large to be a list of accounts`)
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}
