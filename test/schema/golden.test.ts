/** Cases are files: schema and settings, `----------`, then what goes in and what must come out. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import {
  compileSchemas,
  prepareProjector,
  prepareValidator,
  type RowFacts,
  type Selection,
} from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

interface Settings {
  /** The version of the document, where its schemas are of another dialect than OpenAPI 3.0's. */
  readonly openapi?: string
  readonly schema: object
  readonly components?: object
  readonly direction?: 'request' | 'response'
  readonly selection?: Partial<Selection>
  readonly sets?: Readonly<Record<string, readonly string[]>>
  readonly windows?: RowFacts['windows']
}

function load(folder: string): { name: string; sections: string[] }[] {
  const files = globSync(join(import.meta.dirname, folder, '*.case')).sort()
  return files.map((file) => ({
    name: `${folder}/${basename(file)}`,
    sections: readFileSync(file, 'utf8').trimEnd().split('\n----------\n'),
  }))
}

function compiled(text: string) {
  const settings = JSON.parse(text) as Settings // sound: our own files
  const { schema, components, openapi } = settings
  // Through JSON, as a plan travels.
  const document = JSON.parse(
    JSON.stringify({ openapi, schema, components: { schemas: components ?? {} } }),
  )
  const { program, roots } = compileSchemas({ document, roots: ['/schema'], regex: linearRegex })
  const shipped = JSON.parse(JSON.stringify(program)) as typeof program
  return { settings, program: shipped, root: roots.get('/schema') ?? -1 }
}

const projections = load('projection')
const validations = load('validation')
test('there are cases', () => assert.ok(projections.length >= 8 && validations.length >= 8))

for (const { name, sections } of projections)
  test(name, () => {
    const { settings, program, root } = compiled(sections[0] ?? '')
    const { sets = {}, windows = {}, selection } = settings
    const project = prepareProjector(
      program,
      root,
      { drop: [], rows: [], freeForm: 'strip', ...selection },
      { regex: linearRegex },
    )
    const facts = {
      sets: Object.fromEntries(Object.entries(sets).map(([key, all]) => [key, new Set(all)])),
      windows,
    }
    assert.ok(sections.length >= 3 && sections.length % 2 === 1, 'pairs of input and output')
    for (let i = 1; i < sections.length; i += 2) {
      const input = sections[i] ?? ''
      const [first = '', ...rest] = (sections[i + 1] ?? '').split('\n')
      const got = project(input, facts)
      const head = got.ok
        ? `fields ${got.removedFields} rows ${got.removedRows}`
        : `refused ${got.reason} ${got.at}`.trimEnd()
      assert.equal(head, first, input)
      if (!got.ok) continue
      assert.equal(got.text, rest.length === 0 ? input : rest.join('\n'))
    }
  })

for (const { name, sections } of validations)
  test(name, () => {
    const { settings, program, root } = compiled(sections[0] ?? '')
    const { direction = 'request' } = settings
    const validate = prepareValidator(program, root, { regex: linearRegex, direction })
    const lines = (sections[1] ?? '').split('\n').filter((line) => line !== '')
    assert.ok(lines.length > 1)
    for (const line of lines) {
      const [, want = '', text = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
      const got = validate(text)
      assert.equal(got.ok ? 'ok' : got.reason + (got.at === '' ? '' : `@${got.at}`), want, text)
    }
  })
