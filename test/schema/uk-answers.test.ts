/** Every answer of the real UK specification, projected: golden bodies, and one made from each schema with something added everywhere. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { compileSchemas, prepareProjector, prepareValidator } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

type Json = Readonly<Record<string, unknown>>
const spec = join(import.meta.dirname, '../../examples/bank/spec/account-info-openapi.yaml')
const document = parse(readFileSync(spec, 'utf8'))

/** The schema after its references, read independently of the product. */
function follow(value: Json): Json {
  let at = value
  while (typeof at['$ref'] === 'string')
    at = at['$ref']
      .slice(2)
      .split('/')
      // Sound: a reference that leads nowhere throws here, and the specification has none.
      .reduce<Json>((within, name) => within[name] as Json, document)
  return at
}

/** Operation → JSON pointer of the schema of its good answer; operations without a body are left out. */
const answers = new Map<string, string>()
for (const [path, item] of Object.entries<Record<string, Json>>(document.paths))
  for (const method of ['get', 'post', 'put', 'delete']) {
    // Sound: the members are those of OpenAPI's operation and response objects.
    const responses = item[method]?.['responses'] as Record<string, Json> | undefined
    const status = Object.keys(responses ?? {}).find((code) => code.startsWith('2'))
    const content = follow(responses?.[status ?? ''] ?? {})['content'] as
      | Record<string, { readonly schema: { readonly $ref: string } }>
      | undefined
    const ref = content?.['application/json']?.schema.$ref
    if (ref !== undefined) answers.set(`${method.toUpperCase()} ${path}`, ref.slice(1))
  }

const { program, roots } = compileSchemas({
  document,
  roots: [...new Set(answers.values())],
  regex: linearRegex,
})
const rootOf = (operation: string): number => roots.get(answers.get(operation) ?? '') ?? -1
const facts = { sets: {}, windows: {} }
const projector = (operation: string) =>
  prepareProjector(program, rootOf(operation), { drop: [], rows: [], freeForm: 'strip' })

const file = join(import.meta.dirname, 'uk/answers.case')
const [head = '', ...blocks] = readFileSync(file, 'utf8').split('\n## ')
const seen = new Set<string>()
const written = blocks.map((block) => {
  const [operation = '', ...lines] = block.trimEnd().split('\n')
  seen.add(operation)
  const project = projector(operation)
  const kept = lines.filter((line) => line !== '')
  const out = [operation]
  for (let at = 0; at < kept.length;) {
    const given = kept[at] ?? ''
    assert.equal(kept[at + 1], '----------', operation)
    const next = kept.indexOf('----------', at + 2)
    const want = kept.slice(at + 2, next < 0 ? undefined : next - 1)
    const result = project(given, facts)
    const got = result.ok
      ? [`fields ${result.removedFields}`, ...(result.removedFields === 0 ? [] : [result.text])]
      : [`refused ${result.reason}`]
    test(`${operation} lets out what its schema declares of ${given.slice(0, 40)}…`, () => {
      assert.equal(rootOf(operation) >= 0, true, 'no such operation')
      if (process.env['WRITE_CASES'] !== '1') assert.deepEqual(got, want)
    })
    out.push(given, '----------', ...got)
    at = next < 0 ? kept.length : next - 1
  }
  return `${out.join('\n')}\n`
})
if (process.env['WRITE_CASES'] === '1') writeFileSync(file, [head, ...written].join('\n## '))

test('every operation of the specification that answers with a body has a case', () => {
  assert.equal(answers.size, 28)
  assert.deepEqual([...seen].sort(), [...answers.keys()].sort())
})

const PATTERNED: Readonly<Record<string, string>> = {
  'date-time': '2026-01-05T09:00:00Z',
  uri: 'https://api.example/x',
}

/** A value with every declared member, and `extra` members that are not: what a schema lets out at its widest. */
function widest(schema: Json, added: { count: number }, extra: boolean): unknown {
  const at = follow(schema)
  const alternatives = (at['oneOf'] ?? at['anyOf']) as readonly Json[] | undefined
  if (alternatives?.[0] !== undefined) return widest(alternatives[0], added, extra)
  const parts = at['allOf'] as readonly Json[] | undefined
  if (parts !== undefined && parts.length === 1 && parts[0] !== undefined)
    return widest(parts[0], added, extra)
  switch (at['type'] ?? (at['properties'] === undefined ? 'string' : 'object')) {
    case 'object': {
      const properties = Object.entries((at['properties'] ?? {}) as Record<string, Json>)
      const members = properties.map(([name, inner]) => [name, widest(inner, added, extra)])
      if (!extra) return Object.fromEntries(members)
      added.count++
      const alien = added.count % 2 === 0 ? { deep: [{ iban: 'x' }] } : 'secret'
      members.splice(added.count % (members.length + 1), 0, [`undeclared${added.count}`, alien])
      return Object.fromEntries(members)
    }
    case 'array':
      return [widest(at['items'] as Json, added, extra)]
    case 'integer':
    case 'number':
      return 7
    case 'boolean':
      return true
    default:
      return (
        (at['enum'] as readonly string[] | undefined)?.[0] ??
        PATTERNED[String(at['format'])] ??
        'text'
      )
  }
}

for (const operation of answers.keys())
  test(`${operation} loses exactly what was added to its widest answer, at every depth`, () => {
    const schema = { $ref: `#${answers.get(operation) ?? ''}` }
    const plain = JSON.stringify(widest(schema, { count: 0 }, false))
    const added = { count: 0 }
    const chatty = JSON.stringify(widest(schema, added, true))
    const project = projector(operation)
    assert.deepEqual(project(plain, facts), {
      ok: true,
      text: plain,
      removedFields: 0,
      removedRows: 0,
    })
    const got = project(chatty, facts)
    assert.ok(got.ok && added.count >= 1)
    assert.equal(got.text, plain)
    assert.equal(got.removedFields, added.count)
  })

test('every answer refuses another document and a value that is no document', () => {
  for (const operation of answers.keys()) {
    const validate = prepareValidator(program, rootOf(operation), {
      regex: linearRegex,
      direction: 'response',
    })
    for (const text of ['null', '[]', '"x"', '0', 'true'])
      assert.deepEqual(validate(text), { ok: false, at: '', reason: 'type' }, operation)
  }
})
