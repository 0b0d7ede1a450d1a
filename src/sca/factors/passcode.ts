/** What the customer knows (RTS Art. 6). Kept as Argon2id under a key that is not in the store; refused where many people have the same. */
import type { Argon2 } from './argon2.ts'
import type { EnrolmentFault, Factor } from './factor.ts'

export const MIN_PASSCODE_CHARS = 6
export const MAX_PASSCODE_CHARS = 64

/** Passcodes that many people have. */
export interface CommonPasscodes {
  /** `passcode`: normalised, in lower case. */
  has(passcode: string): boolean
}

export function passcodeFactor(argon2: Argon2, common: CommonPasscodes): Factor {
  return {
    kind: 'passcode',
    elements: [{ category: 'knowledge', carrier: 'memory' }],
    linked: false,
    single: true,
    async judge(value, enrolled) {
      const [known] = enrolled
      const stored = known?.secret['argon2']
      const text = typeof value === 'string' && !isTooLong(value) ? normalised(value) : ''
      const same = await argon2.matches(text, typeof stored === 'string' ? stored : undefined)
      return same && known !== undefined ? { ok: true, use: { id: known.id } } : { ok: false }
    },
    beginEnrolment: () =>
      Promise.resolve({ ok: true, options: { minChars: MIN_PASSCODE_CHARS }, pending: {} }),
    async finishEnrolment(_pending, value) {
      if (typeof value !== 'string') return { ok: false, fault: 'malformed' }
      const fault = faultOf(value, common)
      if (fault !== undefined) return { ok: false, fault }
      return { ok: true, secret: { argon2: await argon2.hash(normalised(value)) } }
    },
  }
}

function faultOf(value: string, common: CommonPasscodes): EnrolmentFault | undefined {
  if (!value.isWellFormed() || /\p{Cc}/u.test(value)) return 'malformed'
  if (isTooLong(value)) return 'too-long'
  const text = normalised(value)
  if ([...text].length < MIN_PASSCODE_CHARS) return 'too-short'
  return isGuessable(text) || common.has(text.toLowerCase()) ? 'common' : undefined
}

/** NIST SP 800-63B: one text however a keyboard composes it. */
function normalised(text: string): string {
  return text.normalize('NFKC')
}

/** Before it is normalised: a letter may unfold into eighteen. */
function isTooLong(text: string): boolean {
  return text.length > MAX_PASSCODE_CHARS
}

/** One character, or a short piece, again and again; a run up or down; a date. */
function isGuessable(text: string): boolean {
  if (/^(.{1,3})\1+$/u.test(text)) return true
  const codes = [...text].map((letter) => letter.codePointAt(0) ?? 0)
  const steps = new Set(codes.slice(1).map((code, at) => code - (codes[at] ?? 0)))
  const [step = 0] = steps
  if (steps.size === 1 && Math.abs(step) <= 1) return true
  return isDate(text)
}

/** Birthdays are what thieves find beside the card: DDMMYY, MMDDYY, YYMMDD, and the same with four digits of the year. */
function isDate(text: string): boolean {
  if (!/^(\d{6}|\d{8})$/.test(text)) return false
  const year = text.length - 4
  const forms = [
    [text.slice(0, 2), text.slice(2, 4), text.slice(4)],
    [text.slice(2, 4), text.slice(0, 2), text.slice(4)],
    [text.slice(year + 2), text.slice(year, year + 2), text.slice(0, year)],
  ]
  return forms.some(([day, month, years = '']) => {
    const century = years.length === 2 || /^(19|20)/.test(years)
    return century && within(day, 31) && within(month, 12)
  })
}

function within(digits: string | undefined, most: number): boolean {
  const value = Number(digits)
  return value >= 1 && value <= most
}
