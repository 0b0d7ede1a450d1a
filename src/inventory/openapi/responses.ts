/** Responses by status: header names in lower case, media types with schemas. */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import { childPointer } from '../document/pointer.ts'
import type { ResponseSpec } from '../records.ts'
import { contentOf } from './content.ts'
import { kindOf, type Scope } from './scope.ts'

const STATUS = /^([1-5][0-9]{2}|[1-5]XX|default)$/
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/ // RFC 9110 §5.1

export function responsesOf(
  operation: JsonObject,
  pointer: string,
  scope: Scope,
): readonly ResponseSpec[] {
  const at = childPointer(pointer, 'responses')
  const written = operation['responses']
  if (!isJsonObject(written)) {
    const [code, message] =
      written === undefined
        ? ([
            'GH_INVENTORY_RESPONSE',
            `${scope.title} declares no response; nothing it answers can leave.`,
          ] as const)
        : (['GH_INVENTORY_SHAPE', `\`responses\` is ${kindOf(written)}; it is an object.`] as const)
    scope.breach(code, written === undefined ? pointer : at, message, { part: 'key' })
    return []
  }
  const responses: ResponseSpec[] = []
  for (const [status, value] of Object.entries(written)) {
    if (status.startsWith('x-')) continue
    const here = childPointer(at, status)
    if (!STATUS.test(status)) {
      const message = `\`${status.slice(0, 40)}\` is not a status: \`200\`, \`2XX\` and \`default\` are.`
      scope.breach('GH_INVENTORY_RESPONSE', here, message, { part: 'key' })
      continue
    }
    const found = scope.follow(value, here)
    if (found === undefined) continue
    if (!isJsonObject(found.value)) {
      const message = `A response is ${kindOf(found.value)}; it is an object.`
      scope.breach('GH_INVENTORY_SHAPE', found.pointer, message)
      continue
    }
    responses.push({
      status,
      headers: headerNames(found.value, found.pointer, scope),
      content: contentOf(found.value['content'], childPointer(found.pointer, 'content'), scope),
    })
  }
  if (responses.length === 0 && !Object.keys(written).some((key) => STATUS.test(key)))
    scope.breach(
      'GH_INVENTORY_RESPONSE',
      at,
      `${scope.title} declares no response; nothing it answers can leave.`,
    )
  return responses
}

function headerNames(response: JsonObject, pointer: string, scope: Scope): readonly string[] {
  const written = response['headers']
  const at = childPointer(pointer, 'headers')
  if (written === undefined) return []
  if (!isJsonObject(written)) {
    scope.breach('GH_INVENTORY_SHAPE', at, `\`headers\` is ${kindOf(written)}; it is an object.`)
    return []
  }
  const names = new Set<string>()
  for (const [name, value] of Object.entries(written)) {
    if (name.startsWith('x-') && !isJsonObject(value)) continue // an extension; a header X-… is an object
    const here = childPointer(at, name)
    if (!FIELD_NAME.test(name)) {
      scope.breach(
        'GH_INVENTORY_RESPONSE',
        here,
        'A header name has characters that no header has.',
        { part: 'key' },
      )
      continue
    }
    const found = scope.follow(value, here)
    if (found === undefined) continue
    if (!isJsonObject(found.value))
      scope.breach(
        'GH_INVENTORY_SHAPE',
        found.pointer,
        `A header is ${kindOf(found.value)}; it is an object.`,
      )
    // OpenAPI 3.0.3 §4.7.17: `Content-Type` is ignored here
    else if (name.toLowerCase() !== 'content-type') names.add(name.toLowerCase())
  }
  return [...names]
}
