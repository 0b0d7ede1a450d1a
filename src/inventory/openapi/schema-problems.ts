/** What of an operation's schemas cannot be enforced as written, and which operations reach it. */
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import { compileSchemas, type LinearRegex, type SchemaProblem } from '../../schema/index.ts'
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
  const bad = new Set(problems.map((problem) => problem.pointer))
  return new Set(
    operations.filter((operation) => reaches(document, schemaPointers(operation), bad)),
  )
}

function reaches(document: JsonValue, from: readonly string[], bad: ReadonlySet<string>): boolean {
  const queue = [...from]
  const seen = new Set(queue)
  for (let pointer = queue.pop(); pointer !== undefined; pointer = queue.pop()) {
    if (bad.has(pointer)) return true
    const value = valueAt(document, tokensOf(pointer))
    if (value === undefined) continue
    const end = follow(document, { value, pointer })
    if (!end.ok) return true
    if (bad.has(end.pointer)) return true
    if (!isJsonObject(end.value)) continue
    // A problem stands at a schema or at one of its keywords.
    for (const keyword of Object.keys(end.value))
      if (bad.has(childPointer(end.pointer, keyword))) return true
    for (const part of partsOf(end.value, end.pointer)) {
      const reference = isJsonObject(part.value) ? follow(document, part) : undefined
      const next = reference?.ok === true ? reference.pointer : part.pointer
      if (reference?.ok === false) return true
      if (!seen.has(next)) {
        seen.add(next)
        queue.push(next)
      }
    }
  }
  return false
}
