/** What a message says of its body (RFC 9110 §8.3). */

/**
 * Lower case, without parameters. `''` for a message that says two things of its body, or of JSON or a form that it is not UTF-8
 * (RFC 8259 §8.1): the other side might read other letters than the ones that were judged.
 */
export function mediaTypeOf(value: string | readonly string[] | undefined): string {
  if (typeof value !== 'string') return ''
  if (USUAL.has(value)) return 'application/json'
  const end = value.indexOf(';')
  const type = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
  if (end < 0) return type
  const isText = type.endsWith('json') || type === 'application/x-www-form-urlencoded'
  return isText && !isUtf8(value.slice(end)) ? '' : type
}

/** What nearly every answer says, so that it is taken apart for few. */
const USUAL = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json;charset=UTF-8',
])
const CHARSET = /;[\t ]*charset[\t ]*=[\t ]*"?([^\t ";]*)/gi
const UTF_8 = new Set(['utf-8', 'utf8', 'us-ascii'])

/** Every `charset` that the parameters name is UTF-8, or a part of it. */
function isUtf8(parameters: string): boolean {
  for (const [, charset = ''] of parameters.matchAll(CHARSET))
    if (!UTF_8.has(charset.toLowerCase())) return false
  return true
}
