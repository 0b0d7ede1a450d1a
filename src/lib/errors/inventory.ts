import type { ErrorEntry } from './catalog.ts'

export const inventoryErrors = {
  GH_INVENTORY_UNREADABLE: { status: 400, title: 'The specification cannot be read' },
  GH_INVENTORY_SYNTAX: { status: 400, title: 'The specification is not well-formed YAML or JSON' },
  GH_INVENTORY_FORMAT: { status: 400, title: 'The file is not an OpenAPI 3.0 document' },
  GH_INVENTORY_REF_UNRESOLVED: { status: 400, title: 'A $ref points at nothing' },
  GH_INVENTORY_REF_REMOTE: { status: 400, title: 'A remote $ref is never fetched' },
  GH_INVENTORY_SCHEMA_UNSOUND: { status: 400, title: 'A schema cannot be enforced as written' },
} as const satisfies Record<string, ErrorEntry>
