/**
 * Signs that a text is a secret: how its key sounds, and how the value looks. A literal secret in a configuration ends in a
 * repository, so it is refused, not warned of. Signs may be wrong now and then; the mend is the same as for a real one.
 */

/** Last words of a key that name a secret. */
const SECRET_WORDS = new Set(
  'password passwd passphrase passcode pwd pass secret token credential bearer jwt apikey privatekey secretkey'.split(
    ' ',
  ),
)
const SECRET_PAIRS =
  /(?:^| )(?:api|private|secret|access|signing|encryption|auth|master|shared|hmac|account|client) key$|(?:^| )connection string$/
const SECRET_ENDS = /(?:password|passwd|passphrase|secret|credential|apikey|privatekey|token)$/
/** Words that may follow the one that matters: `secretValue`, `token_base64`. */
const QUALIFIERS = new Set('value text string literal plain base64 b64 hex pem'.split(' '))

/** `clientSecret`, `API_KEY`, `db-password2` do; `tokenUrl`, `passwordFile`, `maxTokenAgeSeconds` do not. */
export function soundsSecret(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/(?<=[a-z])[0-9]+$/, ''))
    .filter((word) => word !== '')
  const asWritten = words.join(' ')
  if (SECRET_PAIRS.test(asWritten)) return true
  while (words.length > 1 && QUALIFIERS.has(words.at(-1) ?? '')) words.pop()
  const last = words.at(-1) ?? ''
  const singular =
    last.length > 4 && last.endsWith('s') && !last.endsWith('ss') ? last.slice(0, -1) : last
  return (
    SECRET_WORDS.has(singular) ||
    SECRET_ENDS.test(singular) ||
    SECRET_PAIRS.test([...words.slice(0, -1), singular].join(' '))
  )
}

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/, 'a private key'],
  [/(?:^|[^A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*/, 'a JSON web token'],
  [/[a-z][a-z0-9+.-]*:[\\/]{2}[^\s/\\?#@]+@/i, 'a name or password in a URL'],
  [/\b(?:Bearer|Basic|DPoP)\s+[A-Za-z0-9._~+/=-]{8,}/i, 'an Authorization header'],
  [
    /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_|\bxox[abeoprs]-|\b[sr]k_(?:live|test)_|\bAIza[A-Za-z0-9_-]{30}|\bglpat-|\bhv[sb]\.[A-Za-z0-9_-]{20}|\bnpm_[A-Za-z0-9]{30}/,
    'a key of a well-known service',
  ],
]
const ASSIGNMENT = /(?:^|[?&;,\s])([A-Za-z][A-Za-z0-9_.-]{2,40})=([^&;\s]{3,})/g
const DIGEST = /\bsha(?:256|384|512):[0-9a-f]+/g
const UUID = /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi

/** What kind of secret a text looks like, or `undefined`. `identifier`: the value is public by its nature (an issuer, a path), so chance alone is no sign. */
export function looksSecret(text: string, identifier = false): string | undefined {
  for (const [sign, kind] of SIGNS) if (sign.test(text)) return kind
  for (const [, name = ''] of text.matchAll(ASSIGNMENT))
    if (soundsSecret(name)) return 'a secret after an equals sign'
  if (identifier) return undefined
  const rest = text
    .replace(DIGEST, ' ')
    .replace(UUID, ' ')
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, ' ') // host names are public, however they look
  return rest.split(/[^A-Za-z0-9_+=-]+/).some(looksRandom) ? 'a random token' : undefined
}

/** A run of letters and digits that no person would write: long, and changing between kinds of letters like noise does. */
function looksRandom(run: string): boolean {
  const letters = run.replace(/[^A-Za-z0-9]/g, '')
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(letters)).length
  if (kinds < 2 || !/[0-9]/.test(letters)) return false
  // Expected share of changes in noise: 0.62 in base62, 0.47 in hex; measured in camelCase words with versions: below 0.35.
  if (kinds === 3) return letters.length >= 20 && changes(letters) >= 0.4 && entropy(letters) >= 3.4
  if (/^[0-9a-f]+$|^[0-9A-F]+$/.test(letters))
    return letters.length >= 32 && changes(letters) >= 0.25
  return letters.length >= 24 && changes(letters) >= 0.3 && entropy(letters) >= 3.4
}

function changes(letters: string): number {
  const kindOf = (letter: string | undefined): number =>
    letter === undefined ? 0 : letter <= '9' ? 1 : letter <= 'Z' ? 2 : 3
  let count = 0
  for (let i = 1; i < letters.length; i++)
    if (kindOf(letters[i]) !== kindOf(letters[i - 1])) count++
  return count / (letters.length - 1)
}

/** Shannon entropy, bits per letter. */
function entropy(letters: string): number {
  const counts = new Map<string, number>()
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values())
    bits -= (count / letters.length) * Math.log2(count / letters.length)
  return bits
}
