import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../../src/cli/index.ts'
import { controls } from '../../src/controls/index.ts'
import { CATALOG } from '../../src/lib/index.ts'
import { declarationsOf } from '../../tools/reference/interfaces.ts'
import { PAGES } from '../../tools/reference/pages.ts'
import { FOLDER } from '../../tools/reference/write.ts'

const committed = (file: string): string => readFileSync(join(FOLDER, file), 'utf8')

for (const page of PAGES)
  test(`docs/reference/${page.file} is what the source says: npm run docs writes it again`, () => {
    assert.equal(committed(page.file), page.render())
  })

test('docs/reference holds the generated pages and no other', () => {
  assert.ok(PAGES.length >= 5, 'the check is blind')
  assert.deepEqual(readdirSync(FOLDER).toSorted(), PAGES.map(({ file }) => file).toSorted())
})

test('every command, code and control has its place', () => {
  for (const { name } of COMMANDS)
    assert.ok(committed('cli.md').includes(`### gatehouse ${name}\n`), name)
  for (const code of Object.keys(CATALOG))
    assert.ok(committed('errors.md').includes(`| \`${code}\` |`), code)
  for (const { id } of controls()) assert.ok(committed('controls.md').includes(`### ${id}\n`), id)
})

test('every member of every event has a meaning', () => {
  const sources = ['access-event.ts', 'identity-event.ts', 'sca-event.ts'].map((name) =>
    readFileSync(join(import.meta.dirname, '..', '..', 'src', 'events', name), 'utf8'),
  )
  const members = sources
    .flatMap(declarationsOf)
    .flatMap((one) =>
      one.members.map(({ name, comment }) => ({ name: `${one.name}.${name}`, comment })),
    )
  assert.ok(members.length > 40, 'the check is blind')
  assert.deepEqual(
    members.filter(({ comment }) => comment === '').map(({ name }) => name),
    [],
  )
})

test('links from page to page lead somewhere', () => {
  let seen = 0
  for (const { file } of PAGES)
    for (const [, target = ''] of committed(file).matchAll(/\]\(([a-z-]+\.md)\)/g)) {
      seen++
      assert.ok(
        PAGES.some((page) => page.file === target),
        `${file}: ${target}`,
      )
    }
  assert.ok(seen > 0, 'no link seen: the check is blind')
})

test('`declarationsOf` reads members with their comments, nested objects and unions', () => {
  const found = declarationsOf(`/** A thing. */
export interface Thing {
  readonly v: 1
  /** How many;
   * at most ten. */
  readonly count?: number
  readonly inner: null | {
    readonly a: string
  }
}

export type Either =
  | 'a'
  | 'b'

export type Other = Thing | Either
`)
  assert.deepEqual(found, [
    {
      name: 'Thing',
      comment: 'A thing.',
      alias: undefined,
      members: [
        { name: 'v', optional: false, type: '1', comment: '' },
        { name: 'count', optional: true, type: 'number', comment: 'How many; at most ten.' },
        { name: 'inner', optional: false, type: 'null | { readonly a: string }', comment: '' },
      ],
    },
    { name: 'Either', comment: '', alias: "'a' | 'b'", members: [] },
    { name: 'Other', comment: '', alias: 'Thing | Either', members: [] },
  ])
})
