import type { JsonObject } from '../lib/index.ts'
import { gatehouseShape } from './gatehouse-shape.ts'
import { ruleDefinitions } from './rules-shape.ts'
import type { Vocabulary } from './vocabulary.ts'

/** The published schema of `gatehouse.yaml` (JSON Schema, draft 2020-12), for editors and other tools; the checker knows more. */
export function configSchema(words: Vocabulary): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'gatehouse.yaml',
    description:
      'Configuration of Gatehouse: the APIs it protects, by which policy, and whose access tokens it trusts. Secrets never stand here.',
    ...gatehouseShape.schema(words),
    $defs: ruleDefinitions(words.rules),
  }
}
