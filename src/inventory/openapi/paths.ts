/**
 * Every operation of the document, by method and path: sound enough to be imported, or refused by name. The two together are all
 * there are; nothing is passed over. Operations under `callbacks` have no path of this API and are not counted.
 */
import { isJsonObject, type JsonObject, type JsonValue, nearest } from '../../lib/index.ts'
import { childPointer } from '../document/pointer.ts'
import { follow, referenceOf } from '../document/reference.ts'
import { parseTemplate } from './path-template.ts'
import type { ParameterList } from './parameters.ts'
import type { Problems } from './problems.ts'
import { kindOf } from './scope.ts'

export const METHODS = [
  'get',
  'put',
  'post',
  'delete',
  'options',
  'head',
  'patch',
  'trace',
] as const
/** The other fields of a Path Item Object (OpenAPI 3.0.3 §4.7.9.1). */
const FIELDS = new Set(['$ref', 'summary', 'description', 'servers', 'parameters'])

export interface FoundOperation {
  readonly method: string
  readonly path: string
  readonly pointer: string
  readonly value: JsonObject
  readonly templateNames: readonly string[]
  readonly pathParameters: ParameterList
}

export function operationsOf(root: JsonObject, problems: Problems): readonly FoundOperation[] {
  const paths = root['paths']
  if (!isJsonObject(paths)) {
    const message = `\`paths\` is ${kindOf(paths)}; it is an object.`
    problems.add({
      code: 'GH_INVENTORY_SHAPE',
      pointer: paths === undefined ? '' : '/paths',
      message,
    })
    return []
  }
  const found: FoundOperation[] = []
  /** Template shape, alone and after a method → the first path that has it. */
  const taken = new Map<string, string>()
  for (const [path, item] of Object.entries(paths)) {
    if (path.startsWith('x-')) continue
    listAlike(path, taken, problems)
    found.push(...ofPath(root, path, item, taken, problems))
  }
  return found
}

/** Templates that differ in names only are the same path (OpenAPI 3.0.3 §4.7.8.2): methods they do not share are still told apart. */
function listAlike(path: string, taken: Map<string, string>, problems: Problems): void {
  const template = parseTemplate(path)
  if (!template.ok) return
  const before = taken.get(template.shape)
  if (before === undefined) taken.set(template.shape, path)
  else
    problems.add({
      code: 'GH_INVENTORY_PATH',
      pointer: childPointer('/paths', path),
      part: 'key',
      message: `The path \`${path.slice(0, 200)}\` matches the same requests as \`${before.slice(0, 200)}\`.`,
    })
}

function ofPath(
  root: JsonObject,
  path: string,
  item: JsonValue,
  taken: Map<string, string>,
  problems: Problems,
): FoundOperation[] {
  const at = childPointer('/paths', path)
  const template = parseTemplate(path)
  if (!template.ok) {
    const message = `The path \`${path.slice(0, 200)}\` is not sound: ${template.reason}.`
    problems.add({ code: 'GH_INVENTORY_PATH', pointer: at, part: 'key', message })
  }
  const found: FoundOperation[] = []
  for (const [method, entry] of members(root, at, item, problems)) {
    const reason = template.ok
      ? refusal(method, entry.value, taken.get(`${method} ${template.shape}`))
      : `its path is not sound: ${template.reason}`
    if (reason !== undefined || !template.ok || !isJsonObject(entry.value)) {
      problems.add({
        code: 'GH_INVENTORY_OPERATION_REFUSED',
        pointer: entry.pointer,
        part: 'key',
        message: `${operationTitle(method, path)} is not imported: ${reason ?? 'it is not an object'}.`,
        ...nearestMethod(method),
      })
      continue
    }
    taken.set(`${method} ${template.shape}`, path)
    found.push({
      method: method.toUpperCase(),
      path,
      pointer: entry.pointer,
      value: entry.value,
      templateNames: template.names,
      pathParameters: entry.parameters,
    })
  }
  return found
}

/** `GET /accounts`, bounded, for messages. */
export function operationTitle(method: string, path: string): string {
  return `${method.toUpperCase().slice(0, 40)} ${path.slice(0, 200)}`
}

/** True for a key of a path item that stands for an operation, known or not. */
export function isOperationKey(key: string): boolean {
  return !FIELDS.has(key) && !key.startsWith('x-')
}

function refusal(
  method: string,
  value: JsonValue,
  sameShape: string | undefined,
): string | undefined {
  if (!(METHODS as readonly string[]).includes(method))
    // sound: widening, to ask for any text
    return `\`${method.slice(0, 40)}\` is not a method of OpenAPI 3.0 (${METHODS.join(', ')})`
  if (!isJsonObject(value)) return `it is ${kindOf(value)}, not an object`
  if (sameShape !== undefined)
    return `it matches the same requests as \`${sameShape.slice(0, 200)}\``
  return undefined
}

function nearestMethod(method: string): { readonly nearest?: string } {
  if ((METHODS as readonly string[]).includes(method)) return {} // sound: as above
  const near = nearest(method, METHODS)
  return near === undefined ? {} : { nearest: near }
}

interface Member {
  readonly value: JsonValue
  readonly pointer: string
  readonly parameters: ParameterList
}

/** Operations of a path item and of what its `$ref` leads to; with both, the item's own win (§4.7.9.1 leaves it undefined). */
function members(
  root: JsonObject,
  at: string,
  item: JsonValue,
  problems: Problems,
): ReadonlyMap<string, Member> {
  const result = new Map<string, Member>()
  const collect = (value: JsonValue, pointer: string): void => {
    if (!isJsonObject(value)) {
      const message = `A path item is ${kindOf(value)}; it is an object.`
      problems.add({ code: 'GH_INVENTORY_SHAPE', pointer, message })
      return
    }
    const parameters = {
      written: value['parameters'],
      pointer: childPointer(pointer, 'parameters'),
    }
    for (const [key, member] of Object.entries(value)) {
      if (!isOperationKey(key)) continue
      const here = { value: member, pointer: childPointer(pointer, key), parameters }
      if (!result.has(key)) result.set(key, here)
      else
        problems.add({
          code: 'GH_INVENTORY_PATH',
          pointer: here.pointer,
          part: 'key',
          message: `\`${key}\` stands beside the \`$ref\` of its path item as well; that one is kept.`,
        })
    }
    if (value['servers'] !== undefined)
      problems.add({
        code: 'GH_INVENTORY_PATH',
        pointer: childPointer(pointer, 'servers'),
        part: 'key',
        message: '`servers` of a path are not used; those of the document are.',
      })
  }
  if (referenceOf(item) === undefined) collect(item, at)
  else {
    collect(item, at)
    const end = follow(root, { value: item, pointer: at })
    if (end.ok) collect(end.value, end.pointer)
    else problems.add(end.problem)
  }
  return result
}
