/**
 * A code that a token of the customer's makes over this transaction (RTS Art. 5(1)(b)): OCRA with the digest of all that is agreed as its question. The
 * token is given amount and payee with the question, as a picture or by touch, makes the digest itself and shows what it signs.
 */
import { Buffer } from 'node:buffer'
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import { type Factor, WRONG } from './factor.ts'
import { sameCode } from './hotp.ts'
import { ocraCode, parseOcraSuite } from './ocra.ts'

/** What a token may be told to make (RFC 6287 §6). Eight digits and more: a guess is right once in a hundred million. */
export const TRANSACTION_SUITES = [
  'OCRA-1:HOTP-SHA256-8:QH64',
  'OCRA-1:HOTP-SHA256-10:QH64',
  'OCRA-1:HOTP-SHA512-8:QH64',
] as const
export type TransactionSuite = (typeof TRANSACTION_SUITES)[number]
export const TRANSACTION_SUITE: TransactionSuite = 'OCRA-1:HOTP-SHA256-8:QH64'
const SEED_BYTES = 32

/** `suite`: of tokens that are given out from now on; each goes on as it began. */
export function transactionCodeFactor(
  randomBytes: (count: number) => Uint8Array,
  suite: TransactionSuite = TRANSACTION_SUITE,
): Factor {
  return {
    kind: 'transaction-code',
    elements: [{ category: 'possession', carrier: 'token' }],
    linked: true,
    single: false,
    judge(value, enrolled, { transaction }) {
      const question = transaction.challenge.toString('hex')
      const right = enrolled.find(({ secret }) => isCode(secret, question, value))
      return Promise.resolve(right === undefined ? WRONG : { ok: true, use: { id: right.id } })
    },
    question: (enrolled, { transaction }) => ({
      suite: enrolled.at(-1)?.secret['suite'] ?? TRANSACTION_SUITE,
      question: transaction.challenge.toString('hex'),
    }),
    beginEnrolment({ nonce }) {
      const seed = Buffer.from(randomBytes(SEED_BYTES)).toString('base64url')
      const question = Buffer.from(nonce, 'base64url').toString('hex')
      const options = { suite, seed, question }
      return Promise.resolve({ ok: true, options, pending: options })
    },
    finishEnrolment({ question, ...secret }, value) {
      const right = typeof question === 'string' && isCode(secret, question, value)
      return Promise.resolve(right ? { ok: true, secret } : { ok: false, fault: 'wrong-answer' })
    },
  }
}

function isCode(secret: JsonObject, question: string, value: JsonValue): boolean {
  const { seed, suite: text = TRANSACTION_SUITE } = secret
  const suite = typeof text === 'string' ? parseOcraSuite(text) : undefined
  if (typeof seed !== 'string' || suite === undefined) return false
  return sameCode(value, ocraCode(suite, Buffer.from(seed, 'base64url'), { question }))
}
