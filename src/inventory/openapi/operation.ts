/** One operation object → one record, as far as it is sound. Role and data classes are found later, by `classify`. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { childPointer } from '../document/pointer.ts'
import type { OperationRecord } from '../records.ts'
import { parametersOf } from './parameters.ts'
import { type FoundOperation, operationTitle } from './paths.ts'
import type { Problems } from './problems.ts'
import { requestBodyOf } from './request-body.ts'
import { responsesOf } from './responses.ts'
import { kindOf, operationScope, type Scope } from './scope.ts'
import { securityOf } from './security.ts'

export type DeclaredOperation = Omit<OperationRecord, 'role' | 'roleReason' | 'dataClasses'>

export function declaredOperation(
  root: JsonObject,
  found: FoundOperation,
  line: number,
  problems: Problems,
): DeclaredOperation {
  const { method, path, pointer, value } = found
  const scope = operationScope(root, operationTitle(method, path), problems)
  const text = (member: string): string | null => textMember(value, member, pointer, scope)
  if (value['servers'] !== undefined) {
    const message = '`servers` of an operation are not used; those of the document are.'
    scope.note('GH_INVENTORY_PATH', childPointer(pointer, 'servers'), message, { part: 'key' })
  }
  const record = {
    method,
    path,
    operationId: text('operationId'),
    pointer,
    line,
    summary: text('summary'),
    tags: tagsOf(value['tags'], childPointer(pointer, 'tags'), scope),
    deprecated: value['deprecated'] === true,
    security: securityOf(value, pointer, root, scope),
    parameters: parametersOf(
      found.pathParameters,
      { written: value['parameters'], pointer: childPointer(pointer, 'parameters') },
      found.templateNames,
      pointer,
      scope,
    ),
    requestBody: requestBodyOf(value, pointer, scope),
    responses: responsesOf(value, pointer, scope),
  }
  return {
    ...record,
    unsound: scope.unsound(),
    ...(value['x-gatehouse-inferred'] === true && { inferred: true as const }),
  }
}

function textMember(
  value: JsonObject,
  member: string,
  pointer: string,
  scope: Scope,
): string | null {
  const text = value[member]
  if (typeof text === 'string' && text !== '') return text
  if (text !== undefined && text !== '') {
    const message = `\`${member}\` is ${kindOf(text)}; it is a text.`
    scope.note('GH_INVENTORY_SHAPE', childPointer(pointer, member), message)
  }
  return null
}

function tagsOf(written: JsonValue | undefined, pointer: string, scope: Scope): readonly string[] {
  if (written === undefined) return []
  const tags = Array.isArray(written) ? written.filter((tag) => typeof tag === 'string') : []
  if (!Array.isArray(written) || tags.length !== written.length)
    scope.note('GH_INVENTORY_SHAPE', pointer, '`tags` is a list of texts.')
  return tags
}

/** `operationId` must be unique (OpenAPI 3.0.3 §4.7.10): policies name operations by it. The second one is left without. */
export function withUniqueIds(
  operations: readonly DeclaredOperation[],
  problems: Problems,
): readonly DeclaredOperation[] {
  const first = new Map<string, DeclaredOperation>()
  return operations.map((operation) => {
    const id = operation.operationId
    if (id === null) return operation
    const before = first.get(id)
    if (before === undefined) {
      first.set(id, operation)
      return operation
    }
    problems.add({
      code: 'GH_INVENTORY_OPERATION_ID',
      pointer: childPointer(operation.pointer, 'operationId'),
      message: `\`${id.slice(0, 80)}\` is the operationId of ${operationTitle(before.method, before.path)} already; here it is left out.`,
    })
    return { ...operation, operationId: null }
  })
}

/** Scopes that a document names outside `security` (Australia: `x-scopes`). They hint at the role and decide nothing. */
export function extensionScopes(value: JsonValue | undefined): readonly string[] {
  const scopes = isJsonObject(value) ? value['x-scopes'] : undefined
  return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : []
}
