/** Writes the schemas of the files that people write (`gatehouse`, `policy-tests`, `own-controls`) anew: `node test/config/write-schema.ts`. A test fails while the committed file differs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

// The vocabulary that the product checks with, so that what is published is what is checked.
import { vocabulary } from '../../src/app/vocabulary.ts'
import { configSchema, ownControlsSchema, policyTestsSchema } from '../../src/config/index.ts'

export const SCHEMA_FILE = join(import.meta.dirname, '..', '..', 'schemas', 'gatehouse.schema.json')
export const schemaText = (): string => `${JSON.stringify(configSchema(vocabulary()), null, 2)}\n`

export const TESTS_SCHEMA_FILE = join(SCHEMA_FILE, '..', 'policy-tests.schema.json')
export const testsSchemaText = (): string =>
  `${JSON.stringify(policyTestsSchema(vocabulary()), null, 2)}\n`

export const CONTROLS_SCHEMA_FILE = join(SCHEMA_FILE, '..', 'own-controls.schema.json')
export const controlsSchemaText = (): string =>
  `${JSON.stringify(ownControlsSchema(vocabulary()), null, 2)}\n`

if (import.meta.main) {
  writeFileSync(SCHEMA_FILE, schemaText())
  writeFileSync(TESTS_SCHEMA_FILE, testsSchemaText())
  writeFileSync(CONTROLS_SCHEMA_FILE, controlsSchemaText())
}
