/** The schema programs of one API, as the rules use them. */
import {
  type FindUndeclared,
  type LinearRegex,
  makeDesk,
  type NodeId,
  type Project,
  prepareParameter,
  prepareProjector,
  prepareUndeclared,
  prepareValidator,
  type SchemaNode,
  type SchemaProgram,
  type Selection,
  type Validate,
  type Validation,
} from '../schema/index.ts'
import type { PlanParameter } from './plan.ts'

export interface KernelEnvironment {
  /** Runs the patterns of specifications. */
  readonly regex: LinearRegex
}

/** @throws TypeError from each, for a node that is not in the plan: the API is closed. */
export interface Schemas {
  node(id: NodeId): SchemaNode
  /** Judges the decoded values of a parameter, as they came. */
  parameter(parameter: PlanParameter): (values: readonly string[]) => Validation
  /** Judges a JSON text that a client sent. */
  body(id: NodeId, maxDepth: number): Validate
  /** Finds what a client sent and no schema declares. */
  undeclared(id: NodeId, mayStand: (name: string) => boolean): FindUndeclared
  /** Judges a JSON text that the bank sent. */
  answer(id: NodeId, maxDepth: number): Validate
  projector(id: NodeId, selection: Selection): Project
}

export function prepareSchemas(program: SchemaProgram, { regex }: KernelEnvironment): Schemas {
  function node(id: NodeId): SchemaNode {
    const found = program.nodes[id]
    if (found === undefined) throw new TypeError(`schema node ${id} is not in the plan`)
    return found
  }
  // One request is projected at a time.
  const desk = makeDesk()
  return {
    node,
    parameter({ schema, list }) {
      node(schema)
      return prepareParameter(program, schema, { regex, list })
    },
    body(id, maxDepth) {
      node(id)
      return prepareValidator(program, id, { regex, direction: 'request', maxDepth })
    },
    undeclared(id, mayStand) {
      return prepareUndeclared(program, id, { regex, mayStand })
    },
    answer(id, maxDepth) {
      node(id)
      return prepareValidator(program, id, { regex, direction: 'response', maxDepth })
    },
    projector(id, selection) {
      node(id)
      return prepareProjector(program, id, selection, { regex, desk })
    },
  }
}
