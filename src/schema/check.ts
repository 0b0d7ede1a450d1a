/** Checks of the nodes of a program against a tree, made when a value first meets a node and kept. */
import { checkObject } from './check-object.ts'
import { checkNumber, checkString } from './check-scalar.ts'
import type { NodeId, SchemaNode, SchemaProgram } from './program.ts'
import type { LinearRegex } from './regex.ts'
import { MAX_DEPTH } from './scan.ts'
import { readTree, treeKey } from './tree.ts'
import { broken, type Check, type Checks, type Violation, within } from './violation.ts'

export function makeChecks(
  program: SchemaProgram,
  options: { readonly regex: LinearRegex; readonly direction: 'request' | 'response' },
): Checks {
  const made = new Map<NodeId, Check>()
  const checks: Checks = {
    ...options,
    of(id) {
      const met = made.get(id)
      if (met !== undefined) return met
      const node = program.nodes[id]
      const check = limited(node === undefined ? broken('unsound') : checkOf(node, checks))
      made.set(id, check)
      return check
    },
  }
  return checks
}

/** Once the work is used up, everything fails, and the caller sees that `left` is negative. */
function limited(check: Check): Check {
  return (tree, work) => (--work.left < 0 ? { at: '', reason: 'too-complex' } : check(tree, work))
}

function checkOf(node: SchemaNode, checks: Checks): Check {
  if ('nullable' in node && node.nullable) {
    const { nullable: _, ...rest } = node
    const check = checkOf(rest, checks)
    return (tree, work) => (tree.kind === 'null' ? undefined : check(tree, work))
  }
  switch (node.kind) {
    case 'any':
      return () => undefined
    case 'unsound':
      return broken('unsound')
    case 'object':
      return checkObject(node, checks)
    case 'array':
      return checkArray(node, checks)
    case 'string':
      return checkString(node, checks.regex)
    case 'number':
    case 'integer':
      return checkNumber(node)
    case 'boolean':
      return (tree) => (tree.kind === 'boolean' ? undefined : { at: '', reason: 'type' })
    case 'enum': {
      const keys = new Set(node.values.map(keyOfText))
      return (tree) => (keys.has(treeKey(tree)) ? undefined : { at: '', reason: 'enum' })
    }
    case 'all':
      return checkAll(node.of, checks)
    case 'one':
    case 'some':
      return checkBranches(node, checks)
    case 'not': {
      const inner = node.of
      return (tree, work) => {
        const violation = checks.of(inner)(tree, work)
        if (violation === undefined) return { at: '', reason: 'not' }
        // What cannot be checked has not been shown to fail.
        return violation.reason === 'unsound' ? violation : undefined
      }
    }
    default:
      return node satisfies never
  }
}

function keyOfText(text: string): string {
  const tree = readTree(text, MAX_DEPTH)
  return typeof tree === 'string' ? text : treeKey(tree)
}

function checkArray(node: Extract<SchemaNode, { readonly kind: 'array' }>, checks: Checks): Check {
  const { items, minItems = 0, maxItems = Infinity, uniqueItems } = node
  return (tree, work) => {
    if (tree.kind !== 'array') return { at: '', reason: 'type' }
    if (tree.items.length < minItems) return { at: '', reason: 'minItems' }
    if (tree.items.length > maxItems) return { at: '', reason: 'maxItems' }
    if (uniqueItems && new Set(tree.items.map(treeKey)).size < tree.items.length)
      return { at: '', reason: 'uniqueItems' }
    const check = checks.of(items)
    for (const [index, item] of tree.items.entries()) {
      const violation = check(item, work)
      if (violation !== undefined) return within(index, violation)
    }
    return undefined
  }
}

function checkAll(of: readonly NodeId[], checks: Checks): Check {
  return (tree, work) => {
    for (const id of of) {
      const violation = checks.of(id)(tree, work)
      if (violation !== undefined) return violation
    }
    return undefined
  }
}

type Branches = Extract<SchemaNode, { readonly kind: 'all' | 'one' | 'some' }>

function checkBranches(node: Branches, checks: Checks): Check {
  const mapping = new Map(Object.entries(node.discriminator?.mapping ?? {}))
  return (tree, work) => {
    if (node.discriminator !== undefined && tree.kind === 'object') {
      const named = tree.members.get(node.discriminator.property)
      const branch = named?.kind === 'string' ? mapping.get(named.value) : undefined
      return branch === undefined
        ? { at: '', reason: 'discriminator' }
        : checks.of(branch)(tree, work)
    }
    let passed = 0
    let unsound: Violation | undefined
    for (const id of node.of) {
      const violation = checks.of(id)(tree, work)
      if (violation === undefined) passed++
      else if (violation.reason === 'unsound') unsound ??= violation
      if (passed > 0 && node.kind === 'some') return undefined
    }
    if (passed === 1) return undefined
    if (passed === 0 && unsound !== undefined) return unsound
    return { at: '', reason: node.kind === 'one' ? 'oneOf' : 'anyOf' }
  }
}
