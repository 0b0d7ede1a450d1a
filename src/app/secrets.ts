/** Secrets are references until they are used; this reads one, from a file or from the environment of this process. */
import { readFileSync } from 'node:fs'
import type { SecretRef } from '../config/index.ts'
import { GatehouseError } from '../lib/index.ts'

const MAX_SECRET_BYTES = 64 << 10

/** @throws GH_CONFIG_SECRET_REFERENCE; the message names the place, never what is in it. */
export function readSecret(
  ref: SecretRef,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if ('env' in ref) {
    const value = env[ref.env]?.trim()
    if (value !== undefined && value !== '') return value
    throw new GatehouseError('GH_CONFIG_SECRET_REFERENCE', `${ref.env} is not set`)
  }
  let text: string
  try {
    text = readFileSync(ref.file, 'utf8')
  } catch {
    throw new GatehouseError('GH_CONFIG_SECRET_REFERENCE', `${ref.file} cannot be read`)
  }
  const value = text.trim() // editors leave a line end
  if (value === '' || text.length > MAX_SECRET_BYTES)
    throw new GatehouseError('GH_CONFIG_SECRET_REFERENCE', `${ref.file} holds no secret`)
  return value
}
