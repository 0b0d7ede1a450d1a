/** Validation of path, query and header parameters: their text is read as what the schema declares. */
import { ARRAY, BOOLEAN, leavesOf, NUMBER, STRING } from './leaves.ts'
import type { NodeId, SchemaProgram } from './program.ts'
import type { LinearRegex } from './regex.ts'
import { endOfNumber } from './scan.ts'
import type { JsonTree } from './tree.ts'
import { unitsOf } from './units.ts'
import { treeValidator, type Validation } from './validate.ts'

export interface ParameterOptions {
  readonly regex: LinearRegex
  /** How several values come: as several parameters, between commas, or not at all. */
  readonly list: 'repeat' | 'comma' | false
}

/**
 * Prepares the check of one parameter. It takes the decoded values in order of arrival. An array is made only where the schema
 * declares one; a parameter that comes twice where one value is meant is refused. Objects are not read from parameters.
 */
export function prepareParameter(
  program: SchemaProgram,
  root: NodeId,
  { regex, list }: ParameterOptions,
): (values: string | readonly string[]) => Validation {
  const leaves = leavesOf([root], program)
  const itemNodes = leaves.nodes
    .map((id) => program.nodes[id])
    .filter((node) => node?.kind === 'array')
    .flatMap((node) => [...(node.prefix ?? []), node.items])
  const options = { regex, direction: 'request' } as const
  const validate = treeValidator(program, root, options)
  const itemValidators = itemNodes.map((id) => treeValidator(program, id, options))
  const itemKinds = leavesOf(itemNodes, program).kinds

  /** An item as the first reading that some item schema takes; else as it stands, for the refusal to name. */
  const itemOf = (text: string): JsonTree => {
    const readings = readingsOf(text, itemKinds)
    const fits = (tree: JsonTree): boolean =>
      itemValidators.some((check) => check(tree, text.length).ok)
    return readings.find(fits) ?? readings[0] ?? { kind: 'string', value: text }
  }
  return (given) => {
    const values = typeof given === 'string' ? [given] : given
    const length = values.reduce((sum, value) => sum + value.length, 0)
    const [first] = values
    const readings: JsonTree[] =
      values.length === 1 && first !== undefined ? readingsOf(first, leaves.kinds) : []
    if ((leaves.kinds & ARRAY) !== 0 && list !== false) {
      const parts = list === 'comma' ? values.flatMap((value) => value.split(',')) : values
      readings.push({ kind: 'array', items: parts.map(itemOf) })
    } else if (values.length > 1) return { ok: false, at: '', reason: 'repeated' }
    if (first === undefined) return { ok: false, at: '', reason: 'required' }
    let refusal: Validation = {
      ok: false,
      at: '',
      reason: leaves.unsound === undefined ? 'type' : 'unsound',
    }
    for (const [index, tree] of readings.entries()) {
      const verdict = validate(tree, length)
      if (verdict.ok) return verdict
      if (index === 0) refusal = verdict
    }
    return refusal
  }
}

/** What a text can be read as, of the kinds that are declared. Numbers by the grammar of JSON: no `+1`, `01`, `1.` or ` 1`. */
function readingsOf(text: string, kinds: number): JsonTree[] {
  const readings: JsonTree[] = []
  if ((kinds & NUMBER) !== 0 && text.length > 0 && endOfNumber(unitsOf(text), 0) === text.length)
    readings.push({ kind: 'number', text })
  if ((kinds & BOOLEAN) !== 0 && (text === 'true' || text === 'false'))
    readings.push({ kind: 'boolean', text })
  if ((kinds & STRING) !== 0) readings.push({ kind: 'string', value: text })
  return readings
}
