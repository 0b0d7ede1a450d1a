/** What of an operation's schemas cannot be enforced as written, and which operations reach it. */
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import {
  compileSchemas,
  dialectOf,
  type LinearRegex,
  type SchemaProblem,
} from '../../schema/index.ts'
import { follow } from '../document/reference.ts'
import { partsOf } from '../document/schema-walk.ts'
import { childPointer, tokensOf, valueAt } from '../document/pointer.ts'
import type { OperationRecord } from '../records.ts'

/** Without an engine every pattern is taken as good here; whoever compiles for run time brings one. */
const ANY_PATTERN: LinearRegex = { compile: () => ({ test: () => true }) }

/** Compiles every schema the operations use, as the policy compiler will, and gives what it complains about. */
export function schemaProblems(
  document: JsonValue,
  operations: readonly OperationRecord[],
  regex: LinearRegex | undefined,
): readonly SchemaProblem[] {
  const roots = new Set(operations.flatMap(schemaPointers))
  return compileSchemas({ document, roots: [...roots], regex: regex ?? ANY_PATTERN }).problems
}

/** Pointers of all schemas that an operation names itself: parameters, request body, responses. */
export function schemaPointers(operation: OperationRecord): readonly string[] {
  const content = [
    ...(operation.requestBody?.content ?? []),
    ...operation.responses.flatMap((response) => response.content),
  ]
  return [...operation.parameters, ...content].flatMap(({ schema }) =>
    schema === null ? [] : [schema],
  )
}

/** The operations from whose schemas one of `problems` can be reached. */
export function operationsReaching(
  document: JsonValue,
  operations: readonly OperationRecord[],
  problems: readonly SchemaProblem[],
): ReadonlySet<OperationRecord> {
  if (problems.length === 0) return new Set()
  const tainted = taintedSchemas(document, operations, new Set(problems.map((one) => one.pointer)))
  return new Set(
    operations.filter((one) => schemaPointers(one).some((pointer) => tainted.has(pointer))),
  )
}

/** Schemas from which a problem can be reached. The graph is walked once forward and once back, whatever uses it. */
function taintedSchemas(
  document: JsonValue,
  operations: readonly OperationRecord[],
  bad: ReadonlySet<string>,
): ReadonlySet<string> {
  const queue = [...new Set(operations.flatMap(schemaPointers))]
  const usedBy = new Map<string, string[]>(queue.map((pointer) => [pointer, []]))
  const tainted = new Set<string>()
  const siblings = dialectOf(document) === '2020-12'
  const use = (from: string, to: string): void => {
    const users = usedBy.get(to)
    if (users !== undefined) users.push(from)
    else {
      usedBy.set(to, [from])
      queue.push(to)
    }
  }
  for (let pointer = queue.pop(); pointer !== undefined; pointer = queue.pop()) {
    const value = valueAt(document, tokensOf(pointer))
    const end = value === undefined ? undefined : follow(document, { value, pointer })
    if (bad.has(pointer) || end?.ok === false) tainted.add(pointer)
    if (end?.ok !== true || !isJsonObject(end.value)) continue
    if (end.pointer !== pointer) use(pointer, end.pointer)
    const own = end.pointer === pointer ? end.value : siblings && isJsonObject(value) ? value : null
    if (own === null) continue
    // A problem stands at a schema or at one of its keywords.
    if (Object.keys(own).some((keyword) => bad.has(childPointer(pointer, keyword))))
      tainted.add(pointer)
    for (const part of partsOf(own, pointer)) {
      const target = follow(document, part)
      if (target.ok) use(pointer, target.pointer)
      else tainted.add(pointer)
    }
  }
  const back = [...tainted]
  for (let pointer = back.pop(); pointer !== undefined; pointer = back.pop())
    for (const user of usedBy.get(pointer) ?? [])
      if (!tainted.has(user)) {
        tainted.add(user)
        back.push(user)
      }
  return tainted
}
