/** The schema programs of one API, as the rules use them: made lazily, shared by its operations. */
import {
  type LinearRegex,
  type NodeId,
  type Project,
  prepareProjector,
  type SchemaNode,
  type SchemaProgram,
  type Selection,
} from '../schema/index.ts'
import type { PlanParameter } from './plan.ts'

export interface Schemas {
  node(id: NodeId): SchemaNode
  /** Whether the decoded values (at least one) are what the parameter's schema allows. */
  parameter(parameter: PlanParameter): (values: readonly string[]) => boolean
  /** What is wrong with a JSON text, without repeating any of it. */
  body(id: NodeId, maxDepth: number): (text: string) => string | undefined
  projector(id: NodeId, selection: Selection): Project
}
export interface KernelEnvironment {
  readonly regex: LinearRegex
}
export function prepareSchemas(program: SchemaProgram, env: KernelEnvironment): Schemas {
  void env
  return {
    node(id) {
      const node = program.nodes[id]
      if (node === undefined) throw new TypeError(`schema node ${id} is not in the plan`)
      return node
    },
    parameter: () => () => true,
    body: () => () => 'not yet',
    projector: (id, selection) => prepareProjector(program, id, selection),
  }
}
