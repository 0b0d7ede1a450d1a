/** Writes `schemas/gatehouse.schema.json` anew: `node test/config/write-schema.ts`. A test fails while the committed file differs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { configSchema } from '../../src/config/index.ts'
import { words } from './words.ts'

export const SCHEMA_FILE = join(import.meta.dirname, '..', '..', 'schemas', 'gatehouse.schema.json')
export const schemaText = (): string => `${JSON.stringify(configSchema(words), null, 2)}\n`

if (import.meta.main) writeFileSync(SCHEMA_FILE, schemaText())
