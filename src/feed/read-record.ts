/**
 * From the bytes of a file to a record, or to what is wrong with it. Fail closed: a client or consent with any mistake is absent; a
 * revocation counts for whatever it names plainly, for leaving it out would leave open what somebody meant to close.
 */
import {
  type Diagnostic,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MAX_DETAILS,
  nearest,
  readAuthorizationDetails,
} from '../lib/index.ts'
import { countMembers, lineColumn, memberPosition, repeatedMember } from './json-place.ts'
import {
  type Field,
  FORMATS,
  MAX_FILE_BYTES,
  MAX_JWKS_KEYS,
  PRIVATE_MEMBERS,
  type RecordKind,
} from './record-format.ts'
import { parseTime } from './rfc3339.ts'

/** One entry of the feed: `key` and `value` of a `Change`. */
export interface Entry {
  readonly key: string
  readonly value: JsonObject
}
export interface ReadRecord {
  /** What the file puts in force; more than one only for a revocation that names several things. */
  readonly entries: readonly Entry[]
  readonly diagnostics: readonly Diagnostic[]
}

const decoder = new TextDecoder('utf-8', { fatal: true }) // also takes a byte order mark away

export function readRecord(kind: RecordKind, file: string, bytes: Uint8Array): ReadRecord {
  if (bytes.length > MAX_FILE_BYTES)
    return refused(file, `The file is larger than ${MAX_FILE_BYTES} bytes.`)
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return refused(file, 'The file is not UTF-8.')
  }
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue // sound: that is what JSON.parse makes
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1]
    const end = position === undefined ? text.length : Number(position)
    return refused(file, 'The file is not well-formed JSON.', lineColumn(text, end))
  }
  if (!isJsonObject(value)) return refused(file, 'The file must hold one JSON object.')
  return judge(kind, file, text, value)
}

function judge(kind: RecordKind, file: string, text: string, value: JsonObject): ReadRecord {
  const format = FORMATS[kind]
  const diagnostics: Diagnostic[] = []
  const complain = (name: string, message: string, more: Partial<Diagnostic> = {}): void => {
    const place = { file, ...lineColumn(text, memberPosition(text, name)) }
    diagnostics.push({ code: 'GH_FEED_RECORD_INVALID', message, place, ...more })
  }

  const names = Object.keys(value)
  if (countMembers(text) !== names.length) {
    const twice = repeatedMember(text)
    if (twice !== undefined) complain(twice, `${quoted(twice)} stands twice.`)
  }
  for (const name of names)
    if (!format.fields.some((field) => field.name === name)) {
      const near = nearest(
        name,
        format.fields.map((field) => field.name),
      )
      const known = format.fields.map((field) => field.name).join(', ')
      complain(name, `${quoted(name)} is not known here; known are ${known}.`, {
        pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        ...(near === undefined ? {} : { nearest: near }),
      })
    }

  const read: Record<string, JsonValue> = {}
  for (const field of format.fields) {
    const { name } = field
    const member = Object.hasOwn(value, name) ? value[name] : undefined
    if (member === undefined) {
      if (field.required) complain(name, `${quoted(name)} is missing.`)
      continue
    }
    const checked = checkField(field, member)
    if (checked.ok) read[name] = checked.value
    else
      complain(name, `${quoted(name)} ${checked.error}`, {
        pointer: `/${name}`,
        ...near(field, member),
      })
  }
  for (const [first, second] of format.ordered)
    if (
      typeof read[first] === 'number' &&
      typeof read[second] === 'number' &&
      read[second] < read[first]
    )
      complain(second, `${quoted(second)} may not come before ${quoted(first)}.`)
  delete read['$schema']

  if (kind === 'revocation') return { entries: revocations(read, complain), diagnostics }
  const key = read['id']
  const sound = diagnostics.length === 0 && typeof key === 'string'
  return { entries: sound ? [{ key, value: read }] : [], diagnostics }
}

function revocations(
  read: Readonly<Record<string, JsonValue>>,
  complain: (name: string, message: string) => void,
): Entry[] {
  const named = (FORMATS.revocation.oneOf ?? []).filter((name) => typeof read[name] === 'string')
  if (named.length !== 1)
    complain(
      named[1] ?? '',
      'A revocation names exactly one of token, grant, consent, client, certificate.',
    )
  return named.flatMap((name) => {
    const id = read[name]
    if (typeof id !== 'string') return []
    const key = `${name}:${id}`
    return [{ key, value: { key, at: read['at'] ?? 0, reason: read['reason'] ?? '' } }]
  })
}

type Checked =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly error: string }

function checkField({ shape }: Field, value: JsonValue): Checked {
  const no = (error: string): Checked => ({ ok: false, error })
  switch (shape.type) {
    case 'text':
      return typeof value === 'string' && fits(value, shape.maxLength) && shape.pattern.test(value)
        ? { ok: true, value }
        : no(`must be ${shape.allowed}, 1 to ${shape.maxLength} characters.`)
    case 'word':
      return typeof value === 'string' && shape.words.includes(value)
        ? { ok: true, value }
        : no(`must be one of ${shape.words.join(', ')}.`)
    case 'time': {
      const time = typeof value === 'string' ? parseTime(value) : undefined
      return time === undefined
        ? no('must be a time with offset as RFC 3339 writes it, such as 2026-01-05T09:00:00Z.')
        : { ok: true, value: time }
    }
    case 'count':
      return typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= shape.min &&
        value <= shape.max
        ? { ok: true, value }
        : no(`must be a whole number from ${shape.min} to ${shape.max}.`)
    case 'jwks':
      return isPublicKeySet(value)
        ? { ok: true, value }
        : no(`must be a JWK set of at most ${MAX_JWKS_KEYS} public keys.`)
    case 'details':
      return readAuthorizationDetails(value).kind === 'known'
        ? { ok: true, value }
        : no(
            `must be a list of at most ${MAX_DETAILS} objects with a "type"; amounts, currencies and accounts of payments must be sound.`,
          )
    case 'list': {
      const sound =
        Array.isArray(value) &&
        value.length <= shape.maxItems &&
        value.every(
          (item) => typeof item === 'string' && item !== '' && fits(item, shape.maxLength),
        ) &&
        new Set(value).size === value.length
      return sound
        ? { ok: true, value }
        : no(
            `must be a list of at most ${shape.maxItems} different texts of 1 to ${shape.maxLength} characters.`,
          )
    }
    default:
      return shape satisfies never
  }
}

function isPublicKeySet(value: JsonValue): boolean {
  const keys = isJsonObject(value) && Object.hasOwn(value, 'keys') ? value['keys'] : undefined
  return (
    Array.isArray(keys) &&
    keys.length <= MAX_JWKS_KEYS &&
    keys.every(
      (key: JsonValue) =>
        isJsonObject(key) &&
        typeof key['kty'] === 'string' &&
        !PRIVATE_MEMBERS.some((name) => Object.hasOwn(key, name)),
    )
  )
}

/** Counts code points, as JSON Schema does; there are never more of them than UTF-16 units. */
function fits(text: string, max: number): boolean {
  return text.length <= max || [...text].length <= max
}

function near({ shape }: Field, value: JsonValue): { nearest?: string } {
  if (shape.type !== 'word' || typeof value !== 'string') return {}
  const word = nearest(value, shape.words)
  return word === undefined ? {} : { nearest: word }
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name)
}

function refused(file: string, message: string, at = { line: 1, column: 1 }): ReadRecord {
  const place = { file, ...at }
  return { entries: [], diagnostics: [{ code: 'GH_FEED_RECORD_INVALID', message, place }] }
}
