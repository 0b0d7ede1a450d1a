/** Keys that come from a secret of the installation, and those that outlive every secret. */
import { hkdfSync } from 'node:crypto'

/**
 * What hangs on them can not be made anew: names of rows, and passcodes that only their customers know. Codes live for minutes, and any process
 * may have to know them, whichever secret it was started with.
 */
export const LASTING_PURPOSES = [
  'identity names',
  'sca names',
  'sca passcodes',
  'sca authentication codes',
] as const
export type LastingPurpose = (typeof LASTING_PURPOSES)[number]

export interface SealingKeys {
  /** Under the first it is sealed, under each it opens. To be read anew each time: it changes while one secret takes the place of another. */
  readonly secrets: readonly [string, ...string[]]
  /** 32 bytes, the same on every node and for ever. */
  lasting(purpose: LastingPurpose): Buffer
}

const KEY_BYTES = 32
const MARK_BYTES = 8

/** 32 bytes. */
export const derivedKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `gatehouse ${purpose}`, KEY_BYTES))

/** By which a secret is told from others, in the store and to people: it says nothing of what the secret is. */
export const markOf = (secret: string): string =>
  Buffer.from(hkdfSync('sha256', secret, '', 'gatehouse mark', MARK_BYTES)).toString('hex')

/** All from one secret, as before there was a way to replace it. */
export const keysOfSecret = (secret: string): SealingKeys => ({
  secrets: [secret],
  lasting: (purpose) => derivedKey(secret, purpose),
})

/** For what need not last, such as cookies: what the first made the others still know. */
export function passingKeys(keys: SealingKeys, purpose: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...others] = keys.secrets
  return [derivedKey(first, purpose), ...others.map((secret) => derivedKey(secret, purpose))]
}
