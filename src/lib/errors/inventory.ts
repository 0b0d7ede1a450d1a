import type { ErrorEntry } from './catalog.ts'

export const inventoryErrors = {
  GH_INVENTORY_UNREADABLE: { status: 400, title: 'The specification cannot be read' },
  GH_INVENTORY_SYNTAX: { status: 400, title: 'The specification is not well-formed YAML or JSON' },
  GH_INVENTORY_ENCODING: {
    status: 400,
    title: 'The specification is not a clean text',
    mend: 'Save it as UTF-8, without control characters.',
  },
  GH_INVENTORY_LIMIT: {
    status: 400,
    title: 'The specification is larger or deeper than is read',
    mend: 'Split it, or remove what is generated; the limits are 10 MB, 200 levels and 1,000,000 values with aliases expanded.',
  },
  GH_INVENTORY_FORMAT: {
    status: 400,
    title: 'The file is no specification that is read',
    mend: 'Give an OpenAPI 3.0 or 3.1 document, Swagger 2.0, or a Postman collection exported as version 2.1.',
  },
  GH_INVENTORY_DUPLICATE_KEY: {
    status: 400,
    title: 'A key stands twice in one object',
    mend: 'Remove one; the first was kept, and a schema with two is not enforced.',
  },
  GH_INVENTORY_OPERATION_REFUSED: { status: 400, title: 'An operation is not imported' },
  GH_INVENTORY_OPERATION_ID: { status: 400, title: 'An operationId is not unique' },
  GH_INVENTORY_PATH: { status: 400, title: 'A path template is not sound' },
  GH_INVENTORY_PARAMETER: { status: 400, title: 'A parameter is not sound' },
  GH_INVENTORY_RESPONSE: { status: 400, title: 'A response is not sound' },
  GH_INVENTORY_MEDIA_TYPE: { status: 400, title: 'A media type is not sound' },
  GH_INVENTORY_SECURITY: { status: 400, title: 'A security requirement is not sound' },
  GH_INVENTORY_SHAPE: { status: 400, title: 'A value has another type than the format asks for' },
  GH_INVENTORY_REF_UNRESOLVED: { status: 400, title: 'A $ref points at nothing' },
  GH_INVENTORY_REF_CYCLE: { status: 400, title: 'A $ref leads back to itself' },
  GH_INVENTORY_REF_REMOTE: {
    status: 400,
    title: 'A remote $ref is never fetched',
    mend: 'Bundle the specification into one file first.',
  },
  GH_INVENTORY_REF_ANCHOR: {
    status: 400,
    title: 'A $ref by anchor is not followed',
    mend: 'Write the place of the schema, such as #/components/schemas/A.',
  },
  GH_INVENTORY_DISCRIMINATOR: {
    status: 400,
    title: 'A discriminator chooses nothing',
    mend: 'Where the base is used, write oneOf with a $ref to each child, and the discriminator beside it.',
  },
  GH_INVENTORY_SCHEMA_UNSOUND: { status: 400, title: 'A schema cannot be enforced as written' },
  GH_INVENTORY_WEBHOOK: { status: 400, title: 'A webhook is no operation of the API' },
  GH_INVENTORY_INFERRED: {
    status: 400,
    title: 'Schemas are inferred from examples',
    mend: 'Give a specification (OpenAPI 3.0 or 3.1) in place of the collection.',
  },
  GH_INVENTORY_RECORD_INVALID: {
    status: 500,
    title: 'The stored inventory cannot be read',
    mend: 'Import the specifications again.',
  },
} as const satisfies Record<string, ErrorEntry>
