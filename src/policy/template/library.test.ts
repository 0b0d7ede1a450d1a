/** A bank's own templates: what extends what, what a child may not loosen, and what is said where. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { diffTemplates } from './diff-templates.ts'
import type { TemplateDocument } from './document.ts'
import { MAX_EXTENDS_DEPTH } from './extend.ts'
import { templateLibrary } from './library.ts'
import { BUILT_IN, digestOf, type Template } from './templates.ts'

const AIS = BUILT_IN[0] as Template // sound: the list is not empty, and a test of templates() says so
const linkOf = ({ document, digest }: Template): string =>
  `${document.name}@${document.version}#${digest}`

const child = (
  name: string,
  link: string,
  more: JsonObject = {},
): { file: string; value: JsonValue } => ({
  file: `${name}.yaml`,
  value: { extends: link, name, version: '1.0.0', title: name, ...more },
})
const find = (templates: readonly Template[], name: string): Template =>
  templates.find(({ document }) => document.name === name) ?? assert.fail(`${name} is not there`)

test('a child is its parent with what it states on top, parameter by parameter', () => {
  const { templates, problems } = templateLibrary([
    child('partner', linkOf(AIS), {
      rules: {
        'request.validation': { params: { maxDepth: 16 } },
        'token.lifetime': { params: { maxSeconds: 300 }, bounds: {} },
      },
    }),
  ])
  assert.deepEqual(problems, [])
  const { document, digest, extends: above } = find(templates, 'partner')
  assert.deepEqual(above, [linkOf(AIS)])
  assert.equal(digest, digestOf(document))
  assert.deepEqual(document.rules['request.validation']?.params, {
    ...AIS.document.rules['request.validation']?.params,
    maxDepth: 16,
  })
  assert.equal(document.rules['token.lifetime']?.bounds?.mode, 'observe')
  assert.deepEqual(document.roles, ['ais'])
})

test('the digest of a child covers its parents', () => {
  const build = (maxDepth: number): Template => {
    const first = templateLibrary([
      child('parent', linkOf(AIS), { rules: { 'request.validation': { params: { maxDepth } } } }),
    ])
    const parent = find(first.templates, 'parent')
    const both = templateLibrary([
      // In the wrong order on purpose.
      child('child', linkOf(parent)),
      child('parent', linkOf(AIS), { rules: { 'request.validation': { params: { maxDepth } } } }),
    ])
    assert.deepEqual(both.problems, [])
    return find(both.templates, 'child')
  }
  assert.notEqual(build(8).digest, build(9).digest)
  assert.equal(build(8).digest, build(8).digest)
  assert.equal(build(8).extends.length, 2)
})

/** What a child states → the member at which it is refused. */
const LOOSER: readonly (readonly [what: string, more: JsonObject, path: string])[] = [
  [
    'a method more',
    { serves: { methods: ['GET', 'POST'], notRoles: ['auth', 'pis', 'cbpii', 'admin'] } },
    'serves.methods',
  ],
  ['a role more', { serves: { methods: ['GET'], notRoles: ['auth'] } }, 'serves.notRoles'],
  ['an older feed', { feedAllowanceMs: 300_001 }, 'feedAllowanceMs'],
  [
    'a parameter beyond its bound',
    { rules: { 'request.validation': { params: { maxDepth: 65 } } } },
    'rules.request.validation.params.maxDepth',
  ],
  [
    'a parameter without a bound',
    { rules: { 'token.lifetime': { params: { maxSeconds: 3_601 } } } },
    'rules.token.lifetime.params.maxSeconds',
  ],
  [
    'a mode below its bound',
    { rules: { 'token.validation': { mode: 'observe' } } },
    'rules.token.validation.mode',
  ],
  [
    'a bound of a mode that is wider',
    { rules: { 'token.validation': { bounds: { mode: 'observe' } } } },
    'rules.token.validation.bounds.mode',
  ],
  [
    'a bound that is wider',
    { rules: { 'request.validation': { bounds: { params: { maxDepth: 65 } } } } },
    'rules.request.validation.bounds.params.maxDepth',
  ],
  [
    'another header',
    { rules: { 'logging.audit': { params: { interactionHeader: 'x-other' } } } },
    'rules.logging.audit.params.interactionHeader',
  ],
  [
    'an opened API',
    { rules: { 'authz.default': { params: { open: true } } } },
    'rules.authz.default.params.open',
  ],
  [
    'an unknown rule',
    { rules: { 'authz.magic': { mode: 'enforce', params: {} } } },
    'rules.authz.magic',
  ],
  ['an unknown member', { extend: 'x' }, 'extend'],
  [
    'an unknown member of serves',
    { serves: { methods: ['GET'], notRoles: [], all: true } },
    'serves.all',
  ],
  ['an unknown role', { roles: ['aisp'] }, 'roles'],
  ['rules that are a list', { rules: [] }, 'rules'],
]
for (const [what, more, path] of LOOSER)
  test(`a child is refused for ${what}`, () => {
    const { templates, problems } = templateLibrary([child('own', linkOf(AIS), more)])
    assert.deepEqual(
      problems.map((one) => [one.file, one.path.join('.')]),
      [['own.yaml', path]],
    )
    assert.equal(templates.length, BUILT_IN.length)
  })

