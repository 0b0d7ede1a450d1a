/**
 * The serialisable form of the schemas of one API: a table of nodes that refer to each other by index, so that recursion is free and
 * operations share what they have in common. It is part of the signed plan; closures are made from it lazily, at run time.
 */
export type NodeId = number

export interface SchemaProgram {
  readonly format: 1
  readonly nodes: readonly SchemaNode[]
}

export type SchemaNode =
  /** A sound schema that constrains nothing (`{}`). */
  | { readonly kind: 'any' }
  /** Cannot be enforced as written: a value that meets it is refused (request) or does not leave (response). */
  | { readonly kind: 'unsound'; readonly pointer: string; readonly reason: string }
  | ObjectNode
  | ArrayNode
  | StringNode
  | NumberNode
  | { readonly kind: 'boolean'; readonly nullable?: true }
  | {
      readonly kind: 'all' | 'one' | 'some'
      readonly of: readonly NodeId[]
      readonly nullable?: true
      readonly discriminator?: Discriminator
    }
  | { readonly kind: 'not'; readonly of: NodeId }
  | { readonly kind: 'enum'; readonly values: readonly string[]; readonly nullable?: true } // canonical JSON texts

export interface Discriminator {
  readonly property: string
  readonly mapping: Readonly<Record<string, NodeId>>
}

export interface ObjectNode {
  readonly kind: 'object'
  readonly nullable?: true
  readonly properties: readonly (readonly [name: string, node: NodeId])[]
  readonly required?: readonly string[]
  /** Absent: nothing said (validates, never projected). `true`: said so in the schema. `false`: refused. A node: typed map. */
  readonly additional?: boolean | NodeId
  readonly minProperties?: number
  readonly maxProperties?: number
  /** Names marked `readOnly` (refused in requests) and `writeOnly` (never leave in responses). */
  readonly readOnly?: readonly string[]
  readonly writeOnly?: readonly string[]
}

export interface ArrayNode {
  readonly kind: 'array'
  readonly nullable?: true
  readonly items: NodeId
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: true
}

export interface StringNode {
  readonly kind: 'string'
  readonly nullable?: true
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  readonly enum?: readonly string[]
}

export interface NumberNode {
  readonly kind: 'number' | 'integer'
  readonly nullable?: true
  /** Bounds as decimal texts: a number keeps its text from the wire to the check. */
  readonly minimum?: string
  readonly maximum?: string
  readonly exclusiveMinimum?: true
  readonly exclusiveMaximum?: true
  readonly multipleOf?: string
  readonly format?: string
  readonly enum?: readonly string[]
}
