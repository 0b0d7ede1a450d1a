import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

const known = new Map<string, string>()

/** RFC 8705 §3.1, of the first certificate of a file that does not change. */
export function thumbprintOf(file: string): string {
  const found = known.get(file)
  if (found !== undefined) return found
  const { raw } = new X509Certificate(readFileSync(file))
  const made = createHash('sha256').update(raw).digest('base64url')
  known.set(file, made)
  return made
}
