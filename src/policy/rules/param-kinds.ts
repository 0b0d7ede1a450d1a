/**
 * What "tighter" means, kind by kind. Merging knows nothing else about parameters: a lower level may go where `atLeastAsTight` says
 * yes, and no further than the bounds of a higher level otherwise (DESIGN §5).
 */
export type ParamValue = number | string | boolean | readonly string[]

export type ParamKind =
  /** A whole number; less is tighter. */
  | { readonly kind: 'at-most'; readonly min: number; readonly max: number }
  /** A whole number; more is tighter. */
  | { readonly kind: 'at-least'; readonly min: number; readonly max: number }
  /** A set; leaving something out is tighter. */
  | { readonly kind: 'subset'; readonly pattern?: RegExp; readonly form?: string }
  /** A set; adding something is tighter. */
  | { readonly kind: 'superset' }
  /** Words from loosest to tightest. */
  | { readonly kind: 'ordered'; readonly values: readonly string[] }
  | { readonly kind: 'flag'; readonly tight: boolean }
  /** A name; no other is tighter or looser, so only listed ones may replace it. */
  | { readonly kind: 'fixed'; readonly pattern: RegExp; readonly form: string }

/** At most this many words in a set, and letters in a word: a policy is written by people. */
export const MAX_SET_SIZE = 256
export const MAX_WORD_LENGTH = 256

/** The value if it fits, or what is allowed instead. */
export function checkParam(
  kind: ParamKind,
  value: unknown,
):
  | { readonly ok: true; readonly value: ParamValue }
  | { readonly ok: false; readonly allowed: string } {
  const fits = (ok: boolean): ReturnType<typeof checkParam> =>
    ok ? { ok: true, value: value as ParamValue } : { ok: false, allowed: allowedOf(kind) } // sound: `ok` is the check of that type
  switch (kind.kind) {
    case 'at-most':
    case 'at-least':
      return fits(
        typeof value === 'number' &&
          Number.isInteger(value) &&
          value >= kind.min &&
          value <= kind.max,
      )
    case 'ordered':
      return fits(typeof value === 'string' && kind.values.includes(value))
    case 'flag':
      return fits(typeof value === 'boolean')
    case 'fixed':
      return fits(
        typeof value === 'string' && value.length <= MAX_WORD_LENGTH && kind.pattern.test(value),
      )
    case 'subset':
    case 'superset':
      return Array.isArray(value) &&
        value.length <= MAX_SET_SIZE &&
        value.every(
          (word) =>
            typeof word === 'string' &&
            word !== '' &&
            word.length <= MAX_WORD_LENGTH &&
            (kind.kind !== 'subset' || kind.pattern === undefined || kind.pattern.test(word)),
        )
        ? { ok: true, value: [...new Set(value as string[])].sort() } // sound: every item was seen to be a string
        : { ok: false, allowed: allowedOf(kind) }
  }
}

function allowedOf(kind: ParamKind): string {
  switch (kind.kind) {
    case 'at-most':
    case 'at-least':
      return `a whole number from ${kind.min} to ${kind.max}`
    case 'ordered':
      return `one of ${kind.values.join(', ')}`
    case 'flag':
      return 'true or false'
    case 'fixed':
      return kind.form
    case 'subset':
      return `a list of at most ${MAX_SET_SIZE} ${kind.form ?? 'words'}`
    case 'superset':
      return `a list of at most ${MAX_SET_SIZE} words`
  }
}

/** Whether `value` is as tight as `than` or tighter. `null` restricts nothing: everything is at least as tight. */
export function atLeastAsTight(
  kind: ParamKind,
  value: ParamValue | null,
  than: ParamValue | null,
): boolean {
  if (than === null) return true
  if (value === null) return false
  switch (kind.kind) {
    case 'at-most':
      return Number(value) <= Number(than)
    case 'at-least':
      return Number(value) >= Number(than)
    case 'ordered':
      return kind.values.indexOf(String(value)) >= kind.values.indexOf(String(than))
    case 'flag':
      return value === than || value === kind.tight
    case 'fixed':
      return Array.isArray(than) ? than.includes(value) : value === than
    case 'subset':
      return words(value).every((word) => words(than).includes(word))
    case 'superset':
      return words(than).every((word) => words(value).includes(word))
  }
}

/** The loosest value that is at least as tight as both. */
export function tightest(
  kind: ParamKind,
  a: ParamValue | null,
  b: ParamValue | null,
): ParamValue | null {
  if (a === null || b === null) return a ?? b
  switch (kind.kind) {
    case 'subset':
      return words(a).filter((word) => words(b).includes(word))
    case 'superset':
      return [...new Set([...words(a), ...words(b)])].sort()
    default:
      return atLeastAsTight(kind, b, a) ? b : a
  }
}

function words(value: ParamValue): readonly string[] {
  return Array.isArray(value) ? value : []
}
