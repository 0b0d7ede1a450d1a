/** Writes `schemas/gatehouse.schema.json` and `schemas/policy-tests.schema.json` anew: `node test/config/write-schema.ts`. A test fails while the committed file differs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

// The vocabulary that the product checks with, so that what is published is what is checked.
import { vocabulary } from '../../src/app/vocabulary.ts'
import { configSchema, policyTestsSchema } from '../../src/config/index.ts'

export const SCHEMA_FILE = join(import.meta.dirname, '..', '..', 'schemas', 'gatehouse.schema.json')
export const schemaText = (): string => `${JSON.stringify(configSchema(vocabulary()), null, 2)}\n`

export const TESTS_SCHEMA_FILE = join(SCHEMA_FILE, '..', 'policy-tests.schema.json')
export const testsSchemaText = (): string =>
  `${JSON.stringify(policyTestsSchema(vocabulary()), null, 2)}\n`

if (import.meta.main) {
  writeFileSync(SCHEMA_FILE, schemaText())
  writeFileSync(TESTS_SCHEMA_FILE, testsSchemaText())
}
