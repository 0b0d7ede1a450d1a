/**
 * Compiles the schemas of an OpenAPI document into a program. Never throws and never fetches: what cannot be enforced as written
 * becomes an `unsound` node with a problem, and the rest of the document is compiled all the same. A document that says
 * `openapi: 3.1.x` is read by JSON Schema 2020-12 (OpenAPI 3.1.1 §4.8.24); every other one by the OpenAPI Specification 3.0.3, Schema
 * Object, and JSON Schema Validation draft wright-00 where that refers to it.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'
import { settleCompositions } from './compose.ts'
import { componentOf } from './discriminator.ts'
import { readKeywords } from './keywords.ts'
import { localPointer, lookUpIn, pointerToken, type Resolved, resolve } from './pointer.ts'
import type { NodeId, SchemaNode, SchemaProgram } from './program.ts'
import type { LinearRegex } from './regex.ts'
import { node2020 } from './node-2020.ts'
import { schemaNode } from './schema-node.ts'

export interface SchemaSource {
  /** The whole OpenAPI document. */
  readonly document: JsonValue
  /** JSON pointers of the schemas to compile: `/paths/~1accounts/get/responses/200/content/application~1json/schema`. */
  readonly roots: readonly string[]
  readonly regex: LinearRegex
}

export interface SchemaProblem {
  /** JSON pointer of the keyword, or of the schema. */
  readonly pointer: string
  readonly reason: string
}

export interface CompiledSchemas {
  readonly program: SchemaProgram
  /** One entry for each root, by the pointer that was asked for. */
  readonly roots: ReadonlyMap<string, NodeId>
  readonly problems: readonly SchemaProblem[]
}

/** What the makers of nodes need of the compiler. */
export interface Compiler {
  /** The node of the schema at a JSON pointer; the same for every way that leads there. */
  at(pointer: string): NodeId
  /** A further node for a part of the schema at `pointer`. */
  add(node: SchemaNode, pointer: string): NodeId
  /** The schema at a pointer after its references, if it is an object. */
  peek(pointer: string): JsonObject | undefined
  /** The name of the component that the schema at `pointer` refers to, if it is a reference to one. */
  componentName(pointer: string): string | undefined
  /** The schema as it is written at a pointer, its own `$ref` not followed. */
  written(pointer: string): JsonObject | undefined
  readonly dialect: SchemaDialect
  readonly regex: LinearRegex
}

export type SchemaDialect = 'openapi-3.0' | '2020-12'

/** The dialect a document's schemas are written in. */
export function dialectOf(document: JsonValue): SchemaDialect {
  const version = isJsonObject(document) ? document['openapi'] : undefined
  return typeof version === 'string' && version.startsWith('3.1.') ? '2020-12' : 'openapi-3.0'
}

/** An engine that compiles each pattern once: a specification has few, and names each many times. */
function remembering(engine: LinearRegex): LinearRegex {
  const known = new Map<string, ReturnType<LinearRegex['compile']>>()
  return {
    compile(pattern) {
      const met = known.get(pattern) ?? engine.compile(pattern)
      known.set(pattern, met)
      return met
    },
  }
}

/** Nobody nests schemas this deep by hand; every level costs its path again. */
export const MAX_POINTER_CHARS = 8192

/** Compiles `roots` and everything they reach. Work is linear in the document: each place is compiled once. */
export function compileSchemas({ document, roots, regex: engine }: SchemaSource): CompiledSchemas {
  const regex = remembering(engine)
  const dialect = dialectOf(document)
  const siblings = dialect === '2020-12'
  const find = lookUpIn(document)
  const nodes: SchemaNode[] = []
  const places: string[] = []
  const known = new Map<string, NodeId>()
  const problems: SchemaProblem[] = []
  /** Schemas seen but not compiled yet: a queue, so that a deep document costs no stack. */
  const queue: { readonly id: NodeId; readonly pointer: string; readonly value: JsonValue }[] = []

  const unsound = (pointer: string, keyword: string, reason: string): SchemaNode => {
    problems.push({
      pointer: keyword === '' ? pointer : `${pointer}/${pointerToken(keyword)}`,
      reason,
    })
    return { kind: 'unsound', pointer, reason }
  }
  const compiler: Compiler = {
    regex,
    dialect,
    at(pointer) {
      const met = known.get(pointer)
      if (met !== undefined) return met
      const target: Resolved =
        pointer.length <= MAX_POINTER_CHARS
          ? resolve(find, pointer, siblings)
          : {
              ok: false,
              reason: `the schema is nested beyond ${MAX_POINTER_CHARS} characters of path`,
            }
      let id: NodeId
      if (target.ok) {
        id = known.get(target.pointer) ?? compiler.add({ kind: 'any' }, target.pointer)
        if (!known.has(target.pointer))
          queue.push({ id, pointer: target.pointer, value: target.value })
        known.set(target.pointer, id)
      } else id = compiler.add(unsound(pointer, '', target.reason), pointer)
      known.set(pointer, id)
      return id
    },
    add(node, pointer) {
      places.push(pointer)
      return nodes.push(node) - 1
    },
    peek(pointer) {
      const target = resolve(find, pointer, siblings)
      return target.ok && isJsonObject(target.value) ? target.value : undefined
    },
    written(pointer) {
      const value = find(pointer)
      return isJsonObject(value) ? value : undefined
    },
    componentName(pointer) {
      const value = find(pointer)
      return isJsonObject(value) && Object.hasOwn(value, '$ref')
        ? componentOf(value['$ref'])
        : undefined
    },
  }

  const ids = new Map(roots.map((root) => [root, compiler.at(localPointer(root) ?? root)]))
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    const { id, pointer, value } = item
    if (siblings && typeof value === 'boolean') {
      // 2020-12 §4.3.2: `true` is `{}`, `false` is `{ not: {} }`
      nodes[id] = value
        ? { kind: 'any' }
        : { kind: 'not', of: compiler.add({ kind: 'any' }, pointer) }
      continue
    }
    if (!isJsonObject(value)) {
      nodes[id] = unsound(pointer, '', 'a schema must be an object')
      continue
    }
    const words = readKeywords(value)
    try {
      const node = (siblings ? node2020 : schemaNode)(words, pointer, compiler)
      const fault = words.fault()
      nodes[id] = fault === undefined ? node : unsound(pointer, fault.keyword, fault.reason)
    } catch {
      // An `enum` value nested thousands deep exhausts the stack of whoever writes it out.
      nodes[id] = unsound(pointer, '', 'the schema cannot be read')
    }
  }
  settleCompositions(nodes, (id, reason) => unsound(places[id] ?? '', '', reason))
  return { program: { format: 1, nodes }, roots: ids, problems }
}
