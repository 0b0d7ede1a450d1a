import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type JsonValue, type JsonObject, isJsonObject } from '../../lib/index.ts'
import ais from './data/ais.json' with { type: 'json' }
import { MAX_FEED_ALLOWANCE_MS, parseTemplate } from './document.ts'
import { resolveTemplate } from './link.ts'
import { templatePurpose } from '../compile/template-purpose.ts'
import { BUILT_IN, digestOf, readTemplate, templates } from './templates.ts'

const AIS = ais as unknown as JsonObject // sound: a JSON file that holds an object
const changed = (changes: JsonObject): JsonObject => ({ ...AIS, ...changes })
const withRule = (name: string, rule: JsonValue): JsonObject =>
  changed({ rules: { ...(isJsonObject(AIS['rules']) ? AIS['rules'] : {}), [name]: rule } })

test('templates() lists all with digests, and says which needs an issuer', () => {
  assert.deepEqual(
    templates().map(({ name, needsIssuer }) => [name, needsIssuer]),
    [
      ['ais', true],
      ['ais', true],
      ['open-data', false],
      ['pis', true],
      ['pis', true],
      ['pis', true],
      ['pis', true],
      ['pis', true],
      ['pis', true],
      ['pis', true],
      ['cbpii', true],
      ['consent', true],
      ['auth', false],
      ['admin', true],
      ['internal', true],
      ['psd2-ais', true],
      ['psd2-ais', true],
      ['psd2-ais', true],
      ['psd2-pis', true],
      ['psd2-pis', true],
      ['psd2-pis', true],
      ['psd2-pis', true],
      ['psd2-pis', true],
      ['psd2-pis', true],
      ['psd2-cbpii', true],
      ['cdr-banking', true],
      ['brazil-payments', true],
      ['brazil-payments', true],
      ['brazil-payments', true],
      ['berlin-group-ais', true],
      ['berlin-group-ais', true],
      ['berlin-group-pis', true],
      ['berlin-group-pis', true],
      ['berlin-group-pis', true],
      ['berlin-group-pis', true],
    ],
  )
  for (const { digest } of templates()) assert.match(digest, /^sha256:[0-9a-f]{64}$/)
  const links = templates().map(({ name, version }) => `${name}@${version}`)
  assert.equal(new Set(links).size, links.length, 'one version is one document')
})

test('digestOf() is the same for another order of members, and another for another value', () => {
  const reversed = Object.fromEntries(Object.entries(AIS).reverse())
  assert.equal(digestOf(reversed), digestOf(AIS))
  assert.notEqual(digestOf(changed({ audit: 'strict' })), digestOf(AIS))
})

test('resolveTemplate() follows a name, a version and a digest', () => {
  const [first] = BUILT_IN
  assert.ok(first !== undefined)
  const newest = BUILT_IN.findLast(({ document }) => document.name === 'ais')
  for (const [link, digest] of [
    ['ais', newest?.digest],
    ['ais@1.0.0', first.digest],
    [`ais@1.0.0#${first.digest}`, first.digest],
  ] as const) {
    const found = resolveTemplate(link)
    assert.equal(found.ok ? found.value.digest : found.error.code, digest, link)
  }
})

test('resolveTemplate() refuses the right name with another digest', () => {
  const found = resolveTemplate(`ais@1.0.0#sha256:${'0'.repeat(64)}`)
  assert.equal(found.ok ? 'found' : found.error.code, 'GH_POLICY_DIGEST_MISMATCH')
})

test('resolveTemplate() names the nearest template for one it does not know', () => {
  const found = resolveTemplate('open-dat')
  assert.ok(!found.ok)
  assert.equal(found.error.code, 'GH_POLICY_TEMPLATE_UNKNOWN')
  assert.match(found.error.text, /Did you mean open-data\?/)
  assert.equal(resolveTemplate('ais@9.0.0').ok, false)
})

