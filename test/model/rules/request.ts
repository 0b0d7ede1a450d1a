/** Requests against the specification: parameters by hand, bodies by Ajv, which shares nothing with the product. */
import { Ajv, type ValidateFunction } from 'ajv'
import { BODIES, PARAMETERS, SCHEMAS } from '../specifications.ts'
import { readJson } from './json.ts'
import type { Routed } from './target.ts'
import type { Wire } from './wire.ts'
import { valuesOf } from './wire.ts'

interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: {
    readonly type?: string
    readonly items?: object
    readonly [keyword: string]: unknown
  }
}

const ajv = new Ajv({ strict: false, validateFormats: false })
ajv.addSchema({ $id: 'doc', components: { schemas: SCHEMAS } })
const compiled = new Map<string, ValidateFunction>()
function validator(name: string, schema: object | undefined): ValidateFunction | undefined {
  let made = compiled.get(name)
  if (made === undefined && schema !== undefined) {
    made = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/')) as object) // sound: an object stays one
    compiled.set(name, made)
  }
  return made
}

/** Whether an answer is what its schema says, however it was declared. */
export function answersWell(operation: string, schema: object, value: unknown): boolean {
  return validator(`answer ${operation}`, schema)?.(value) === true
}

export const takesBody = (operation: string): boolean => BODIES[operation] !== undefined
const declared = (operation: string): readonly Parameter[] =>
  (PARAMETERS[operation] ?? []) as readonly Parameter[] // sound: as written there

export const declaredQuery = (operation: string): readonly string[] =>
  declared(operation).flatMap((one) => (one.in === 'query' ? [one.name] : []))

export interface Limits {
  readonly undeclaredQuery: string
  readonly maxBodyBytes: number
  readonly maxDepth: number
}

/** What the head says: a body where none belongs, too long a one, parameters. */
export function headFault(
  wire: Wire,
  { operation, query, path }: Routed,
  limits: Limits,
): string | undefined {
  const length = valuesOf(wire, 'content-length')[0]
  if (length !== undefined && length !== '0') {
    if (!takesBody(operation)) return INVALID
    if (Number(length) > limits.maxBodyBytes) return 'GH_GATEWAY_BODY_TOO_LARGE'
  }
  const names = declaredQuery(operation)
  if (limits.undeclaredQuery === 'refuse' && query.some(([name]) => !names.includes(name)))
    return INVALID
  for (const one of declared(operation)) {
    const values =
      one.in === 'path'
        ? [path.get(one.name) ?? '']
        : one.in === 'header'
          ? valuesOf(wire, one.name)
          : query.flatMap(([name, value]) => (name === one.name ? [value] : []))
    if (values.length === 0 && one.required !== true) continue
    if (values.length === 0 || (values.length > 1 && one.schema.type !== 'array')) return INVALID
    if (!values.every((value) => fits(value, one))) return INVALID
  }
  return undefined
}
const INVALID = 'GH_GATEWAY_REQUEST_INVALID'

function fits(text: string, { in: where, name, schema }: Parameter): boolean {
  const of = schema.type === 'array' ? (schema.items ?? {}) : schema
  const whole = 'type' in of && of.type === 'integer'
  if (whole && !/^-?(0|[1-9]\d*)$/.test(text)) return false
  return validator(`${where} ${name}`, of)?.(whole ? Number(text) : text) === true
}

/** What the body itself says. */
export function bodyFault(wire: Wire, operation: string, limits: Limits): string | undefined {
  if (!takesBody(operation)) return undefined
  if (wire.body === undefined || wire.body === '') return INVALID
  if (Buffer.byteLength(wire.body) > limits.maxBodyBytes) return 'GH_GATEWAY_BODY_TOO_LARGE'
  if (mediaTypeOf(wire) !== 'application/json') return 'GH_GATEWAY_MEDIA_TYPE'
  const read = readJson(wire.body)
  if (read === undefined || read.duplicates || read.depth > limits.maxDepth) return INVALID
  return validator(operation, BODIES[operation])?.(JSON.parse(wire.body)) === true
    ? undefined
    : INVALID
}

export function mediaTypeOf(wire: Wire): string {
  return (valuesOf(wire, 'content-type')[0] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** The body of a message of JSON. */
export function plainBody(wire: Wire): unknown {
  return mediaTypeOf(wire) === 'application/json' ? plainText(wire) : undefined
}

/** A text that can be told: JSON, each member once; `undefined`: it cannot. */
export function plainText(wire: Wire): unknown {
  const read = readJson(wire.body ?? '')
  return read === undefined || read.duplicates || read.depth > 64
    ? undefined
    : JSON.parse(wire.body ?? '')
}
