/** What a body must look like, said in small parts: the first thing that is wrong, and where. Nothing of the body stands in it. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'

export interface Fault {
  /** Members on the way, e.g. `Data.Permissions`. */
  readonly path: string
  readonly kind: 'missing' | 'unexpected' | 'invalid'
}
export type Shape = (value: JsonValue, path: string) => Fault | undefined

const ok = undefined
const invalid = (path: string): Fault => ({ path, kind: 'invalid' })
const when =
  (holds: (value: JsonValue) => boolean): Shape =>
  (value, path) =>
    holds(value) ? ok : invalid(path)

const CONTROL = /\p{Cc}/u
/** RFC 3339 §5.6, seconds and offset said. No hour 24, which is a day in one reader and the next in another. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const DATE = /^\d{4}-\d\d-\d\d$/

/** One to `max` characters, none of which controls. */
export const text = (max: number, pattern?: RegExp): Shape =>
  when(
    (value) =>
      typeof value === 'string' &&
      value !== '' &&
      value.length <= max &&
      !CONTROL.test(value) &&
      (pattern === undefined || pattern.test(value)),
  )
export const oneOf = (...words: readonly string[]): Shape =>
  when((value) => typeof value === 'string' && words.includes(value))
export const flag: Shape = when((value) => typeof value === 'boolean')
export const count = (min: number, max: number): Shape =>
  when(
    (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
  )
export const dateTime: Shape = when(
  (value) =>
    typeof value === 'string' &&
    DATE_TIME.test(value) &&
    isDay(value.slice(0, 10)) &&
    !Number.isNaN(Date.parse(value)),
)
export const date: Shape = when(
  (value) => typeof value === 'string' && DATE.test(value) && isDay(value),
)
/** An object that nobody here looks into. */
export const anyObject: Shape = when(isJsonObject)

export const listOf =
  (shape: Shape, min: number, max: number): Shape =>
  (value, path) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return invalid(path)
    for (const item of value as readonly JsonValue[]) {
      const fault = shape(item, path)
      if (fault !== undefined) return fault
    }
    return ok
  }

export type Members = Readonly<Record<string, Shape>>
/** What is named in neither is refused: nobody agrees to what nobody here understands. */
export function object(required: Members, optional: Members = {}): Shape {
  const known = new Map([...Object.entries(required), ...Object.entries(optional)])
  return (value, path) => {
    const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
    if (!isJsonObject(value)) return invalid(path)
    for (const name of Object.keys(required))
      if (!Object.hasOwn(value, name)) return { path: at(name), kind: 'missing' }
    for (const [name, member] of Object.entries(value)) {
      const shape = known.get(name)
      // Its name is the sender's, and stays with him.
      if (shape === undefined) return { path: path === '' ? 'body' : path, kind: 'unexpected' }
      const fault = shape(member, at(name))
      if (fault !== undefined) return fault
    }
    return ok
  }
}

/** Milliseconds since the epoch, of what `dateTime` took. */
export function timeOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'string' ? Date.parse(value) : undefined
}
/** `''`: there is none. */
export function textAt(value: JsonObject, name: string): string {
  const member = Object.hasOwn(value, name) ? value[name] : undefined
  return typeof member === 'string' ? member : ''
}
export function objectAt(value: JsonObject, name: string): JsonObject {
  const member = Object.hasOwn(value, name) ? value[name] : undefined
  return member !== undefined && isJsonObject(member) ? member : {}
}

/** 30 February is none. */
function isDay(text_: string): boolean {
  const time = Date.parse(`${text_}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text_)
}
