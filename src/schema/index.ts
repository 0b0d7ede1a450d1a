export {
  type CompiledSchemas,
  compileSchemas,
  dialectOf,
  type SchemaProblem,
  type SchemaSource,
} from './compile.ts'
export { MAX_COMPOSITION_DEPTH } from './compose.ts'
export { readInstant } from './instant.ts'
export type {
  ArrayNode,
  Discriminator,
  NodeId,
  NumberNode,
  ObjectNode,
  SchemaNode,
  SchemaProgram,
  StringNode,
} from './program.ts'
export { type ParameterOptions, prepareParameter } from './parameter.ts'
export { type Project, prepareProjector, type ProjectorOptions } from './project.ts'
export type { LinearPattern, LinearRegex } from './regex.ts'
export type {
  FieldPath,
  LinkPlace,
  Projected,
  RowFacts,
  RowRule,
  RowTest,
  Selection,
} from './selection.ts'
export { MAX_DEPTH } from './scan.ts'
export { type GrammarFault, type JsonTree, readTree, treeKey } from './tree.ts'
export { type FindUndeclared, prepareUndeclared } from './undeclared.ts'
export { type Desk, makeDesk } from './units.ts'
export {
  prepareValidator,
  type Validate,
  type Validation,
  type ValidatorOptions,
  type ViolationReason,
} from './validate.ts'
