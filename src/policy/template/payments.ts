/** The member `payments` of a template: mappings of payment bodies, as data (`PaymentMapping`). */
import { isJsonObject, type JsonValue, PAYMENT_FIELDS } from '../../lib/index.ts'
import { at, type TemplateFault } from './fault.ts'

/** Schemes in one template, and places of one field. */
const MAX_MAPPINGS = 32
const MAX_POINTERS = 8
const POINTER = /^(?:\/(?:[^~/]|~[01]){1,100}){1,8}$/
/** Of payments, and of files of them. */
const ESSENTIAL = ['amount', 'currency', 'creditorAccount']
const ESSENTIAL_OF_FILES = ['fileHash', 'fileType']

export function paymentsFault(value: JsonValue | undefined): TemplateFault | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length > MAX_MAPPINGS)
    return at(['payments'], `payments must be a list of at most ${MAX_MAPPINGS} mappings`)
  const ids = new Set<string>()
  for (const [index, mapping] of (value as readonly JsonValue[]).entries()) {
    const path = ['payments', String(index)]
    if (!isJsonObject(mapping)) return at(path, 'a mapping is an object')
    const { id, payments, fields, ...others } = mapping
    const [other] = Object.keys(others)
    if (other !== undefined) return at([...path, other], `unknown member ${JSON.stringify(other)}`)
    if (typeof id !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(id) || ids.has(id))
      return at([...path, 'id'], 'id must be lower-case words joined by -, each once')
    ids.add(id)
    if (payments !== undefined && !isPointer(payments))
      return at([...path, 'payments'], 'payments must be a JSON pointer')
    if (!isJsonObject(fields)) return at([...path, 'fields'], 'fields must be an object')
    for (const name of Object.hasOwn(fields, 'fileHash') ? ESSENTIAL_OF_FILES : ESSENTIAL)
      if (!Object.hasOwn(fields, name))
        return at([...path, 'fields'], `fields must say where ${name} stands`)
    for (const [name, pointers] of Object.entries(fields)) {
      if (!PAYMENT_FIELDS.some((field) => field === name))
        return at(
          [...path, 'fields', name],
          `there is no field ${JSON.stringify(name)}; there are ${PAYMENT_FIELDS.join(', ')}`,
        )
      const sound =
        Array.isArray(pointers) &&
        pointers.length > 0 &&
        pointers.length <= MAX_POINTERS &&
        pointers.every(isPointer)
      if (!sound)
        return at(
          [...path, 'fields', name],
          `${name} must be a list of 1 to ${MAX_POINTERS} JSON pointers`,
        )
    }
  }
  return undefined
}

function isPointer(value: JsonValue): boolean {
  return typeof value === 'string' && POINTER.test(value)
}
