/**
 * A code that a token of the customer's makes over this transaction (RTS Art. 5(1)(b)): OCRA with the digest of all that is agreed as its question. The
 * token is given amount and payee with the question, as a picture or by touch, makes the digest itself and shows what it signs.
 */
import { Buffer } from 'node:buffer'
import type { JsonValue } from '../../lib/index.ts'
import { type Factor, WRONG } from './factor.ts'
import { sameCode } from './hotp.ts'
import { ocraCode, type OcraSuite, parseOcraSuite } from './ocra.ts'

/** Eight digits: a guess is right once in a hundred million. */
export const TRANSACTION_SUITE = 'OCRA-1:HOTP-SHA256-8:QH64'
const SEED_BYTES = 32

export function transactionCodeFactor(randomBytes: (count: number) => Uint8Array): Factor {
  const suite = parseOcraSuite(TRANSACTION_SUITE)
  if (suite === undefined) throw new TypeError('TRANSACTION_SUITE must be a suite')
  return {
    kind: 'transaction-code',
    elements: [{ category: 'possession', carrier: 'token' }],
    linked: true,
    single: false,
    judge(value, enrolled, { transaction }) {
      const question = transaction.challenge.toString('hex')
      const right = enrolled.find(({ secret }) => isCode(suite, secret['seed'], question, value))
      return Promise.resolve(right === undefined ? WRONG : { ok: true, use: { id: right.id } })
    },
    question: (_enrolled, { transaction }) => ({
      suite: TRANSACTION_SUITE,
      question: transaction.challenge.toString('hex'),
    }),
    beginEnrolment({ nonce }) {
      const seed = Buffer.from(randomBytes(SEED_BYTES)).toString('base64url')
      const question = Buffer.from(nonce, 'base64url').toString('hex')
      const options = { suite: TRANSACTION_SUITE, seed, question }
      return Promise.resolve({ ok: true, options, pending: { seed, question } })
    },
    finishEnrolment({ seed, question }, value) {
      const right = typeof question === 'string' && isCode(suite, seed, question, value)
      return Promise.resolve(
        right && seed !== undefined
          ? { ok: true, secret: { seed } }
          : { ok: false, fault: 'wrong-answer' },
      )
    },
  }
}

function isCode(
  suite: OcraSuite,
  seed: JsonValue | undefined,
  question: string,
  value: JsonValue,
): boolean {
  if (typeof seed !== 'string') return false
  return sameCode(value, ocraCode(suite, Buffer.from(seed, 'base64url'), { question }))
}