test('a child may not lift what its parent is strict about', () => {
  const pis = find(BUILT_IN, 'pis')
  for (const [more, path] of [
    [{ audit: 'buffered' }, 'audit'],
    [{ degradable: true }, 'degradable'],
    [{ feedAllowanceMs: 60_001 }, 'feedAllowanceMs'],
  ] as const) {
    const { problems } = templateLibrary([child('own', linkOf(pis), more)])
    assert.deepEqual(
      problems.map((one) => one.path.join('.')),
      [path],
    )
  }
})

test('a parent is named with its digest, and the right one', () => {
  for (const link of [
    'ais',
    'ais@1.0.0',
    `ais@1.0.0#sha256:${'0'.repeat(64)}`,
    'nothing@1.0.0#sha256:0',
    `ais@9.0.0#sha256:${'0'.repeat(64)}`,
  ]) {
    const { problems } = templateLibrary([child('own', link)])
    assert.deepEqual(
      problems.map((one) => one.path),
      [['extends']],
      link,
    )
  }
})

test('templates that extend one another in a loop are refused, however long the loop', () => {
  for (const length of [1, 2, 5]) {
    const name = (at: number): string => `t${at % length}`
    const own = Array.from({ length }, (_, at) =>
      child(name(at), `${name(at + 1)}@1.0.0#sha256:${'0'.repeat(64)}`),
    )
    const { templates, problems } = templateLibrary(own)
    assert.equal(problems.length, length)
    for (const { text } of problems) assert.match(text, /loop/)
    assert.equal(templates.length, BUILT_IN.length)
  }
})

test('templates extend one another so deep and no deeper', () => {
  let known = templateLibrary([]).templates
  const own: { file: string; value: JsonValue }[] = []
  for (let depth = 1; depth <= MAX_EXTENDS_DEPTH + 1; depth++) {
    const parent = known.at(-1) ?? AIS
    own.push(child(`t${depth}`, linkOf(depth === 1 ? AIS : parent)))
    const { templates, problems } = templateLibrary(own)
    assert.equal(problems.length, depth > MAX_EXTENDS_DEPTH ? 1 : 0, `depth ${depth}`)
    known = templates
  }
})

test('a version is never given twice; another one stands beside it', () => {
  const { problems } = templateLibrary([
    { file: 'own.yaml', value: { ...(AIS.document as unknown as JsonObject), title: 'Mine' } },
  ])
  assert.deepEqual(
    problems.map((one) => one.path),
    [['version']],
  )
  const { templates, problems: none } = templateLibrary([
    { file: 'own.yaml', value: { ...(AIS.document as unknown as JsonObject), version: '1.9.0' } },
  ])
  assert.deepEqual(none, [])
  assert.deepEqual(
    templates
      .filter(({ document }) => document.name === 'ais')
      .map(({ document }) => document.version),
    ['1.0.0', '1.1.0', '1.9.0'],
  )
})

const withRule = (name: string, rule: JsonValue): TemplateDocument => {
  const value: JsonValue = { ...(AIS.document as unknown as JsonObject) }
  const rules = isJsonObject(value) && isJsonObject(value['rules']) ? value['rules'] : {}
  return { ...value, rules: { ...rules, [name]: rule } } as unknown as TemplateDocument // sound enough for a comparison
}

test('diffTemplates() says what is tighter, what is looser, and nothing of what is the same', () => {
  assert.deepEqual(diffTemplates(AIS.document, AIS.document), [])
  const effect = (after: TemplateDocument): readonly string[] =>
    diffTemplates(AIS.document, after).map(({ what, effect: is }) => `${what} ${is}`)
  assert.deepEqual(effect({ ...AIS.document, audit: 'strict' }), ['audit tighter'])
  assert.deepEqual(effect({ ...AIS.document, feedAllowanceMs: 1 }), ['feedAllowanceMs tighter'])
  assert.deepEqual(effect({ ...AIS.document, serves: { methods: ['GET'], notRoles: [] } }), [
    'serves.methods tighter',
    'serves.notRoles looser',
  ])
  assert.deepEqual(
    effect(
      withRule('token.lifetime', {
        mode: 'observe',
        params: { maxSeconds: 60 },
        bounds: { mode: 'off' },
      }),
    ),
    [
      'token.lifetime mode looser',
      'token.lifetime bound of mode looser',
      'token.lifetime maxSeconds tighter',
    ],
  )
  const { 'authz.objects': _, ...fewer } = AIS.document.rules
  assert.deepEqual(effect({ ...AIS.document, rules: fewer }), ['authz.objects looser'])
})

test('property: whatever a file holds, the library answers with problems and never throws', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record(
          {
            format: fc.constantFrom(1, 2),
            name: fc.constantFrom('a', 'b', 'ais', '', 7),
            version: fc.constantFrom('1.0.0', '1', null),
            title: fc.constantFrom('t', ''),
            extends: fc.constantFrom(
              linkOf(AIS),
              'a@1.0.0#sha256:0',
              `b@1.0.0#sha256:${'0'.repeat(64)}`,
              'ais',
              3,
            ),
            rules: fc.constantFrom(
              {},
              [],
              null,
              { 'authz.default': { mode: 'enforce' } },
              { 'authz.objects': 1 },
            ),
            serves: fc.constantFrom({}, [], { methods: 'GET' }),
            audit: fc.constantFrom('strict', 1),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 4 },
      ),
      (values) => {
        const own = values.map((value, at) => ({
          file: `${at}`,
          value: value as unknown as JsonValue,
        }))
        const { templates, problems } = templateLibrary(own)
        assert.equal(templates.length - BUILT_IN.length + problems.length, own.length)
      },
    ),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
