/** What the inventory knows of an API: the imported specification, operation by operation. Plain data, stored and printed as JSON. */
import type { Role } from '../controls/index.ts'
import type { Diagnostic, JsonValue } from '../lib/index.ts'

export interface ImportedSpec {
  readonly source: {
    readonly file: string
    readonly sha256: string
    readonly bytes: number
    readonly format: string
    readonly title: string
    readonly version: string
  }
  /** `servers[].url` as written; never contacted. */
  readonly servers: readonly string[]
  /** Path part of the first server URL: `''` or `/a/b`. */
  readonly basePath: string
  readonly operations: readonly OperationRecord[]
  readonly problems: readonly Diagnostic[]
  /** The document as plain data, for the schema compiler; of another format the OpenAPI document it was made into. Not printed, not stored. */
  readonly document: JsonValue
}

export interface OperationRecord {
  readonly method: string
  readonly path: string
  readonly operationId: string | null
  /** JSON pointer of the operation object, in the OpenAPI document that another format was made into. */
  readonly pointer: string
  readonly line: number
  readonly summary: string | null
  readonly tags: readonly string[]
  readonly deprecated: boolean
  readonly role: Role
  /** Why this role: `path segment \`consents\``, `scope \`accounts\``. */
  readonly roleReason?: string
  /** Alternatives (any of), each a set of schemes (all of) with scopes. `null`: nothing declared; `[]`: declared open. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[] | null
  readonly parameters: readonly ParameterRecord[]
  readonly requestBody: BodyRecord | null
  readonly responses: readonly ResponseSpec[]
  readonly dataClasses: readonly DataClassEvidence[]
  /** True when a part of it is listed under `problems` and refused at run time. */
  readonly unsound: boolean
  /** True where the schemas were inferred from examples (Postman): low confidence. */
  readonly inferred?: true
}

export interface ParameterRecord {
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  readonly name: string
  readonly required: boolean
  /** Pointer of its schema; `null` if it has none that is sound. */
  readonly schema: string | null
  readonly style: string
  readonly explode: boolean
  /** Present if its value is a document of this type (`content` in place of `schema`). */
  readonly mediaType?: string
}
export interface BodyRecord {
  readonly required: boolean
  readonly content: readonly MediaTypeRecord[]
}
export interface MediaTypeRecord {
  /** Lower case, without parameters. */
  readonly mediaType: string
  /** JSON pointer of the schema, after following `$ref`s of the media type, response or body object (not of the schema itself). */
  readonly schema: string | null
}
export interface ResponseSpec {
  readonly status: string
  /** Lower case. */
  readonly headers: readonly string[]
  readonly content: readonly MediaTypeRecord[]
}

/** Why a data class was found: key name × format × schema. */
export interface DataClassEvidence {
  readonly dataClass: string
  /** Where in the message: `response.Data.Account[].Account[].Identification`. */
  readonly at: string
  readonly key: string
  readonly format: string | null
  readonly schema: string | null
  readonly rule: string
  readonly confidence: 'high' | 'medium' | 'low'
}

export interface ApiRecord {
  readonly name: string
  readonly owner: string | null
  readonly roles: readonly Role[]
  readonly dataClasses: readonly string[]
  readonly spec: Omit<ImportedSpec, 'document'>
}
