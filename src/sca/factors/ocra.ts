/** OCRA: codes over a question (RFC 6287). All suites of the RFC that make a code, so that tokens of any bank can be read. */
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { truncated } from './hotp.ts'

export interface OcraSuite {
  readonly text: string
  readonly hash: 'sha1' | 'sha256' | 'sha512'
  readonly digits: number
  readonly counter: boolean
  readonly question: { readonly format: 'A' | 'H' | 'N'; readonly length: number }
  /** Hash of the PIN, in bytes. */
  readonly pinBytes?: number
  readonly sessionBytes?: number
  /** RFC 6287 §6.3: what one step of time is. */
  readonly stepSeconds?: number
}

export interface OcraInput {
  readonly counter?: number
  /** Digits, hexadecimal digits, or characters of ASCII, as the suite says. */
  readonly question: string
  readonly pinHash?: Uint8Array
  readonly session?: Uint8Array
  /** Steps since the epoch. */
  readonly time?: number
}

const SUITE =
  /^OCRA-1:HOTP-SHA(1|256|512)-([4-9]|10):(C-)?Q([ANH])(0[4-9]|[1-5]\d|6[0-4])(?:-PSHA(1|256|512))?(?:-S(\d{3}))?(?:-T([1-9]\d?[SMH]))?$/
const BYTES: Readonly<Record<string, number>> = { 1: 20, 256: 32, 512: 64 }
const SECONDS: Readonly<Record<string, number>> = { S: 1, M: 60, H: 3600 }
/** RFC 6287 §5.1. */
const QUESTION_BYTES = 128

/** RFC 6287 §6; `undefined`: not a suite, or one without a code (0 digits). */
export function parseOcraSuite(text: string): OcraSuite | undefined {
  const match = SUITE.exec(text)
  if (match === null) return undefined
  const [, hash = '', digits, counter, format = '', length, pin, session, time] = match
  const most = time?.endsWith('H') === true ? 48 : 59
  if (time !== undefined && Number(time.slice(0, -1)) > most) return undefined
  if (session !== undefined && (Number(session) < 1 || Number(session) > 512)) return undefined
  return {
    text,
    // Sound: the pattern has no others.
    hash: `sha${hash}` as OcraSuite['hash'],
    digits: Number(digits),
    counter: counter !== undefined,
    question: { format: format as OcraSuite['question']['format'], length: Number(length) },
    ...(pin === undefined ? {} : { pinBytes: BYTES[pin] ?? 0 }),
    ...(session === undefined ? {} : { sessionBytes: Number(session) }),
    ...(time === undefined
      ? {}
      : { stepSeconds: Number(time.slice(0, -1)) * (SECONDS[time.slice(-1)] ?? 0) }),
  }
}

/** RFC 6287 §5. @throws TypeError when the input is not what the suite asks for */
export function ocraCode(suite: OcraSuite, key: Uint8Array, input: OcraInput): string {
  const { counter, pinBytes, sessionBytes, stepSeconds } = suite
  const parts: Uint8Array[] = [Buffer.from(suite.text, 'latin1'), Buffer.of(0)]
  if (counter) parts.push(eight('counter', input.counter))
  parts.push(question(suite, input.question))
  if (pinBytes !== undefined) parts.push(exactly('pinHash', input.pinHash, pinBytes))
  if (sessionBytes !== undefined) parts.push(exactly('session', input.session, sessionBytes))
  if (stepSeconds !== undefined) parts.push(eight('time', input.time))
  const mac = createHmac(suite.hash, key).update(Buffer.concat(parts)).digest()
  return truncated(mac, suite.digits)
}

const FORMS: Readonly<Record<string, RegExp>> = {
  A: /^[ -~]+$/,
  H: /^[0-9A-Fa-f]+$/,
  N: /^[0-9]+$/,
}

/** RFC 6287 §5.1, with zeros after it to 128 bytes; of an odd number of hexadecimal digits the zeros begin within the byte, as in its appendix A. */
function question({ question: { format } }: OcraSuite, text: string): Buffer {
  if (FORMS[format]?.test(text) !== true || text.length > QUESTION_BYTES)
    throw new TypeError('"question" is not as the suite says')
  const hex =
    format === 'A'
      ? Buffer.from(text, 'latin1').toString('hex')
      : format === 'H'
        ? text
        : BigInt(text).toString(16)
  return Buffer.from(hex.padEnd(QUESTION_BYTES * 2, '0'), 'hex')
}

function eight(name: string, value: number | undefined): Buffer {
  if (value === undefined || !Number.isSafeInteger(value) || value < 0)
    throw new TypeError(`"${name}" must be a whole number`)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

function exactly(name: string, value: Uint8Array | undefined, length: number): Uint8Array {
  if (value?.length !== length) throw new TypeError(`"${name}" must have ${length} bytes`)
  return value
}
