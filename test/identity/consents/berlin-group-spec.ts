/** The specification's own file as a judge of what is sent and what is answered. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import type { JsonObject } from '../../../src/lib/index.ts'

export const BERLIN_GROUP_FILE = join(
  import.meta.dirname,
  '../../inventory/specs/berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml',
)
const document = parse(readFileSync(BERLIN_GROUP_FILE, 'utf8')) as JsonObject // sound: an OpenAPI document
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
ajv.addSchema(withoutBooleanBounds(document), 'spec')

/** What is wrong with a value, by a schema of the specification; `''`: nothing. */
export function wrong(name: string, value: unknown): string {
  const validate = ajv.getSchema(`spec#/components/schemas/${name}`)
  assert.ok(validate, name)
  return validate(value) === true ? '' : ajv.errorsText(validate.errors)
}
/** OpenAPI 3.0 says `exclusiveMinimum: false` where JSON Schema of today has a number. */
function withoutBooleanBounds(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value), (name, member: unknown) =>
    name === 'exclusiveMinimum' || name === 'exclusiveMaximum' ? undefined : member,
  ) as JsonObject // sound: it was one
}
