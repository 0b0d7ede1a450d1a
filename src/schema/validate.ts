/** Validation of a JSON text against a schema, for requests (and for answers, where somebody asks). */
import { makeChecks } from './check.ts'
import type { NodeId, SchemaProgram } from './program.ts'
import type { LinearRegex } from './regex.ts'
import { MAX_DEPTH } from './scan.ts'
import { type GrammarFault, type JsonTree, readTree } from './tree.ts'
import type { Broken } from './violation.ts'

export interface ValidatorOptions {
  readonly regex: LinearRegex
  readonly direction: 'request' | 'response'
  /** Containers inside one another. */
  readonly maxDepth?: number
}

export type ViolationReason = Broken | GrammarFault | 'repeated'

export type Validation =
  | { readonly ok: true }
  /** `at`: a path of declared names, indexes and `*`; no value of the text is in it. `reason`: the keyword that does not hold. */
  | { readonly ok: false; readonly at: string; readonly reason: ViolationReason }

/** `read`: how the text is read, for whoever keeps what was read of it; absent: `readTree`. */
export type Validate = (text: string, read?: typeof readTree) => Validation

/** Prepares a validator. Cheap: a node is prepared when a value first meets it. */
export function prepareValidator(
  program: SchemaProgram,
  root: NodeId,
  { regex, direction, maxDepth = MAX_DEPTH }: ValidatorOptions,
): Validate {
  const validate = treeValidator(program, root, { regex, direction })
  return (text, read = readTree) => {
    const tree = read(text, maxDepth)
    return typeof tree === 'string'
      ? { ok: false, at: '', reason: tree }
      : validate(tree, text.length)
  }
}

/** Checks of nodes that a value of `length` characters may cost: far above what any sound schema needs. */
export function workLimit(length: number): number {
  return 10_000 + 10 * length
}

export function treeValidator(
  program: SchemaProgram,
  root: NodeId,
  options: { readonly regex: LinearRegex; readonly direction: 'request' | 'response' },
): (tree: JsonTree, length: number) => Validation {
  const checks = makeChecks(program, options)
  return (tree, length) => {
    const work = { left: workLimit(length) }
    const violation = checks.of(root)(tree, work)
    // Past the limit an alternative may have failed for that reason alone: no verdict stands.
    if (work.left < 0) return { ok: false, at: '', reason: 'too-complex' }
    return violation === undefined ? { ok: true } : { ok: false, ...violation }
  }
}
