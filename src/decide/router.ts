/**
 * Finds the operation of a judged path: the API with the longest base path, then its templates, fixed text before parameters at each
 * segment (OpenAPI 3.0 §4.7.8.1: concrete before templated). A path is matched first, then its method: a concrete path that lacks
 * the method is 405 and never falls through to a templated one, which the bank might route differently. HEAD is a method like any
 * other: it is served where it is declared, and not because GET is.
 */
import { capture, type SegmentTemplate } from './template.ts'

/** Owned by the builder until `prepare` returns; read only afterwards. */
export interface PathNode<T> {
  readonly literals: Map<string, PathNode<T>>
  readonly mixed: { readonly template: SegmentTemplate; readonly node: PathNode<T> }[]
  parameter: PathNode<T> | undefined
  /** Present where a template ends. */
  methods: Map<string, T> | undefined
}

export function pathNode<T>(): PathNode<T> {
  return { literals: new Map(), mixed: [], parameter: undefined, methods: undefined }
}

/** @throws TypeError for a second operation at the same place. */
export function addRoute<T>(
  root: PathNode<T>,
  method: string,
  templates: readonly SegmentTemplate[],
  value: T,
): void {
  let node = root
  for (const template of templates) node = step(node, template)
  node.methods ??= new Map()
  if (node.methods.has(method)) throw new TypeError(`${method}: two operations at one path`)
  node.methods.set(method, value)
}

/** The methods of the path, or `undefined` if no template matches. Each node is entered at most once, so templates bound the work. */
export function findPath<T>(
  node: PathNode<T>,
  segments: readonly string[],
  at: number,
): ReadonlyMap<string, T> | undefined {
  const segment = segments[at]
  if (segment === undefined) return node.methods
  const fixed = node.literals.get(segment)
  if (fixed !== undefined) {
    const found = findPath(fixed, segments, at + 1)
    if (found !== undefined) return found
  }
  // A trailing slash ends in an empty segment, which only fixed text can match.
  if (segment === '') return undefined
  for (const { template, node: next } of node.mixed) {
    if (!capture(template, segment, new Map())) continue
    const found = findPath(next, segments, at + 1)
    if (found !== undefined) return found
  }
  return node.parameter === undefined ? undefined : findPath(node.parameter, segments, at + 1)
}

/** Base paths of all APIs, by whole segments; the deepest that matches wins, without a second try at a shorter one. */
export interface BaseNode<A> {
  readonly children: Map<string, BaseNode<A>>
  api: A | undefined
}

export function baseNode<A>(): BaseNode<A> {
  return { children: new Map(), api: undefined }
}

export function addBase<A>(root: BaseNode<A>, base: readonly SegmentTemplate[]): BaseNode<A> {
  let node = root
  for (const segment of base) {
    const text = segment.kind === 'literal' ? segment.text : ''
    let child = node.children.get(text)
    if (child === undefined) node.children.set(text, (child = baseNode()))
    node = child
  }
  return node
}

export function findBase<A>(root: BaseNode<A>, segments: readonly string[]): A | undefined {
  let best = root.api
  let node: BaseNode<A> | undefined = root
  for (const segment of segments) {
    node = node.children.get(segment)
    if (node === undefined) break
    best = node.api ?? best
  }
  return best
}

function step<T>(node: PathNode<T>, template: SegmentTemplate): PathNode<T> {
  if (template.kind === 'parameter') return (node.parameter ??= pathNode())
  if (template.kind === 'literal') {
    const known = node.literals.get(template.text)
    if (known !== undefined) return known
    const fresh = pathNode<T>()
    node.literals.set(template.text, fresh)
    return fresh
  }
  const shape = JSON.stringify(template.literals)
  const same = node.mixed.find(
    (edge) => edge.template.kind === 'mixed' && JSON.stringify(edge.template.literals) === shape,
  )
  if (same !== undefined) return same.node
  const edge = { template, node: pathNode<T>() }
  node.mixed.push(edge)
  // More fixed text first, as fixed text beats parameters.
  node.mixed.sort((a, b) => fixedLength(b.template) - fixedLength(a.template))
  return edge.node
}

function fixedLength(template: SegmentTemplate): number {
  return template.kind === 'mixed' ? template.literals.join('').length : 0
}
