/** Which document this is. Only OpenAPI 3.0.x is read; everything else is refused by its name. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'

export type Version =
  | { readonly ok: true; readonly root: JsonObject; readonly version: string }
  | {
      readonly ok: false
      readonly message: string
      readonly member: string | null
      readonly mend?: string
    }

const OTHERS: readonly (readonly [member: string, name: string])[] = [
  ['swagger', 'Swagger'],
  ['asyncapi', 'AsyncAPI'],
  ['arazzo', 'Arazzo'],
  ['overlay', 'OpenAPI Overlay'],
  ['swaggerVersion', 'Swagger'],
  ['$schema', 'a JSON Schema,'],
]

export function openApiVersion(document: JsonValue): Version {
  if (document === null) return { ok: false, member: null, message: 'The file is empty.' }
  if (!isJsonObject(document))
    return {
      ok: false,
      member: null,
      message: 'The document is not an object; an OpenAPI document is.',
    }
  const written = document['openapi']
  if (written === undefined) {
    const other = OTHERS.find(([member]) => document[member] !== undefined)
    if (other === undefined)
      return { ok: false, member: null, message: 'The document does not say `openapi: 3.0.x`.' }
    const [member, name] = other
    return {
      ok: false,
      member,
      message: `The document is ${name} ${text(document[member])}; OpenAPI 3.0.x is read.`,
      ...(name === 'Swagger'
        ? {
            mend: 'Convert it to OpenAPI 3.0 (for example with swagger2openapi) and import the result.',
          }
        : {}),
    }
  }
  if (typeof written === 'string' && /^3\.0\.\d{1,3}(-[\w.-]{1,40})?$/.test(written))
    return { ok: true, root: document, version: written }
  return {
    ok: false,
    member: 'openapi',
    message: `The document is OpenAPI ${text(written)}; 3.0.x is read.`,
    ...(typeof written === 'string' && written.startsWith('3.')
      ? { mend: 'Publish it as OpenAPI 3.0 as well, or convert it down, and import that.' }
      : {}),
  }
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number'
    ? String(value).slice(0, 60)
    : '(no version)'
}
