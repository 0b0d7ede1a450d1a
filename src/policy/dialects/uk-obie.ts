/**
 * UK Open Banking account and transaction API, version 4 and the versions 3 of the same shape. The knowledge is data, with its
 * source, in `uk-obie-v4.json`; a place it names that a specification does not have falls back to what the generic dialect derives.
 */
import { isJsonObject } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import type { FieldPath, RowRule } from '../../schema/index.ts'
import data from './uk-obie-v4.json' with { type: 'json' }
import type { Dialect, OperationKnowledge } from './dialect.ts'
import { generic } from './generic/generic.ts'
import { accountSelectors } from './generic/selectors.ts'
import type { SchemaView } from './schema-view.ts'

interface Resource {
  /** Where its rows, or its one object, stand in the answer. */
  readonly at: FieldPath
  readonly accountId?: FieldPath
  readonly direction?: FieldPath
  /** Dates that must all lie in the consent's transaction period. */
  readonly within?: readonly FieldPath[]
  /** Permission → elements that leave only with it. */
  readonly detail?: Readonly<Record<string, readonly string[]>>
  /** Elements that may hold a card number among other identifiers: no rule can tell them apart yet. */
  readonly pan?: readonly string[]
}
interface KnownOperation {
  readonly path: string
  readonly resource: string
  readonly permissions: readonly (readonly string[])[]
}

const RESOURCES: ReadonlyMap<string, Resource> = new Map(Object.entries<Resource>(data.resources))
/** Longest path first: `/accounts/{}/party` before `/party`. */
const OPERATIONS: readonly KnownOperation[] = data.operations.toSorted(
  (a, b) => b.path.length - a.path.length,
)
const SCHEMA_NAME = new RegExp(data.schemaName)
/** So many known paths must be there before a specification counts as this one. */
const ENOUGH_PATHS = 2

export const ukObie: Dialect = {
  id: data.id,
  recognises({ operations, document }) {
    const components = isJsonObject(document) ? document['components'] : undefined
    const schemas = isJsonObject(components) ? components['schemas'] : undefined
    const named =
      isJsonObject(schemas) && Object.keys(schemas).some((name) => SCHEMA_NAME.test(name))
    return (
      named && operations.filter((one) => knownOperation(one) !== undefined).length >= ENOUGH_PATHS
    )
  },
  reader(spec, view) {
    const derive = generic.reader(spec, view)
    return (operation) => {
      const known = knownOperation(operation)
      const resource = known === undefined ? undefined : RESOURCES.get(known.resource)
      return known === undefined || resource === undefined
        ? undefined
        : knowledge({ operation, view, known, resource, derive })
    }
  },
}

/** The entry whose path is the end of the operation's, whatever version prefix stands before it. */
function knownOperation({ method, path }: OperationRecord): KnownOperation | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const shape = path.replaceAll(/\{[^}]*\}/g, '{}')
  return OPERATIONS.find((known) => {
    if (!shape.endsWith(known.path)) return false
    const prefix = shape.slice(0, shape.length - known.path.length)
    return !prefix.includes('{')
  })
}

function knowledge(about: {
  readonly operation: OperationRecord
  readonly view: SchemaView
  readonly known: KnownOperation
  readonly resource: Resource
  readonly derive: ReturnType<Dialect['reader']>
}): OperationKnowledge {
  const { operation, view, known, resource, derive } = about
  const declared = resource.at.length === 0 || view.declares(operation, resource.at)
  const inside = (field: FieldPath): FieldPath => [...resource.at, ...field]
  const unless = Object.entries(resource.detail ?? {}).flatMap(([permission, elements]) => {
    const drop = elements
      .map((element) => inside(element.split('.')))
      .filter((path) => view.declares(operation, path))
    return drop.length === 0 ? [] : [{ permission, drop }]
  })
  const pan = (resource.pan ?? []).filter((element) =>
    view.declares(operation, inside(element.split('.'))),
  )
  return {
    dialect: data.id,
    permissions: known.permissions,
    selectors: accountSelectors(operation),
    unless,
    // Other names than the standard's: better derived rules than none.
    rows: declared ? rowsOf(resource) : (derive(operation)?.rows ?? []),
    directions: resource.direction === undefined ? {} : data.directions,
    directionsWhenNone: 'none',
    scopes: data.scopes,
    gaps: pan.map((element) => ({
      kind: 'pan' as const,
      text: [...resource.at, element].join('.'),
    })),
  }
}

/** A row without the field fails, so a rule stands even where the specification makes the field optional. */
function rowsOf({ at, accountId, direction, within }: Resource): readonly RowRule[] {
  const rows: RowRule[] = []
  if (accountId !== undefined)
    rows.push({ at, field: accountId, test: { kind: 'in', set: 'accounts' } })
  if (direction !== undefined)
    rows.push({ at, field: direction, test: { kind: 'in', set: 'directions' } })
  for (const field of within ?? [])
    rows.push({ at, field, test: { kind: 'within', window: 'transactions' } })
  return rows
}
