/**
 * YAML 1.2 (core schema, and the merge key `<<` that many published files use) into plain values with places. The package's own
 * `toJS` is not used: it expands nothing that can be counted and keeps no places. Depth is watched while the text is read, before
 * anything recursive sees it; an alias counts as much as what it stands for.
 */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type YAMLMap,
} from 'yaml'
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import { MAX_DEPTH, MAX_SYNTAX_ERRORS, MAX_VALUES } from '../limits.ts'
import type { Mark } from './mark.ts'
import { readPlainYaml } from './plain-yaml.ts'
import {
  type Duplicate,
  emptyObject,
  type SourceDocument,
  type SourceProblem,
  type SourceResult,
  type Stop,
} from './source-document.ts'

/** The reader's stack holds about one token per level, two where a list stands in a map. */
const STACK_SLACK = 2 * MAX_DEPTH + 10

/** Reads a text as one YAML document. Throws `Stop` at a limit. */
export function readYaml(text: string): SourceResult {
  const quick = readPlainYaml(text)
  return quick === undefined ? readAnyYaml(text) : { ok: true, value: quick }
}

/** By the package alone: six times slower, and it knows all of YAML and what is wrong with a text. */
export function readAnyYaml(text: string): SourceResult {
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, merge: false })
  const documents = [...composer.compose(tokens(text), true, text.length)]
  const [document, second] = documents
  if (document === undefined) return { ok: false, error: [syntax('The file is empty.', 0)] }
  if (document.errors.length > 0)
    return {
      ok: false,
      error: document.errors
        .slice(0, MAX_SYNTAX_ERRORS)
        .map((error) => syntax(sentence(error.message), error.pos[0])),
    }
  if (second !== undefined)
    return {
      ok: false,
      error: [syntax('The file holds more than one YAML document.', second.range[0])],
    }
  return { ok: true, value: plain(document) }
}

function* tokens(text: string): Generator<Parameters<Composer['next']>[0]> {
  const parser = new Parser()
  let offset = 0
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    offset += lexeme.length
    if (parser.stack.length > STACK_SLACK) throw tooDeep(Math.min(offset, text.length))
  }
  yield* parser.end()
}

interface Read {
  readonly value: JsonValue
  readonly mark: Mark
  /** Values in it, itself included, with aliases expanded. */
  readonly size: number
  /** Levels of objects and arrays in it. */
  readonly height: number
}

