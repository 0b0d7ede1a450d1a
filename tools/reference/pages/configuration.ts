import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/index.ts'
import { code, markdownTable, page, type Page } from '../page.ts'

const SCHEMA = join(import.meta.dirname, '..', '..', '..', 'schemas', 'gatehouse.schema.json')

interface Row {
  readonly path: string
  readonly schema: JsonObject
  readonly required: boolean
}

export const configuration: Page = {
  file: 'configuration.md',
  render() {
    const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as JsonObject // sound: our own published schema
    const properties = membersOf(schema)
    return page(
      'gatehouse.yaml',
      'Every key, its default and its limits, as `schemas/gatehouse.schema.json` has them (editors complete from that file). An unknown key, a repeated key and a literal secret are refused with file, line and column. Paths are relative to the file.',
      ...properties.map((row) => section(row)),
    )
  },
}

function section(row: Row): string {
  const rows = below(row)
  const { description } = row.schema
  return [
    `## ${row.path}`,
    [typeof description === 'string' ? description : '', row.required ? 'Required.' : '']
      .join(' ')
      .trim(),
    facts(row.schema).join('; '),
    rows.length === 0
      ? ''
      : markdownTable(
          ['key', 'meaning', 'values', 'default'],
          rows.map(({ path, schema, required }) => [
            code(path) + (required ? ' *required*' : ''),
            typeof schema['description'] === 'string' ? schema['description'] : '',
            facts(schema, false).join('; '),
            'default' in schema ? code(JSON.stringify(schema['default'])) : '',
          ]),
        ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** Rules stand in several places with the same parameters: they have a page of their own. */
function below(row: Row): readonly Row[] {
  return children(row).flatMap((child) =>
    isRules(child.schema) ? [child] : [child, ...below(child)],
  )
}

function children({ path, schema }: Row): readonly Row[] {
  if (isRules(schema)) return []
  const own = membersOf(schema).map((row) => ({ ...row, path: `${path}.${row.path}` }))
  const item = schema['items']
  const more = schema['additionalProperties']
  return [
    ...own,
    ...(isJsonObject(item) ? children({ path: `${path}[]`, schema: item, required: false }) : []),
    ...(isJsonObject(more)
      ? children({ path: `${path}.NAME`, schema: more, required: false })
      : []),
    ...alternatives(schema).flatMap((one) => children({ path, schema: one, required: false })),
  ]
}

function isRules(schema: JsonObject): boolean {
  return membersOf(schema).some(({ path }) => path === 'authz.default')
}

function membersOf(schema: JsonObject): readonly Row[] {
  const { properties, required } = schema
  const needed = Array.isArray(required) ? required : []
  return isJsonObject(properties)
    ? Object.entries(properties).flatMap(([path, one]) =>
        isJsonObject(one) ? [{ path, schema: one, required: needed.includes(path) }] : [],
      )
    : []
}

function alternatives({ anyOf, oneOf }: JsonObject): readonly JsonObject[] {
  return [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list.filter(isJsonObject) : []))
}

/** Kind, words, limits and examples; with the default where the row has no column for it. */
function facts(schema: JsonObject, withDefault = true): string[] {
  const found: string[] = []
  const say = (text: string | undefined): void => void (text !== undefined && found.push(text))
  if (isRules(schema)) return ['rules by name: see [policy-rules.md](policy-rules.md)']
  const words = schema['enum']
  const either = alternatives(schema)
  if (Array.isArray(words)) say(words.map((word) => code(String(word))).join(', '))
  else if (either.length > 0) say(either.map((one) => facts(one).join('; ')).join(' *or* '))
  else say(kind(schema))
  say(limits(schema))
  if (withDefault && 'default' in schema) say(`default ${code(JSON.stringify(schema['default']))}`)
  const { examples } = schema
  if (Array.isArray(examples)) say(`such as ${examples.map((one) => code(plain(one))).join(', ')}`)
  return found
}

function kind(schema: JsonObject): string | undefined {
  const { type, items } = schema
  if (type === 'array') {
    const of = isJsonObject(items) ? facts(items, false).join('; ') : ''
    return of === '' ? 'list' : `list of ${of}`
  }
  if (type === 'object') return 'map'
  if (type === 'boolean') return 'true or false'
  return typeof type === 'string'
    ? type.replace('string', 'text').replace('integer', 'whole number')
    : undefined
}

function limits(schema: JsonObject): string | undefined {
  const text = (name: string): string | undefined => {
    const value = schema[name]
    return typeof value === 'number' ? String(value) : undefined
  }
  const range = (
    low: string | undefined,
    high: string | undefined,
    what: string,
  ): string | undefined =>
    low === undefined && high === undefined
      ? undefined
      : low === undefined
        ? `at most ${high}${what}`
        : high === undefined
          ? `at least ${low}${what}`
          : `${low} to ${high}${what}`
  const pattern = schema['pattern']
  return (
    [
      range(text('minimum'), text('maximum'), ''),
      // The general cap on every text says nothing about one of them.
      text('maxLength') === '2048' ? undefined : range(undefined, text('maxLength'), ' characters'),
      text('minItems') === undefined ? undefined : `at least ${text('minItems')}`,
      typeof pattern === 'string' ? `pattern ${code(pattern)}` : undefined,
    ]
      .filter((part) => part !== undefined)
      .join('; ') || undefined
  )
}

function plain(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
