/** What a dialect knows about one operation: what of a consent it needs, which objects it names, which rows and fields are whose. */
import type { ObjectSelector } from '../../decide/index.ts'
import type { ImportedSpec, OperationRecord } from '../../inventory/index.ts'
import type { FieldPath, RowRule } from '../../schema/index.ts'
import type { SchemaView } from './schema-view.ts'

export interface Dialect {
  readonly id: string
  /** By what the specification holds, never by its title alone. */
  recognises(spec: ImportedSpec): boolean
  /** Reads operations one by one. `undefined`: not one of this dialect; the next one may know it. */
  reader(
    spec: ImportedSpec,
    view: SchemaView,
  ): (operation: OperationRecord) => OperationKnowledge | undefined
}

/** Of payments that one request makes and another releases. */
export type PaymentStep =
  | {
      readonly kind: 'made'
      readonly of: 'payment' | 'basket'
      /** Member of the answer that names it. */
      readonly idIn: string
      /** Of a basket: member of the body that lists what is in it. */
      readonly members?: string
    }
  | { readonly kind: 'released'; readonly of: 'payment' | 'basket'; readonly parameter: string }

export interface OperationKnowledge {
  readonly dialect: string
  /** A client does it for itself, and no consent is asked for. */
  readonly clientsOwn?: true
  /** What it does with a payment; absent: it releases what its body says, or pays nothing. */
  readonly step?: PaymentStep
  /** All groups are needed, of each any code. `null`: nothing is mapped, so the operation is denied. */
  readonly permissions: readonly (readonly string[])[] | null
  readonly selectors: readonly ObjectSelector[]
  readonly unless: readonly { readonly permission: string; readonly drop: readonly FieldPath[] }[]
  readonly rows: readonly RowRule[]
  /** Permission code → value of the credit/debit indicator it lets out. */
  readonly directions: Readonly<Record<string, string>>
  /** What a consent without any of these codes sees. */
  readonly directionsWhenNone: 'all' | 'none'
  /** Scopes a token needs where the specification declares none. */
  readonly scopes: readonly string[]
  /** What no rule can express here, for findings. */
  readonly gaps: readonly { readonly kind: 'object' | 'rows' | 'pan'; readonly text: string }[]
}
