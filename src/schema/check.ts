/** Checks of the nodes of a program against a tree, made when a value first meets a node and kept. */
import { checkObject } from './check-object.ts'
import { checkNumber, checkString } from './check-scalar.ts'
import { judgedMembers } from './judged.ts'
import { type Branches, namedBranch } from './named-branch.ts'
import type { ArrayNode, ClosedNode, NodeId, SchemaNode, SchemaProgram } from './program.ts'
import type { LinearPattern, LinearRegex } from './regex.ts'
import { MAX_DEPTH } from './scan.ts'
import { type JsonTree, readTree, treeKey } from './tree.ts'
import { broken, type Check, type Checks, type Violation, within, type Work } from './violation.ts'

export function makeChecks(
  program: SchemaProgram,
  options: {
    readonly regex: LinearRegex
    readonly direction: 'request' | 'response'
    readonly stripped?: boolean
  },
): Checks {
  const made = new Map<NodeId, Check>()
  const patterns = new Map<string, LinearPattern | undefined>()
  const checks: Checks = {
    stripped: false,
    ...options,
    judged: (id, tree, work) => judgedMembers(id, tree, work, program, checks),
    matches(pattern, name) {
      let compiled = patterns.get(pattern)
      if (compiled === undefined && !patterns.has(pattern)) {
        const made = options.regex.compile(pattern)
        compiled = 'refused' in made ? undefined : made
        patterns.set(pattern, compiled)
      }
      return compiled?.test(name) === true
    },
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
    case 'if':
      return checkIf(node, checks)
    case 'kinds': {
      const of = new Map<JsonTree['kind'], NodeId>(node.of)
      return (tree, work) => {
        const id = of.get(tree.kind)
        if (id !== undefined) return checks.of(id)(tree, work)
        return node.open ? undefined : { at: '', reason: 'type' }
      }
    }
    case 'closed':
      return checkClosed(node, checks)
    default:
      return node satisfies never
  }
}

function checkIf(node: Extract<SchemaNode, { readonly kind: 'if' }>, checks: Checks): Check {
  return (tree, work) => {
    const violation = checks.of(node.test)(tree, work)
    if (violation?.reason === 'unsound') return violation
    const next = violation === undefined ? node.yes : node.no
    return next === undefined ? undefined : checks.of(next)(tree, work)
  }
}

function checkClosed(node: ClosedNode, checks: Checks): Check {
  const whole = checkAll(node.of, checks)
  const { unevaluated } = node
  return (tree, work) => {
    const violation = whole(tree, work)
    if (violation !== undefined || tree.kind !== 'object') return violation
    if (unevaluated === false && checks.stripped) return undefined
    const judged = node.of.map((id) => checks.judged(id, tree, work))
    if (judged.includes(undefined)) return undefined
    for (const [name, value] of tree.members) {
      if (judged.some((names) => names?.has(name))) continue
      if (unevaluated === false) return { at: '/*', reason: 'unevaluatedProperties' }
      const inner = checks.of(unevaluated)(value, work)
      if (inner !== undefined) return within('*', inner)
    }
    return undefined
  }
}

function keyOfText(text: string): string {
  const tree = readTree(text, MAX_DEPTH)
  return typeof tree === 'string' ? text : treeKey(tree)
}

function checkArray(node: Extract<SchemaNode, { readonly kind: 'array' }>, checks: Checks): Check {
  const { items, prefix = [], contains, minItems = 0, maxItems = Infinity, uniqueItems } = node
  return (tree, work) => {
    if (tree.kind !== 'array') return { at: '', reason: 'type' }
    if (tree.items.length < minItems) return { at: '', reason: 'minItems' }
    if (tree.items.length > maxItems) return { at: '', reason: 'maxItems' }
    if (uniqueItems && new Set(tree.items.map(treeKey)).size < tree.items.length)
      return { at: '', reason: 'uniqueItems' }
    const check = checks.of(items)
    for (const [index, item] of tree.items.entries()) {
      const first = prefix[index]
      const violation = (first === undefined ? check : checks.of(first))(item, work)
      if (violation !== undefined) return within(index, violation)
    }
    return contains === undefined ? undefined : containing(contains, tree.items, work, checks)
  }
}

function containing(
  { of, least, most = Infinity }: NonNullable<ArrayNode['contains']>,
  items: readonly JsonTree[],
  work: Work,
  checks: Checks,
): Violation | undefined {
  const check = checks.of(of)
  let found = 0
  for (const item of items) {
    const violation = check(item, work)
    if (violation?.reason === 'unsound') return violation
    if (violation === undefined) found++
  }
  return found < least || found > most ? { at: '', reason: 'contains' } : undefined
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

function checkBranches(node: Branches, checks: Checks): Check {
  return (tree, work) => {
    const named = namedBranch(node, tree)
    if (named !== undefined) {
      const [branch] = named
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
