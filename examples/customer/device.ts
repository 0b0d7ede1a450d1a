/**
 * The device that the bank gave its customer: it makes a code over what a page shows (OCRA, RFC 6287, `OCRA-1:HOTP-SHA256-8:QH64`), so that the
 * code is good for that amount and that payee alone.
 */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const SUITE = 'OCRA-1:HOTP-SHA256-8:QH64'
/** RFC 6287 §5.1: a question takes 128 bytes. */
const QUESTION_HEX = 256
/** What a page of the bank asks the device. */
export const QUESTION = /^[0-9a-f]{64}$/

/** What a customer knows, and what she has. */
export interface Elements {
  readonly passcode: string
  /** The device's answer to a question. @throws Error when it is none */
  codeFor(question: string): string
}

/** `seed`: base64url. */
export function transactionCode(seed: string, question: string): string {
  if (!QUESTION.test(question)) throw new Error('that is no question of the bank')
  const data = Buffer.from(question.padEnd(QUESTION_HEX, '0'), 'hex')
  const mac = createHmac('sha256', Buffer.from(seed, 'base64url'))
    .update(`${SUITE}\0`)
    .update(data)
    .digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7f_ff_ff_ff) % 100_000_000).padStart(8, '0')
}

/** Of a customer in the bank's file of development enrolments. @throws Error when she has none */
export function elementsIn(folder: string, subject: string): Elements {
  const text = readFileSync(join(folder, 'enrolments.json'), 'utf8')
  // Sound: the example wrote it.
  const { enrolments } = JSON.parse(text) as { readonly enrolments: readonly Enrolment[] }
  const found = enrolments.find((one) => one.subject === subject)
  if (found === undefined) throw new Error(`the bank gave ${subject} nothing to authenticate with`)
  const { passcode, transactionCode: device } = found
  return { passcode, codeFor: (question) => transactionCode(device.seed, question) }
}
interface Enrolment {
  readonly subject: string
  readonly passcode: string
  readonly transactionCode: { readonly seed: string }
}
