/** Values of the property tests, whose numbers are texts, and the schemas of their generators. */

/** A JSON value; a number is `{ number: text }`, an object a list of members in their order. */
export type Value =
  | null
  | boolean
  | string
  | { readonly number: string }
  | { readonly items: readonly Value[] }
  | { readonly members: readonly (readonly [string, Value])[] }

export interface Schema {
  readonly [keyword: string]: unknown
}

/** A string as JSON text. Lone surrogates stand as they are: `JSON.stringify` would escape them, others do not. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u(d[89a-f][0-9a-f]{2})/g, (all, code) =>
    code === undefined ? all : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

export function write(value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if ('number' in value) return value.number
  if ('items' in value) return `[${value.items.map(write).join()}]`
  return `{${value.members.map(([name, inner]) => `${quoted(name)}:${write(inner)}`).join()}}`
}

export function kindOf(value: Value): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  return 'number' in value ? 'number' : 'items' in value ? 'array' : 'object'
}
