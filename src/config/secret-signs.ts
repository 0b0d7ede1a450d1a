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
/** `clientSecret`, `API_KEY`, `db-password2` do; `tokenUrl`, `passwordFile`, `maxTokenAgeSeconds` do not. */
export function soundsSecret(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  if (SECRET_PAIRS.test(words.join(' '))) return true
  // What counts the keys, or says how the value is written, stands behind the word that matters.
  while (
    words.length > 1 &&
    /^(?:[0-9]+|value|text|string|literal|plain|base64|b64|hex|pem)$/.test(words.at(-1) ?? '')
  )
    words.pop()
  const last = (words.pop() ?? '').replace(/[0-9]+$/, '')
  const one = last.length > 3 && /[^s]s$/.test(last) ? last.slice(0, -1) : last
  return (
    SECRET_WORDS.has(one) || SECRET_ENDS.test(one) || SECRET_PAIRS.test([...words, one].join(' '))
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
  // Base64 may hold slashes, a path has them between words: both readings are looked at.
  return [/[^A-Za-z0-9_+=-]+/, /[^A-Za-z0-9_+=/-]+/].some((gap) =>
    rest.split(gap).some(looksRandom),
  )
    ? 'a random token'
    : undefined
}

/** A run of letters and digits that no person would write: long, and changing between kinds of letters like noise does. */
function looksRandom(run: string): boolean {
  const letters = run.replace(/[^A-Za-z0-9]/g, '')
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(letters)).length
  if (kinds < 2 || !/[0-9]/.test(letters)) return false
  const { all, steps } = changes(letters)
  // Expected shares in base62 noise: 0.62 and 0.45. Words joined as InCamelCase reach 0.55 and 0.3 at most.
  if (kinds === 3)
    return (
      letters.length >= 20 &&
      (all >= 0.6 || steps >= (letters.length < 32 ? 0.31 : 0.26)) &&
      entropy(letters) >= 3.4
    )
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(letters)) return letters.length >= 32 && all >= 0.25
  return letters.length >= 24 && all >= 0.3 && entropy(letters) >= 3.4
}

/** Share of neighbours of another kind: of all neighbours, and without capital to small, which starts a word. */
function changes(letters: string): { readonly all: number; readonly steps: number } {
  const kindOf = (letter: string | undefined): number =>
    letter === undefined ? 0 : letter <= '9' ? 1 : letter <= 'Z' ? 2 : 3
  let all = 0
  let starts = 0
  for (let i = 1; i < letters.length; i++) {
    const [before, after] = [kindOf(letters[i - 1]), kindOf(letters[i])]
    if (before !== after) all++
    if (before === 2 && after === 3) starts++
  }
  const pairs = letters.length - 1
  return { all: all / pairs, steps: (all - starts) / pairs }
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
