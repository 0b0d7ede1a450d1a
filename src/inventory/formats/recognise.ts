/** Which document this is. What is not read is refused by its name. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'

export type Format = 'openapi' | 'swagger-2.0' | 'postman-2.1'

export type Recognised =
  | {
      readonly ok: true
      readonly format: Format
      /** As records name it: `OpenAPI 3.1.0`, `Swagger 2.0`, `Postman 2.1`. */
      readonly name: string
      readonly root: JsonObject
    }
  | {
      readonly ok: false
      readonly message: string
      /** Path of the member that tells. */
      readonly at: readonly string[]
      readonly mend?: string
    }

const READ = 'OpenAPI 3.0 and 3.1, Swagger 2.0 and Postman 2.1 are read'

const OTHERS: readonly (readonly [member: string, name: string])[] = [
  ['swagger', 'Swagger'],
  ['asyncapi', 'AsyncAPI'],
  ['arazzo', 'Arazzo'],
  ['overlay', 'OpenAPI Overlay'],
  ['swaggerVersion', 'Swagger'],
  ['$schema', 'a JSON Schema,'],
]

/** Dialects of schemas that a 3.1 document may name for all of them (OpenAPI 3.1.1 §4.8.1). */
const DIALECTS: readonly unknown[] = [
  undefined,
  'https://spec.openapis.org/oas/3.1/dialect/base',
  'https://json-schema.org/draft/2020-12/schema',
]

export function recognise(document: JsonValue): Recognised {
  if (document === null) return { ok: false, at: [], message: 'The file is empty.' }
  if (!isJsonObject(document))
    return { ok: false, at: [], message: `The document is not an object; ${READ}.` }
  const written = document['openapi']
  if (written !== undefined) return openApi(document, written)
  if (document['swagger'] === '2.0' || document['swagger'] === 2)
    return { ok: true, format: 'swagger-2.0', name: 'Swagger 2.0', root: document }
  const postman = postmanSchema(document)
  if (postman !== undefined) {
    const version = /\/collection\/v(\d+\.\d+)\.\d+\//.exec(postman)?.[1]
    if (version === '2.1')
      return { ok: true, format: 'postman-2.1', name: 'Postman 2.1', root: document }
    return {
      ok: false,
      at: ['info', 'schema'],
      message: `The document is a Postman collection ${version ?? '(no version)'}; 2.1 is read.`,
      mend: 'Export it from Postman as “Collection v2.1”.',
    }
  }
  const other = OTHERS.find(([member]) => document[member] !== undefined)
  if (other === undefined)
    return { ok: false, at: [], message: `The document does not say what it is; ${READ}.` }
  const [member, name] = other
  return {
    ok: false,
    at: [member],
    message: `The document is ${name} ${text(document[member])}; ${READ}.`,
  }
}

function openApi(document: JsonObject, written: JsonValue): Recognised {
  if (typeof written !== 'string' || !/^3\.[01]\.\d{1,3}(-[\w.-]{1,40})?$/.test(written))
    return {
      ok: false,
      at: ['openapi'],
      message: `The document is OpenAPI ${text(written)}; ${READ}.`,
      ...(typeof written === 'string' && written.startsWith('3.')
        ? { mend: 'Publish it as OpenAPI 3.1 as well, or convert it down, and import that.' }
        : {}),
    }
  const dialect = document['jsonSchemaDialect']
  if (written.startsWith('3.1') && !DIALECTS.includes(dialect))
    return {
      ok: false,
      at: ['jsonSchemaDialect'],
      message: `The schemas are of the dialect ${text(dialect)}; that of OpenAPI 3.1 is read.`,
    }
  return { ok: true, format: 'openapi', name: `OpenAPI ${written}`, root: document }
}

function postmanSchema({ info }: JsonObject): string | undefined {
  const schema = isJsonObject(info) ? info['schema'] : undefined
  return typeof schema === 'string' && /getpostman\.com\/.*collection/.test(schema)
    ? schema
    : undefined
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number'
    ? String(value).slice(0, 60)
    : '(no version)'
}
