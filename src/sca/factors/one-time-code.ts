/**
 * A code that the bank sends to a number or address of the customer's: possession of what receives it. For a payment the text says amount and
 * payee, and the code is of use to this transaction only (RTS Art. 5(1)(b)). Another sent code takes the place of the one before it.
 */
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import type { LinkedTransaction } from '../transactions/linked.ts'
import { type Factor, WRONG } from './factor.ts'
import { sameCode } from './hotp.ts'

export const ONE_TIME_DIGITS = 8
const MAX_ADDRESS_CHARS = 254

export interface CodeMessage {
  /** As it was enrolled. */
  readonly to: string
  readonly code: string
  /** What the code is for; the text must say it. Absent: the number itself is enrolled. */
  readonly transaction?: Pick<LinkedTransaction, 'client' | 'kind' | 'shown' | 'what'>
}

/** Sends messages to customers. Resolves when the message is on its way. */
export interface CodeSender {
  send(message: CodeMessage): Promise<void>
}

export function oneTimeCodeFactor(
  sender: CodeSender,
  randomBytes: (count: number) => Uint8Array,
): Factor {
  return {
    kind: 'one-time-code',
    elements: [{ category: 'possession', carrier: 'subscription' }],
    linked: true,
    single: false,
    judge(value, enrolled, { asked }) {
      const { code, factor } = asked['one-time-code'] ?? {}
      const sent = enrolled.find(({ id }) => id === factor)
      const right = typeof code === 'string' && sameCode(value, code)
      return Promise.resolve(
        right && sent !== undefined ? { ok: true, use: { id: sent.id } } : WRONG,
      )
    },
    question: (enrolled, { asked }) => ({
      to: enrolled.map(({ secret }) => masked(secret['to'])),
      sent: asked['one-time-code'] !== undefined,
    }),
    async ask(enrolled, { transaction }) {
      const latest = enrolled.at(-1)
      const to = latest?.secret['to']
      if (latest === undefined || typeof to !== 'string') return undefined
      const code = digits(randomBytes)
      return {
        asked: { code, factor: latest.id },
        shown: { to: masked(to) },
        deliver: () => sender.send({ to, code, transaction }),
      }
    },
    async beginEnrolment({ given }) {
      const { to } = given
      if (typeof to !== 'string' || !isAddress(to)) return { ok: false, fault: 'malformed' }
      const code = digits(randomBytes)
      await sender.send({ to, code })
      return { ok: true, options: { to: masked(to) }, pending: { to, code } }
    },
    finishEnrolment({ to, code }, value) {
      const right = typeof code === 'string' && typeof to === 'string' && sameCode(value, code)
      return Promise.resolve(
        right
          ? { ok: true, secret: { to, label: masked(to) } satisfies JsonObject }
          : { ok: false, fault: 'wrong-answer' },
      )
    },
  }
}

/** E.164, or an address of RFC 5321 without quotes. */
function isAddress(to: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(to) || isMail(to)
}
function isMail(to: string): boolean {
  return to.length <= MAX_ADDRESS_CHARS && /^[\w.%+-]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$/.test(to)
}

/** The last two characters, so that the customer knows which. */
function masked(to: JsonValue | undefined): string {
  return typeof to === 'string' ? `…${to.slice(-2)}` : ''
}

/** Every code as likely as every other: bytes that would favour some are thrown away. */
function digits(randomBytes: (count: number) => Uint8Array): string {
  let text = ''
  while (text.length < ONE_TIME_DIGITS)
    for (const byte of randomBytes(ONE_TIME_DIGITS))
      if (byte < 250 && text.length < ONE_TIME_DIGITS) text += String(byte % 10)
  return text
}
