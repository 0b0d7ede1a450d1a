/**
 * `roles.case`: an operation, and the role and reason it is given. What else the document holds stands after `+`.
 *
 *     GET /accounts/{id} [:scope=a,b] [:tag=PIS_Service] [:open] [:x-scope=bank:accounts:read] [:internal] [:request=…] [:response=…] [+ POST /x]
 *
 * No mark of security: a scheme without scopes. `:none`: nothing is declared; `:open`: declared open; `:optional`: open or a scheme.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { enumerations } from '../../src/controls/index.ts'
import { importSpec, type OperationRecord } from '../../src/inventory/index.ts'

const FILE = join(import.meta.dirname, 'roles.case')

function operation(words: readonly string[]): readonly [path: string, item: object] {
  const [method = '', path = '', ...marks] = words
  const value = (name: string): string | undefined =>
    marks.find((mark) => mark.startsWith(`:${name}=`))?.slice(name.length + 2)
  const list = (name: string): readonly string[] => value(name)?.split(',') ?? []
  const content = (name: string): object => {
    const key = value(name)
    if (key === undefined) return {}
    const schema = { type: 'object', properties: { [key]: { type: 'string' } } }
    return { content: { 'application/json': { schema } } }
  }
  const needed = { oauth: list('scope') }
  const security = marks.includes(':open')
    ? []
    : marks.includes(':optional')
      ? [{}, needed]
      : [needed]
  return [
    path,
    {
      [method.toLowerCase()]: {
        tags: list('tag').map((tag) => tag.replaceAll('_', ' ')),
        ...(marks.includes(':internal') && { 'x-internal': true }),
        ...(value('x-scope') !== undefined && { 'x-scopes': list('x-scope') }),
        ...(!marks.includes(':none') && { security }),
        ...(value('request') !== undefined && { requestBody: content('request') }),
        responses: { 200: { description: 'ok', ...content('response') } },
      },
    },
  ]
}

/** The first operation of the line. */
function record(line: string): OperationRecord {
  const paths = new Map<string, object>()
  for (const part of line.trim().split(' + ')) {
    const [path, item] = operation(part.split(' '))
    paths.set(path, { ...paths.get(path), ...item })
  }
  const document = {
    openapi: '3.0.3',
    info: { title: 'roles', version: '1' },
    paths: Object.fromEntries(paths),
    components: { securitySchemes: { oauth: { type: 'oauth2', flows: {} } } },
  }
  const { spec } = importSpec({ file: 'roles.json', text: JSON.stringify(document) })
  const [method = ''] = line.trim().split(' ')
  const found = spec?.operations.find((one) => one.method === method)
  assert.ok(found !== undefined, line)
  return found
}

test('importSpec: the role of each operation, and what tells it', () => {
  const lines = readFileSync(FILE, 'utf8').split('\n')
  const roles = new Set<string>()
  const seen = lines.map((line) => {
    if (line === '' || line.startsWith('#')) return line
    const given = line.split('  ')[0] ?? ''
    const { role, roleReason } = record(given)
    roles.add(role)
    return `${given.padEnd(64)}  ${role}: ${roleReason ?? ''}`
  })
  // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/inventory/roles.test.ts
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(FILE, seen.join('\n'))
  else assert.deepEqual(seen, lines)
  assert.ok(lines.length > 150, 'the check is blind')
  assert.deepEqual([...roles].sort(), [...enumerations().roles].sort())
})
