/** Walks the messages of an operation and notes which data classes its values carry, and why. Bounded; cycles are met once. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { tokensOf, valueAt } from '../document/pointer.ts'
import { follow, type Located } from '../document/reference.ts'
import {
  alternativesOf,
  besideReference,
  propertiesOf,
  unnamedOf,
} from '../document/schema-walk.ts'
import { MAX_CLASSIFIED, MAX_EVIDENCE, MAX_SIBLINGS } from '../limits.ts'
import type { DeclaredOperation } from '../openapi/operation.ts'
import type { DataClassEvidence } from '../records.ts'
import type { Role } from '../../controls/index.ts'
import { dialectOf } from '../../schema/index.ts'
import { type Areas, bitsOf, isSilent, loud } from './areas.ts'
import type { Side } from './data-class-rules.ts'
import { type Leaf, matchLeaf } from './match-leaf.ts'
import { type Name, type Vocabulary, vocabulary } from './vocabulary.ts'

const RANK = { high: 0, medium: 1, low: 2 } as const

/** What the messages of an operation carry; `role` as far as path, tags and scopes tell it. */
export type Classifier = (
  operation: DeclaredOperation,
  role: Role | undefined,
) => readonly DataClassEvidence[]

/** Lives as long as one import: names and messages that operations have in common are judged once. */
export function classifier(document: JsonValue): Classifier {
  const names = vocabulary()
  const siblings = dialectOf(document) === '2020-12'
  const known = new Map<string, readonly DataClassEvidence[]>()
  return (operation, role) => {
    const found: DataClassEvidence[] = []
    const context = contextOf(operation.path, names)
    const message = (from: 'request' | 'response', side: Side, schema: string | null): void => {
      const value = schema === null ? undefined : valueAt(document, tokensOf(schema))
      if (schema === null || value === undefined) return
      const start = { value, pointer: schema }
      const end = follow(document, start)
      if (!end.ok) return
      const key = `${from} ${side} ${context} ${siblings ? schema : end.pointer}`
      const evidence =
        known.get(key) ?? best(walk({ document, siblings, names, side, context }, start, from))
      known.set(key, evidence)
      found.push(...evidence)
    }
    for (const { in: where, name: key } of operation.parameters) {
      if (where !== 'path' && where !== 'query') continue
      const at = `parameter.${where}.${key}`
      found.push(...matchLeaf({ ...NO_LEAF, key, name: names(key), side: 'instruction', at }))
    }
    for (const { schema } of operation.requestBody?.content ?? [])
      message('request', 'instruction', schema)
    // A payment or a consent is answered with what was asked for.
    const answer = role === 'pis' || role === 'auth' ? 'instruction' : 'record'
    for (const response of answersOf(operation))
      for (const { schema } of response.content) message('response', answer, schema)
    return best(found)
  }
}

const NO_LEAF: Omit<Leaf, 'key' | 'name' | 'side' | 'at'> = {
  areas: 0,
  format: null,
  pattern: null,
  boolean: false,
  schema: null,
  siblings: [],
}

/** Answers of success: what an error says about the request is not the customer's data. */
function answersOf(operation: DeclaredOperation): DeclaredOperation['responses'] {
  const good = operation.responses.filter(({ status }) => status.startsWith('2'))
  return good.length > 0 ? good : operation.responses.filter(({ status }) => status === 'default')
}

const PRODUCT = bitsOf(['product'])

/**
 * What the operation is about: the last fixed segment of its path. `/branches/{id}/services` tells of the bank as `/branches` does,
 * `/branches/{id}/customers` of its customers.
 */
function contextOf(path: string, names: Vocabulary): Areas {
  const areas = path
    .split('/')
    .filter((segment) => segment !== '' && !segment.includes('{'))
    .map((segment) => loud(names(segment).areas))
  const last = areas.at(-1) ?? 0
  return last === 0 && areas.every((bits) => (bits & ~PRODUCT) === 0)
    ? (areas.find(Boolean) ?? 0)
    : last
}

interface Step {
  readonly value: Located
  readonly at: string
  /** The key it stands under, `''` at the top. */
  readonly key: string
  readonly areas: Areas
  readonly schema: string | null
  readonly siblings: readonly Name[]
}

interface Walk {
  readonly document: JsonValue
  /** What stands beside a `$ref` counts. */
  readonly siblings: boolean
  readonly names: Vocabulary
  readonly side: Side
  readonly context: Areas
}