function plain(document: Document): SourceDocument {
  const duplicates: Duplicate[] = []
  const oddities: SourceProblem[] = document.warnings.map((warning) =>
    syntax(sentence(warning.message), warning.pos[0]),
  )
  const anchors = new Map<string, Read | 'open'>()
  const path: string[] = []
  let total = 0

  const spend = (values: number, offset: number): void => {
    total += values
    if (total > MAX_VALUES) throw limit(`more than ${MAX_VALUES} values`, offset)
  }
  const odd = (message: string, offset: number): null => {
    oddities.push({ code: 'GH_INVENTORY_SHAPE', message, offset })
    return null
  }

  const read = (node: Node | null, key: number | undefined): Read => {
    const offset = node?.range?.[0] ?? key ?? 0
    const keyAt = key ?? offset
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target === 'open') throw limit('an alias inside what it stands for', offset)
      if (target === undefined) return scalar(odd('The alias stands for nothing.', offset), offset)
      spend(target.size, offset)
      if (path.length + target.height > MAX_DEPTH) throw tooDeep(offset)
      return { ...target, mark: { ...target.mark, key: keyAt } }
    }
    spend(1, offset)
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) anchors.set(anchor, 'open')
    const result = isMap(node)
      ? mapping(node, offset, keyAt)
      : isSeq(node)
        ? sequence(node.items as readonly (Node | null)[], offset, keyAt) // sound: a composed list holds nodes
        : { ...scalar(scalarValue(node, offset), offset), mark: leaf(offset, keyAt) }
    if (anchor !== undefined) anchors.set(anchor, result)
    return result
  }

  const scalarValue = (node: Node | null, offset: number): JsonValue => {
    const value: unknown = isScalar(node) ? node.value : null
    if (typeof value === 'number' && !Number.isFinite(value))
      return odd('A number that JSON does not know is read as null.', offset)
    if (value === null || value === undefined) return null
    // JSON has no negative zero that is kept when it is written.
    if (value === 0) return 0
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value
    return odd('A value that JSON does not know is read as null.', offset)
  }

  const keyText = (key: unknown, offset: number): string | null => {
    const target = isAlias(key) ? anchors.get(key.source) : undefined
    if (target !== undefined && target !== 'open' && typeof target.value === 'string')
      return target.value
    if (isScalar(key) && key.value !== null)
      return typeof key.value === 'string' ? key.value : (key.source ?? JSON.stringify(key.value))
    return odd('A key is not a text; it and its value are left out.', offset)
  }

  const mapping = (node: YAMLMap, offset: number, keyAt: number): Read => {
    if (path.length >= MAX_DEPTH) throw tooDeep(offset)
    const value = emptyObject()
    const children = new Map<string, Mark>()
    const merged: Read[] = []
    let size = 1
    let height = 0
    for (const pair of node.items) {
      // sound: the composer makes pairs of nodes, or null where nothing was written
      const keyNode = pair.key as Node | null
      const at = keyNode?.range?.[0] ?? offset
      const name = keyText(keyNode, at)
      path.push(name ?? '')
      const member = read(pair.value as Node | null, at) // sound: as above
      if (name !== null && isMergeKey(keyNode)) {
        if (!canMerge(member.value))
          odd('A merge key (<<) takes a map or a list of maps; it and its value are left out.', at)
        merged.push(member)
      } else if (name !== null && children.has(name))
        duplicates.push({ tokens: [...path], value: member.value, offset: at })
      else if (name !== null) {
        value[name] = member.value
        children.set(name, member.mark)
      }
      path.pop()
      size += member.size
      height = Math.max(height, member.height)
    }
    for (const source of merged) mergeInto(value, children, source)
    return { value, size, height: height + 1, mark: { offset, key: keyAt, children } }
  }

  const sequence = (items: readonly (Node | null)[], offset: number, keyAt: number): Read => {
    if (path.length >= MAX_DEPTH) throw tooDeep(offset)
    const reads = items.map((item, index) => {
      path.push(String(index))
      const result = read(item, undefined)
      path.pop()
      return result
    })
    return {
      value: reads.map((item) => item.value),
      mark: { offset, key: keyAt, children: reads.map((item) => item.mark) },
      size: reads.reduce((sum, item) => sum + item.size, 1),
      height: reads.reduce((most, item) => Math.max(most, item.height), 0) + 1,
    }
  }

  const root = read(document.contents, undefined)
  return { value: root.value, marks: root.mark, duplicates, oddities }
}

/** YAML 1.1 merge: members that the object does not have itself; of several sources the first wins. */
function mergeInto(
  value: Record<string, JsonValue>,
  children: Map<string, Mark>,
  source: Read,
): void {
  const list = Array.isArray(source.value) ? source.value : [source.value]
  const marks = Array.isArray(source.value) ? source.mark.children : [source.mark]
  list.forEach((item: JsonValue, index) => {
    const mark = Array.isArray(marks) ? (marks[index] as Mark | undefined) : undefined // sound: an array of marks
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return
    for (const [name, member] of Object.entries(item)) {
      if (children.has(name)) continue
      const place = mark?.children instanceof Map ? mark.children.get(name) : undefined
      value[name] = member
      children.set(name, place ?? source.mark)
    }
  })
}

function canMerge(value: JsonValue): boolean {
  return Array.isArray(value) ? value.every(isJsonObject) : isJsonObject(value)
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}
function leaf(offset: number, key: number): Mark {
  return { offset, key, children: null }
}
function scalar(value: JsonValue, offset: number): Read {
  return { value, mark: leaf(offset, offset), size: 1, height: 0 }
}
function syntax(message: string, offset: number): SourceProblem {
  return { code: 'GH_INVENTORY_SYNTAX', message, offset }
}
function sentence(message: string): string {
  const line = message.split('\n')[0] ?? ''
  return line.endsWith('.') ? line : `${line}.`
}
function limit(what: string, offset: number): Stop {
  return { stop: { code: 'GH_INVENTORY_LIMIT', message: `The document has ${what}.`, offset } }
}
function tooDeep(offset: number): Stop {
  return limit(`more than ${MAX_DEPTH} levels`, offset)
}