test('resolveTemplate() refuses what is no link, however it is dressed', () => {
  for (const link of [
    '',
    'AIS',
    'ais@1',
    'ais@latest',
    'ais#sha256:00',
    'ais@1.0.0#md5:0',
    'ais ',
    '../ais',
    '__proto__',
  ]) {
    const found = resolveTemplate(link)
    assert.equal(found.ok ? 'found' : found.error.code, 'GH_POLICY_TEMPLATE_LINK', link)
  }
})

test('resolveTemplate() takes the newest version for a bare name, by number and not by text', () => {
  const known = ['1.9.0', '1.10.0', '1.2.0'].map((version) => readTemplate(changed({ version })))
  const found = resolveTemplate('ais', known)
  assert.equal(found.ok ? found.value.document.version : '', '1.10.0')
})

test('templatePurpose() gives the roles a template is for, and none for what is no template', () => {
  assert.deepEqual(templatePurpose('ais@1.0.0').roles, ['ais'])
  assert.deepEqual(templatePurpose('nothing').roles, [])
})

test('parseTemplate() refuses a template with anything it does not know or that is out of range', () => {
  const wrong: readonly (readonly [string, JsonValue])[] = [
    ['no object', []],
    ['another format', changed({ format: 2 })],
    ['an unknown member', changed({ extends: 'psd2' })],
    ['a bad name', changed({ name: 'Ais' })],
    ['a bad version', changed({ version: '1.0' })],
    ['another level', changed({ level: 'api' })],
    ['no audit', changed({ audit: 'none' })],
    ['an endless feed allowance', changed({ feedAllowanceMs: MAX_FEED_ALLOWANCE_MS + 1 })],
    ['rules that are a list', changed({ rules: [] })],
    ['no word about tokens', changed({ rules: {} })],
    [
      'a word about tokens that only observes',
      withRule('authz.default', { mode: 'observe', params: {} }),
    ],
    ['an unknown rule', withRule('authz.magic', { mode: 'enforce', params: {} })],
    ['a rule without parameters', withRule('authz.consent', { mode: 'enforce' })],
    ['an unknown mode', withRule('authz.consent', { mode: 'warn', params: {} })],
    [
      'a fraction over 100',
      withRule('authz.consent', { mode: 'enforce', fraction: 101, params: {} }),
    ],
    [
      'an unknown parameter',
      withRule('authz.consent', { mode: 'enforce', params: { status: [] } }),
    ],
    [
      'a parameter of another kind',
      withRule('token.lifetime', { mode: 'enforce', params: { maxSeconds: '60' } }),
    ],
    [
      'a bound of another kind',
      withRule('token.lifetime', {
        mode: 'enforce',
        params: {},
        bounds: { params: { maxSeconds: 0 } },
      }),
    ],
  ]
  for (const [what, value] of wrong) assert.equal(parseTemplate(value).ok, false, what)
  assert.ok(parseTemplate(AIS).ok)
  assert.ok(parseTemplate(changed({ feedAllowanceMs: MAX_FEED_ALLOWANCE_MS })).ok)
})

test('a template of one scheme says where its words come from, and what of it nobody has checked', () => {
  for (const name of ['cdr-banking', 'brazil-payments', 'berlin-group-ais', 'berlin-group-pis']) {
    const { sources = [] } = BUILT_IN.find(({ document }) => document.name === name)?.document ?? {}
    assert.ok(
      sources.some(({ checked }) => checked === 'text'),
      name,
    )
    assert.ok(
      sources.some(({ checked }) => checked === 'unchecked'),
      name,
    )
  }
})

test('parseTemplate() takes sources, and refuses what is none', () => {
  const source = { title: 'A', version: '1', clauses: 'all', checked: 'text' }
  assert.ok(parseTemplate(changed({ sources: [source] })).ok)
  for (const sources of [
    {},
    [{ ...source, checked: 'law' }],
    [{ ...source, title: '' }],
    [{ ...source, url: 'x' }],
    [{ title: 'A' }],
    Array.from({ length: 33 }, () => source),
  ])
    assert.equal(
      parseTemplate(changed({ sources })).ok,
      false,
      JSON.stringify(sources).slice(0, 60),
    )
})
