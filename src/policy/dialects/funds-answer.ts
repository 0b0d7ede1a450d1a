/**
 * Control `funds-answer-minimal` (PSD2 Art. 65(3): "a simple yes or no answer", never the balance): what a specification declares of an
 * answer about funds beyond that. What stays is yes or no, times, ids, and what the request itself said.
 */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import type { FieldPath } from '../../schema/index.ts'
import { segmentsOf } from './consents.ts'
import { plainName } from './generic/names.ts'
import { MAX_VIEW_DEPTH, type SchemaView } from './schema-view.ts'

export function isFundsQuestion(operation: OperationRecord): boolean {
  const last = plainName(segmentsOf(operation).at(-1) ?? '')
  return operation.role === 'cbpii' || /^(fundsconfirmations?|confirmationsoffunds)$/.test(last)
}

/** Places of the answers that tell more than yes or no; empty for other operations. */
export function beyondYesOrNo(operation: OperationRecord, view: SchemaView): readonly FieldPath[] {
  if (!isFundsQuestion(operation)) return []
  const found = new Map<string, FieldPath>()
  const requests = view.bodies(operation)
  const walk = (
    answer: readonly JsonObject[],
    asked: readonly (readonly JsonObject[])[],
    path: FieldPath,
  ): void => {
    if (path.length > MAX_VIEW_DEPTH) return
    for (const name of namesOf(answer)) {
      const here = [...path, name]
      // Links and page counts of the answer itself.
      if (path.length === 0 && /^_?(links|meta)$/i.test(name)) continue
      const schemas = view.child(answer, name)
      const echoed = asked.map((one) => view.child(one, name)).filter((one) => one.length > 0)
      const items = view.child(schemas, '*')
      const isArray = items.length > 0
      const inner = isArray ? items : schemas
      if (namesOf(inner).length > 0) {
        const within = isArray ? echoed.map((one) => view.child(one, '*')) : echoed
        walk(inner, within, isArray ? [...here, '*'] : here)
      } else if (echoed.length === 0 && !isPlain(name, schemas)) found.set(here.join('\n'), here)
    }
  }
  for (const root of view.answers(operation)) walk(root, requests, [])
  return [...found.values()]
}

function namesOf(variants: readonly JsonObject[]): readonly string[] {
  return [
    ...new Set(
      variants.flatMap(({ properties }) =>
        isJsonObject(properties) ? Object.keys(properties) : [],
      ),
    ),
  ]
}

/** Yes or no, a time, or an id: nothing of the account's money. */
function isPlain(name: string, variants: readonly JsonObject[]): boolean {
  if (/(id|identifier)$/i.test(name)) return true
  return variants.some(
    ({ type, format }) => type === 'boolean' || format === 'date-time' || format === 'date',
  )
}
