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
  /** JSON Schema 2020-12 §10.2.2: what must hold hangs on whether `test` holds. */
  | {
      readonly kind: 'if'
      readonly test: NodeId
      readonly yes?: NodeId
      readonly no?: NodeId
    }
  /**
   * A part for each kind of value. `open`: keywords without a `type`, which a value of any other kind passes (2020-12 §7.6.1);
   * otherwise a list of types.
   */
  | {
      readonly kind: 'kinds'
      readonly of: readonly (readonly [Kind, NodeId])[]
      readonly open?: true
      readonly nullable?: true
    }
  | ClosedNode
  | { readonly kind: 'enum'; readonly values: readonly string[]; readonly nullable?: true } // canonical JSON texts

export type Kind = 'object' | 'array' | 'string' | 'number' | 'boolean'

/** All of `of`, and of the members that none of them has judged what `unevaluated` says (2020-12 §11.3, `unevaluatedProperties`). */
export interface ClosedNode {
  readonly kind: 'closed'
  readonly of: readonly NodeId[]
  readonly unevaluated: false | NodeId
  /** With a schema: an object node that declares the rest by it, for projection. */
  readonly map?: NodeId
}

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
  /** `additional` is true only because nothing else was said of the object: it has judged no member (`unevaluatedProperties`). */
  readonly implied?: true
  /** `patternProperties`: a name has the schemas of all patterns it matches, beside those of `properties`. */
  readonly patterns?: readonly (readonly [pattern: string, node: NodeId])[]
  /** `propertyNames`: the schema of each name. */
  readonly names?: NodeId
  /** `dependentRequired`: what must be there if the first name is. */
  readonly dependent?: readonly (readonly [name: string, needs: readonly string[]])[]
  readonly minProperties?: number
  readonly maxProperties?: number
  /** Names marked `readOnly` (refused in requests) and `writeOnly` (never leave in responses). */
  readonly readOnly?: readonly string[]
  readonly writeOnly?: readonly string[]
}

export interface ArrayNode {
  readonly kind: 'array'
  readonly nullable?: true
  /** `prefixItems`: schemas of the first items, one each. */
  readonly prefix?: readonly NodeId[]
  /** Of the items after the prefix. */
  readonly items: NodeId
  readonly contains?: { readonly of: NodeId; readonly least: number; readonly most?: number }
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
  /** An integer by its value, `1.0` too (2020-12 §4.2.1); without it by its text (OpenAPI 3.0.3). */
  readonly byValue?: true
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
