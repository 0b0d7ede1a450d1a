/**
 * Keys with which the server signs: kept sealed in the store, one of each algorithm in use, changed every ninety days. A new key is
 * published a day before it signs, so that nobody meets a signature whose key he has not fetched; the old one stays a day after its last.
 */
import { generateKeyPair, hash, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Payload } from 'oidc-provider'
import type { Clock } from '../lib/index.ts'
import {
  addSigningKey,
  listSigningKeys,
  removeSigningKeys,
  type SigningKeyRow,
  type Store,
} from '../store/index.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './client-metadata.ts'
import type { Evidence } from './evidence.ts'
import { sealedAs, type Sealing } from './sealing.ts'

export const KEY_LIFE_MS = 90 * 86_400_000
export const PUBLISHED_AHEAD_MS = 86_400_000
export const PUBLISHED_AFTER_MS = 86_400_000
const RSA_BITS = 2048

const generate = promisify(generateKeyPair)

export interface KeyRingOptions {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly evidence: Evidence
}

/**
 * Makes what is missing, forgets what is over, and gives the private JWKs: of each algorithm the one that signs comes first.
 * @throws GH_IDENTITY_SEALED and what the store throws
 */
export async function currentKeys({
  store,
  sealing,
  clock,
  evidence,
}: KeyRingOptions): Promise<readonly Payload[]> {
  const now = clock.now()
  for (const algorithm of SIGNING_ALGORITHMS) {
    const newest = (await rowsOf(store, algorithm)).at(-1)
    if (newest !== undefined && newest.createdAt > now - KEY_LIFE_MS) continue
    const key = await makeKey(algorithm, now, sealing)
    const entry = {
      action: 'key-make',
      by: 'gatehouse',
      purpose: algorithm,
      keys: [key.id],
    } as const
    const recorded = await evidence.write({ ...entry, outcome: 'done' })
    if (!(await store.run(addSigningKey, { key, unlessAfter: now - KEY_LIFE_MS })))
      await evidence.write({ ...entry, outcome: 'refused', error: 'another_was_first' }, recorded)
  }
  const keys: Payload[] = []
  for (const algorithm of SIGNING_ALGORITHMS) {
    const rows = await rowsOf(store, algorithm)
    const at = signingAt(rows, now)
    // Sound: sealed here, as JSON of an object.
    const open = ({ id, sealed }: SigningKeyRow): Payload =>
      JSON.parse(sealing.open(sealedAs.signingKey(id), sealed)) as Payload
    const over = rows.filter((_, place) => place < at && isOver(rows[place + 1], now))
    if (over.length > 0) {
      const ids = over.map(({ id }) => id)
      const entry = { action: 'key-end', by: 'gatehouse', purpose: algorithm, keys: ids } as const
      await evidence.write({ ...entry, outcome: 'done' })
      await store.run(removeSigningKeys, { ids })
    }
    const left = rows.filter((row, place) => place !== at && !over.includes(row))
    keys.push(...rows.slice(at, at + 1).map(open), ...left.map(open))
  }
  return keys
}

/** By algorithm, the id of the key that signs: the first of its kind. */
export function signingWith(keys: readonly Payload[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  for (const { alg, kid } of keys) if (!first.has(String(alg))) first.set(String(alg), String(kid))
  return first
}

/** The newest that has been public long enough; the first of all signs at once. */
function signingAt(rows: readonly SigningKeyRow[], now: number): number {
  const ready = rows.findLastIndex(({ createdAt }) => createdAt <= now - PUBLISHED_AHEAD_MS)
  return Math.max(0, ready)
}

/** `next` has signed for so long that nothing of the key before it is believed any more. */
function isOver(next: SigningKeyRow | undefined, now: number): boolean {
  return next !== undefined && next.createdAt <= now - PUBLISHED_AHEAD_MS - PUBLISHED_AFTER_MS
}

async function rowsOf(store: Store, algorithm: string): Promise<readonly SigningKeyRow[]> {
  const rows = await store.run(listSigningKeys, null)
  return rows.filter((row) => row.algorithm === algorithm)
}

async function makeKey(
  algorithm: SigningAlgorithm,
  createdAt: number,
  sealing: Sealing,
): Promise<SigningKeyRow> {
  const { publicKey, privateKey } = await pairFor(algorithm)
  const id = hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'base64url')
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: algorithm }
  return {
    id,
    algorithm,
    createdAt,
    sealed: sealing.seal(sealedAs.signingKey(id), JSON.stringify(jwk)),
  }
}

function pairFor(
  algorithm: SigningAlgorithm,
): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }> {
  switch (algorithm) {
    case 'PS256':
      return generate('rsa', { modulusLength: RSA_BITS })
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' })
    case 'EdDSA':
      return generate('ed25519')
  }
}
