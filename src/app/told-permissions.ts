/**
 * What a specification itself tells of permissions that no dialect maps: the codes that its consents may list, matched with the noun a
 * path ends in, or the one value that the first parameter of a path may have. Where that is not one answer nothing is guessed; the
 * codes to choose among are given instead.
 */
import type { OperationRecord } from '../inventory/index.ts'
import { isJsonObject, type JsonValue } from '../lib/index.ts'

export interface ToldPermissions {
  /** `GET /loans` */
  readonly operation: string
  /** Any of which a consent must hold; empty: the specification does not tell. */
  readonly codes: readonly string[]
  /** Where it does not tell: what it names. */
  readonly candidates: readonly string[]
}

/** Values of a document that are looked at, and codes that are kept. */
const MAX_VALUES = 1_000_000
export const MAX_CODES = 200

const SAFE = new Set(['GET', 'HEAD'])
const READS = new Set(['read', 'view', 'get', 'list'])
const WRITES = new Set(['write', 'create', 'initiate', 'update', 'delete', 'submit'])
/** Words of a code that name no resource. */
const SILENT = new Set([...READS, ...WRITES, 'basic', 'detail', 'details', 'all', 'access'])

export function toldPermissions(
  document: JsonValue,
  operations: readonly OperationRecord[],
): readonly ToldPermissions[] {
  const codes = operations.length === 0 ? [] : permissionCodes(document)
  return operations.map((operation) => {
    const route = `${operation.method} ${operation.path}`
    const values = firstValues(document, operation)
    if (values.length === 1) return { operation: route, codes: values, candidates: [] }
    const found = values.length > 1 ? [] : codesFor(operation, codes)
    return {
      operation: route,
      codes: found,
      candidates: found.length > 0 ? [] : values.length > 1 ? values : codes,
    }
  })
}

/** Every text that a member `permissions` of some schema may hold, in the order of the document. */
function permissionCodes(document: JsonValue): readonly string[] {
  const found = new Set<string>()
  const waiting: JsonValue[] = [document]
  for (let seen = 0; seen < MAX_VALUES && found.size < MAX_CODES; seen++) {
    const value = waiting.pop()
    if (value === undefined) break
    if (Array.isArray(value)) waiting.push(...value.toReversed())
    if (!isJsonObject(value)) continue
    const properties = value['properties']
    if (isJsonObject(properties))
      for (const [name, schema] of Object.entries(properties))
        if (/^permissions?(codes?)?$/i.test(name))
          for (const code of textsOf(document, schema)) found.add(code)
    waiting.push(...Object.values(value).toReversed())
  }
  return [...found].slice(0, MAX_CODES)
}

/** The texts of an `enum`, of a schema or of what its lists hold, behind `$ref`s that do not lead in a circle. */
function textsOf(document: JsonValue, schema: JsonValue | undefined): readonly string[] {
  let here = schema
  for (let depth = 0; depth < 8 && isJsonObject(here); depth++) {
    const { enum: values, items, $ref } = here
    if (Array.isArray(values)) return values.filter((one) => typeof one === 'string')
    here = typeof $ref === 'string' ? pointed(document, $ref) : items
  }
  return []
}

function pointed(document: JsonValue, ref: string): JsonValue | undefined {
  if (!ref.startsWith('#/')) return undefined
  return ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<JsonValue | undefined>((here, part) => {
      if (Array.isArray(here)) return here[Number(part)]
      return isJsonObject(here) && Object.hasOwn(here, part) ? here[part] : undefined
    }, document)
}

/** `/{payment-service}/…`: what the path is about is the value of its first part. */
function firstValues(document: JsonValue, operation: OperationRecord): readonly string[] {
  const [first = ''] = operation.path
    .split('/')
    .filter((segment) => segment !== '' && !/^(v\d[\d.]*|api)$/i.test(segment))
  const name = /^\{([^{}]+)\}$/.exec(first)?.[1]
  const parameter = operation.parameters.find((one) => one.in === 'path' && one.name === name)
  const pointer = parameter?.schema
  return pointer === null || pointer === undefined
    ? []
    : textsOf(document, pointed(document, `#${pointer}`)).slice(0, MAX_CODES)
}

function codesFor({ method, path }: OperationRecord, codes: readonly string[]): readonly string[] {
  const words = path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{'))
  const nouns = [words.slice(-2).join('-'), words.at(-1) ?? ''].map(nounOf)
  const safe = SAFE.has(method)
  const fitting = codes.filter((code) => {
    const said = wordsOf(code)
    return safe ? !said.some((one) => WRITES.has(one)) : !said.some((one) => READS.has(one))
  })
  for (const noun of nouns.filter((one) => one !== '')) {
    const same = fitting.filter((code) => nounOf(code) === noun)
    if (same.length > 0) return same
    const ending = fitting.filter((code) => nounOf(code).endsWith(noun))
    // Two resources that end alike are two answers.
    if (new Set(ending.map(nounOf)).size === 1) return ending
  }
  return []
}

/** `ReadLoansDetail`, `LOANS_READ`, `loans:read` → `loan`. */
function nounOf(text: string): string {
  return wordsOf(text)
    .filter((word) => !SILENT.has(word))
    .map((word) => word.replace(/ies$/, 'y').replace(/s$/, ''))
    .join('')
}

function wordsOf(text: string): readonly string[] {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}
