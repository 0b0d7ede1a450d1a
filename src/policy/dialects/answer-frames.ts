/** What frames the rows of an answer: links to other pages and resources, and counts of what there is. Told by names, as schemes have them. */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import type { FieldPath, LinkPlace } from '../../schema/index.ts'
import { isLinks, plainName } from './generic/names.ts'
import { MAX_VIEW_DEPTH, type SchemaView } from './schema-view.ts'

/** `Meta.TotalPages`, `meta.totalRecords`, `page.totalElements`, `pagination.count`. */
const FRAME = /^(meta|metadata|page|paging|pagination|pageinfo)$/
const TOTAL =
  /^(total(records?|counts?|items?|elements?|results?|rows?|entries|pages?|hits)?|(record|item|row|result|page)s?count|count|numberof(records|items|elements|pages))$/

export interface AnswerFrames {
  readonly links: readonly LinkPlace[]
  readonly totals: readonly FieldPath[]
}

export function answerFrames(operation: OperationRecord, view: SchemaView): AnswerFrames {
  const links = new Map<string, LinkPlace>()
  const totals = new Map<string, FieldPath>()
  const walk = (
    schemas: readonly JsonObject[],
    path: FieldPath,
    frame: boolean,
    above: ReadonlySet<JsonObject>,
  ): void => {
    // A schema inside itself is looked at once.
    if (path.length > MAX_VIEW_DEPTH || schemas.some((one) => above.has(one))) return
    const inside = new Set([...above, ...schemas])
    const items = view.child(schemas, '*')
    if (items.length > 0) walk(items, [...path, '*'], false, inside)
    for (const name of namesOf(schemas)) {
      const here = [...path, name]
      const inner = view.child(schemas, name)
      if (isLinks(name)) {
        links.set(here.join('\n'), { at: here, foreign: isHypermedia(inner, view) })
        continue
      }
      if ((frame || path.length === 0) && TOTAL.test(plainName(name)) && isNumber(inner))
        totals.set(here.join('\n'), here)
      walk(inner, here, FRAME.test(plainName(name)), inside)
    }
  }
  for (const root of view.answers(operation)) walk(root, [], false, new Set())
  return { links: [...links.values()], totals: [...totals.values()] }
}

function namesOf(schemas: readonly JsonObject[]): readonly string[] {
  return [
    ...new Set(
      schemas.flatMap(({ properties }) =>
        isJsonObject(properties) ? Object.keys(properties) : [],
      ),
    ),
  ]
}

function isNumber(schemas: readonly JsonObject[]): boolean {
  return schemas.some(({ type }) => type === 'integer' || type === 'number')
}

/** Pages are the API's own; links that are objects with an `href` (RFC 8288, HAL) also lead to where a customer authorises. */
function isHypermedia(schemas: readonly JsonObject[], view: SchemaView): boolean {
  return [
    ...namesOf(schemas).map((name) => view.child(schemas, name)),
    ...schemas.map(({ additionalProperties }) => view.variantsOf(additionalProperties)),
  ].some((inner) => view.child(inner, 'href').length > 0)
}
