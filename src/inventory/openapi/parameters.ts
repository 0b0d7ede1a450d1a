/** Parameters of an operation: the path item's, overridden by its own, each with style and explode filled in. */
import { isJsonObject, type JsonObject, type JsonValue, nearest } from '../../lib/index.ts'
import { childPointer } from '../document/pointer.ts'
import type { ParameterRecord } from '../records.ts'
import { contentOf } from './content.ts'
import { isSchema, kindOf, type Scope } from './scope.ts'

/** Styles by place, the default first (OpenAPI 3.0.3 §4.7.12.2). */
const STYLES: Readonly<Record<ParameterRecord['in'], readonly string[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
}
/** §4.7.12.2.1: parameter definitions with these header names are ignored. */
const IGNORED_HEADERS = new Set(['accept', 'content-type', 'authorization'])

export interface ParameterList {
  readonly written: JsonValue | undefined
  readonly pointer: string
}

export function parametersOf(
  pathLevel: ParameterList,
  operationLevel: ParameterList,
  templateNames: readonly string[],
  pointer: string,
  scope: Scope,
): readonly ParameterRecord[] {
  const merged = new Map([...listed(pathLevel, scope), ...listed(operationLevel, scope)])
  const records: ParameterRecord[] = []
  for (const { record, at } of merged.values()) {
    if (record.in === 'path' && !templateNames.includes(record.name)) {
      const message = `The path parameter \`${record.name}\` is not in the path of ${scope.title}; it is left out.`
      scope.note('GH_INVENTORY_PARAMETER', at, message, {
        nearest: nearest(record.name, templateNames),
      })
    } else records.push(record)
  }
  for (const name of templateNames) {
    if (records.some((record) => record.in === 'path' && record.name === name)) continue
    const message = `\`{${name}}\` in the path of ${scope.title} is not declared as a parameter.`
    scope.breach('GH_INVENTORY_PARAMETER', pointer, message, { part: 'key' })
    // Listed all the same, without a schema: it is there in each request, and nothing passes unchecked.
    records.push({
      in: 'path',
      name,
      required: true,
      schema: null,
      style: 'simple',
      explode: false,
    })
  }
  return records
}

function* listed(
  list: ParameterList,
  scope: Scope,
): Generator<[string, { readonly record: ParameterRecord; readonly at: string }]> {
  if (list.written === undefined) return
  if (!Array.isArray(list.written)) {
    const message = `\`parameters\` is ${kindOf(list.written)}; it is a list.`
    scope.breach('GH_INVENTORY_SHAPE', list.pointer, message)
    return
  }
  const seen = new Set<string>()
  for (const [index, item] of (list.written as readonly JsonValue[]).entries()) {
    // sound: an array of JSON values
    const found = scope.follow(item, `${list.pointer}/${index}`)
    if (found === undefined) continue
    if (!isJsonObject(found.value)) {
      const message = `A parameter is ${kindOf(found.value)}; it is an object.`
      scope.breach('GH_INVENTORY_SHAPE', found.pointer, message)
      continue
    }
    const record = parameter(found.value, found.pointer, scope)
    if (record === undefined) continue
    const key = `${record.in} ${record.in === 'header' ? record.name.toLowerCase() : record.name}`
    if (seen.has(key)) {
      const message = `The ${record.in} parameter \`${record.name}\` stands twice in one list; the first is kept.`
      scope.breach('GH_INVENTORY_PARAMETER', `${list.pointer}/${index}`, message)
      continue
    }
    seen.add(key)
    yield [key, { record, at: found.pointer }]
  }
}

function parameter(value: JsonObject, at: string, scope: Scope): ParameterRecord | undefined {
  const { in: where, name } = value
  const breach = (member: string, message: string, near?: string): void =>
    scope.breach(
      'GH_INVENTORY_PARAMETER',
      member in value ? childPointer(at, member) : at,
      message,
      {
        nearest: near,
      },
    )
  if (typeof name !== 'string' || name === '') {
    breach('name', 'A parameter has no `name`; it is left out.')
    return undefined
  }
  if (!isPlace(where)) {
    const near = typeof where === 'string' ? nearest(where, Object.keys(STYLES)) : undefined
    breach(
      'in',
      `\`in\` of parameter \`${name}\` is one of path, query, header, cookie; it is left out.`,
      near,
    )
    return undefined
  }
  if (where === 'header' && IGNORED_HEADERS.has(name.toLowerCase())) return undefined
  if (where === 'path' && value['required'] !== true)
    scope.note(
      'GH_INVENTORY_PARAMETER',
      at,
      `The path parameter \`${name}\` must say \`required: true\`; it is taken so.`,
    )
  const allowed = STYLES[where]
  const style = value['style'] ?? allowed[0] ?? 'simple'
  if (typeof style !== 'string' || !allowed.includes(style))
    breach('style', `A ${where} parameter has a style of: ${allowed.join(', ')}.`)
  const kept =
    typeof style === 'string' && allowed.includes(style) ? style : (allowed[0] ?? 'simple')
  if (value['explode'] !== undefined && typeof value['explode'] !== 'boolean')
    breach('explode', '`explode` is true or false.')
  return {
    in: where,
    name,
    required: where === 'path' || value['required'] === true,
    ...parameterSchema(value, name, at, scope),
    style: kept,
    explode: typeof value['explode'] === 'boolean' ? value['explode'] : kept === 'form',
  }
}

/** `schema`, or the one media type of `content`: one of them, not both (§4.7.12.2). */
function parameterSchema(
  value: JsonObject,
  name: string,
  at: string,
  scope: Scope,
): Pick<ParameterRecord, 'schema' | 'mediaType'> {
  const schema = value['schema']
  if (schema === undefined && value['content'] !== undefined) {
    const [media, ...more] = contentOf(value['content'], childPointer(at, 'content'), scope)
    if (media !== undefined && more.length === 0) return media
    scope.breach(
      'GH_INVENTORY_PARAMETER',
      childPointer(at, 'content'),
      `Parameter \`${name}\` has one media type under \`content\`.`,
    )
    return { schema: null }
  }
  if (isSchema(schema, scope.root)) return { schema: childPointer(at, 'schema') }
  const message =
    schema === undefined
      ? `Parameter \`${name}\` has no schema; a request that carries it is refused.`
      : `The schema of parameter \`${name}\` is ${kindOf(schema)}; it is an object.`
  scope.breach(
    'GH_INVENTORY_PARAMETER',
    schema === undefined ? at : childPointer(at, 'schema'),
    message,
  )
  return { schema: null }
}

function isPlace(value: JsonValue | undefined): value is ParameterRecord['in'] {
  return typeof value === 'string' && Object.hasOwn(STYLES, value)
}
