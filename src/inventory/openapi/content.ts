/** `content` maps: media types with their schemas, one per type once parameters such as `charset` are taken off. */
import { canonicalJson, isJsonObject, type JsonValue } from '../../lib/index.ts'
import { childPointer } from '../document/pointer.ts'
import type { MediaTypeRecord } from '../records.ts'
import { isSchema, kindOf, type Scope } from './scope.ts'

/** RFC 9110 §8.3.1, and the ranges OpenAPI allows (§4.7.14.1: `text/*`). */
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,127}\/([a-z0-9!#$&^_.+-]{1,127}|\*)$|^\*\/\*$/

export function contentOf(
  written: JsonValue | undefined,
  pointer: string,
  scope: Scope,
): readonly MediaTypeRecord[] {
  if (written === undefined) return []
  if (!isJsonObject(written)) {
    scope.breach(
      'GH_INVENTORY_SHAPE',
      pointer,
      `\`content\` is ${kindOf(written)}; it is an object.`,
    )
    return []
  }
  const kept = new Map<string, { readonly record: MediaTypeRecord; readonly text: string }>()
  for (const [key, value] of Object.entries(written)) {
    if (key.startsWith('x-')) continue
    const at = childPointer(pointer, key)
    const mediaType = (key.split(';')[0] ?? '').trim().toLowerCase()
    if (!MEDIA_TYPE.test(mediaType)) {
      const message = `\`${key.slice(0, 80)}\` is not a media type such as \`application/json\`; it is left out.`
      scope.breach('GH_INVENTORY_MEDIA_TYPE', at, message, { part: 'key' })
      continue
    }
    const { schema, text } = mediaSchema(value, at, scope)
    const before = kept.get(mediaType)
    if (before === undefined) kept.set(mediaType, { record: { mediaType, schema }, text })
    else if (before.text !== text) {
      const message = `\`${mediaType}\` has two schemas that differ; the first is kept.`
      scope.breach('GH_INVENTORY_MEDIA_TYPE', at, message, { part: 'key' })
    }
  }
  return [...kept.values()].map((item) => item.record)
}

function mediaSchema(
  value: JsonValue,
  pointer: string,
  scope: Scope,
): { readonly schema: string | null; readonly text: string } {
  const none = { schema: null, text: '' }
  const found = scope.follow(value, pointer)
  if (found === undefined) return none
  if (!isJsonObject(found.value)) {
    const message = `A media type is ${kindOf(found.value)}; it is an object with a schema.`
    scope.breach('GH_INVENTORY_SHAPE', found.pointer, message)
    return none
  }
  const schema = found.value['schema']
  if (schema === undefined) {
    const message = 'A media type has no schema; a body of it cannot be checked and does not pass.'
    scope.breach('GH_INVENTORY_MEDIA_TYPE', found.pointer, message, { part: 'key' })
    return none
  }
  const at = childPointer(found.pointer, 'schema')
  if (!isSchema(schema, scope.root)) {
    scope.breach('GH_INVENTORY_SHAPE', at, `A schema is ${kindOf(schema)}; it is an object.`)
    return none
  }
  return { schema: at, text: canonicalJson(schema) }
}
