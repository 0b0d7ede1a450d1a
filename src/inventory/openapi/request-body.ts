/** The request body of an operation, by media type. */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import { childPointer } from '../document/pointer.ts'
import type { BodyRecord } from '../records.ts'
import { contentOf } from './content.ts'
import { kindOf, type Scope } from './scope.ts'

/** `null`: the operation takes no body. A body that cannot be read is required and of no type: nothing meets it. */
export function requestBodyOf(
  operation: JsonObject,
  pointer: string,
  scope: Scope,
): BodyRecord | null {
  const written = operation['requestBody']
  if (written === undefined) return null
  const closed: BodyRecord = { required: true, content: [] }
  const found = scope.follow(written, childPointer(pointer, 'requestBody'))
  if (found === undefined) return closed
  if (!isJsonObject(found.value)) {
    const message = `A request body is ${kindOf(found.value)}; it is an object.`
    scope.breach('GH_INVENTORY_SHAPE', found.pointer, message)
    return closed
  }
  const at = childPointer(found.pointer, 'content')
  if (found.value['content'] === undefined)
    scope.breach('GH_INVENTORY_MEDIA_TYPE', found.pointer, 'A request body has no `content`.')
  return {
    required: found.value['required'] === true,
    content: contentOf(found.value['content'], at, scope),
  }
}
