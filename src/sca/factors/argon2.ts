/**
 * Passcodes as Argon2id (RFC 9106), off the thread that asks, a few at once: each takes 19 MiB, and who sends many must not take the
 * machine. The text form is that of the reference implementation.
 */
// As a default: a Node without it still loads this file, and says so.
import crypto from 'node:crypto'
import { Buffer } from 'node:buffer'
import { GatehouseError } from '../../lib/index.ts'

/** OWASP Password Storage Cheat Sheet: 19 MiB and two passes, or more. */
export const MEMORY_KIB = 19_456
export const PASSES = 2
const TAG_BYTES = 32
const SALT_BYTES = 16

/** Hashes at once; further ones wait. */
export const MAX_AT_ONCE = 2
/** Hashes that wait; more are refused. */
export const MAX_WAITING = 64

export interface Argon2 {
  /** @throws GH_SCA_BUSY, GH_SCA_ARGON2 */
  hash(passcode: string): Promise<string>
  /** The same work whatever `known` is; `undefined` is nothing that could match. @throws GH_SCA_BUSY, GH_SCA_ARGON2 */
  matches(passcode: string, known: string | undefined): Promise<boolean>
}

export interface Argon2Options {
  /** A key that is not where the hashes are. */
  readonly pepper: Uint8Array
  readonly randomBytes: (count: number) => Uint8Array
}

const FORM =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/

interface Parsed {
  readonly memory: number
  readonly passes: number
  readonly salt: Buffer
  readonly tag: Buffer
}

export function createArgon2({ pepper, randomBytes }: Argon2Options): Argon2 {
  const lane = boundedLane()
  const nobodys: Parsed = {
    memory: MEMORY_KIB,
    passes: PASSES,
    salt: Buffer.alloc(SALT_BYTES),
    tag: Buffer.alloc(TAG_BYTES),
  }
  const derive = (passcode: string, { memory, passes, salt }: Parsed): Promise<Buffer> =>
    lane(() => {
      if (typeof crypto.argon2 !== 'function') throw new GatehouseError('GH_SCA_ARGON2')
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
      const parameters = { nonce: salt, memory, passes, parallelism: 1, tagLength: TAG_BYTES }
      crypto.argon2(
        'argon2id',
        { ...parameters, message: passcode, secret: pepper },
        (error, tag) => {
          if (error === null) resolve(Buffer.from(tag))
          else reject(error)
        },
      )
      return promise
    })

  return {
    async hash(passcode) {
      const salt = Buffer.from(randomBytes(SALT_BYTES))
      const tag = await derive(passcode, { ...nobodys, salt })
      const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
      return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${text(salt)}$${text(tag)}`
    },
    async matches(passcode, known) {
      const parsed = known === undefined ? undefined : parseHash(known)
      const against = parsed ?? nobodys
      const tag = await derive(passcode, against)
      return crypto.timingSafeEqual(tag, against.tag) && parsed !== undefined
    },
  }
}

function parseHash(text: string): Parsed | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, memory = '', passes = '', salt = '', tag = ''] = match
  return {
    memory: Number(memory),
    passes: Number(passes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

/** Runs work in order, no more at once than are allowed. */
function boundedLane(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= MAX_AT_ONCE) {
      if (waiting.length >= MAX_WAITING) throw new GatehouseError('GH_SCA_BUSY')
      // Whoever ends hands its place on, so `running` stays as it is.
      await new Promise<void>((resolve) => void waiting.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
