/** How third parties make, read and end consents under one standard. A face is a folder; the heart and the other faces do not know it. */
import type { JsonObject } from '../../lib/index.ts'
import type { Regime } from './regime.ts'

export interface FaceRequest {
  readonly method: string
  /** Segments below the root of the face. */
  readonly path: readonly string[]
  /** By its lower-case name. */
  readonly header: (name: string) => string | undefined
  /** Whose token it is. */
  readonly client: string
  readonly body: JsonObject
  /** The body with its numbers as the texts they were. */
  readonly written: JsonObject
}
export interface FaceAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: JsonObject
}
export interface Operation {
  /** That the token must have: one of them. */
  readonly scopes: readonly string[]
  /** Whether it has a body; `may`: there may be none. */
  readonly takesBody: boolean | 'may'
  run(request: FaceRequest): Promise<FaceAnswer>
}
export type CallRefused =
  /** No token, or none that counts here. */
  | 'token'
  | 'scope'
  | 'not-found'
  | 'method'
  | 'media-type'
  | 'body'
  | 'too-large'
  | 'busy'
  | 'failed'

export interface Face extends Regime {
  /** With a slash at both ends: what is below it is the face's. */
  readonly root: string
  /** Of a body; absent: 64 KiB, in which any consent fits. */
  readonly maxBodyBytes?: number
  /** `undefined`: there is no such resource; a list: there is, with these methods. */
  route(method: string, path: readonly string[]): Operation | readonly string[] | undefined
  refusal(why: CallRefused): FaceAnswer
  /** On every answer. */
  headers(header: (name: string) => string | undefined): Readonly<Record<string, string>>
}