function walk(
  { document, siblings, names, side, context }: Walk,
  value: Located,
  from: 'request' | 'response',
): readonly DataClassEvidence[] {
  const found: DataClassEvidence[] = []
  const seen = new Set<string>()
  const queue: Step[] = [{ value, at: from, key: '', areas: context, schema: null, siblings: [] }]
  // First in, first out: if the bound cuts anything off, it is what lies deepest.
  for (let next = 0; next < queue.length; next++) {
    const step = queue[next]
    if (step === undefined) break
    const beside =
      siblings && isJsonObject(step.value.value) ? besideReference(step.value.value) : undefined
    if (beside !== undefined && queue.length < MAX_CLASSIFIED)
      queue.push({ ...step, value: { value: beside, pointer: step.value.pointer } })
    const end = follow(document, step.value)
    if (!end.ok || !isJsonObject(end.value)) continue
    const component = componentName(end.pointer)
    const schema = component ?? step.schema
    const named = component === undefined ? 0 : loud(names(component).areas)
    const areas = step.areas | named
    // Once for each context, key and schema; a cycle ends here.
    const mark = `${end.pointer} ${areas} ${step.key}`
    if (seen.has(mark)) continue
    seen.add(mark)
    if (step.key !== '')
      found.push(...matchLeaf(leafOf(end.value, { ...step, areas, schema }, names, side)))
    for (const inner of inside(end.value, end.pointer, { ...step, areas, schema }, names)) {
      if (queue.length >= MAX_CLASSIFIED) break
      queue.push(inner)
    }
  }
  return found
}

function* inside(
  schema: JsonObject,
  pointer: string,
  step: Step,
  names: Vocabulary,
): Generator<Step> {
  for (const part of alternativesOf(schema, pointer)) yield { ...step, value: part }
  for (const [at, value] of unnamedOf(schema, pointer))
    yield { ...step, value, at: `${step.at}${at}` }
  const properties = [...propertiesOf(schema, pointer)].slice(0, MAX_CLASSIFIED)
  const siblings = properties.slice(0, MAX_SIBLINGS).map(([name]) => names(name))
  for (const [name, value] of properties) {
    const opened = names(name).areas
    // Links and paging carry addresses, whatever lies around them.
    if (isSilent(opened)) continue
    yield {
      ...step,
      value,
      key: name,
      at: `${step.at}.${name}`,
      areas: step.areas | opened,
      siblings,
    }
  }
}

/** What is looked at is a value that is there, or a name above one: only scalars, and lists of scalars, are evidence. */
function leafOf(schema: JsonObject, step: Step, names: Vocabulary, side: Side): Leaf {
  const composite =
    isJsonObject(schema['properties']) ||
    schema['items'] !== undefined ||
    ['prefixItems', 'allOf', 'oneOf', 'anyOf'].some((keyword) => Array.isArray(schema[keyword]))
  const text = (member: string): string | null => {
    const value = schema[member]
    return typeof value === 'string' ? value.slice(0, 200) : null
  }
  return {
    key: step.key,
    name: composite ? null : names(step.key),
    areas: step.areas,
    side,
    at: step.at,
    format: text('format'),
    pattern: text('pattern'),
    boolean: [schema['type']].flat().every((type) => type === 'boolean' || type === 'null'),
    schema: step.schema,
    siblings: step.siblings,
  }
}

function componentName(pointer: string): string | undefined {
  const [first, second, name, more] = tokensOf(pointer)
  return first === 'components' && second === 'schemas' && more === undefined ? name : undefined
}

/** The best evidence of each class, at most `MAX_EVIDENCE`, classes in order of their name. */
function best(found: readonly DataClassEvidence[]): readonly DataClassEvidence[] {
  const byClass = new Map<string, DataClassEvidence[]>()
  const seen = new Set<string>()
  for (const item of found) {
    const key = `${item.dataClass} ${item.at}`
    if (seen.has(key)) continue
    seen.add(key)
    const list = byClass.get(item.dataClass) ?? []
    byClass.set(item.dataClass, list)
    list.push(item)
  }
  return [...byClass.keys()]
    .sort()
    .flatMap((name) =>
      (byClass.get(name) ?? [])
        .sort((a, b) => RANK[a.confidence] - RANK[b.confidence])
        .slice(0, MAX_EVIDENCE),
    )
}
