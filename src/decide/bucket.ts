/** Which hundredth of a percent of clients a request falls in: the same client under the same plan is always in the same one. */
export function bucketOf(client: string, planDigest: string): number {
  let hash = 0x811c9dc5
  for (const text of [client, '\0', planDigest])
    for (let at = 0; at < text.length; at++)
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  // FNV-1a leaves its last letters in the low bits: mix before taking the remainder.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0
  return ((hash ^ (hash >>> 15)) >>> 0) % 10_000
}
