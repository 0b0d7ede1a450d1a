import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  control,
  type ControlQuery,
  controls,
  dataClass,
  findControls,
  lookUpControl,
  regime,
  regimeFamily,
} from './index.ts'

function idsOf(query: ControlQuery): readonly string[] {
  const found = findControls(query)
  assert.ok(found.ok)
  return found.value.map((entry) => entry.id)
}

test('`findControls` gives all controls when nothing is asked', () => {
  assert.deepEqual(
    idsOf({}),
    controls().map((entry) => entry.id),
  )
})

test('`findControls` tells the editions apart: API3 is exposure in 2019 and properties in 2023', () => {
  const of2019 = idsOf({ owasp: 'API3:2019' })
  const of2023 = idsOf({ owasp: 'API3:2023' })
  assert.ok(of2019.includes('error-disclosure') && !of2023.includes('error-disclosure'))
  assert.ok(of2023.includes('write-allowlist') && !of2019.includes('write-allowlist'))
  assert.deepEqual(idsOf({ owasp: 'api10:2019' }), idsOf({ owasp: 'API10:2019' }))
})

test('`findControls` narrows when both are asked', () => {
  const both = idsOf({ regime: 'pci-dss', owasp: 'API1:2023' })
  assert.ok(both.includes('object-authz'))
  assert.ok(both.length < idsOf({ regime: 'pci-dss' }).length)
})

test('`findControls` finds a regime through those that belong to it, but never through a proposal', () => {
  assert.ok(idsOf({ regime: 'eu-dora' }).includes('cert-register-renewal'), 'RTS art 7(4)-(5)')
  assert.deepEqual(regimeFamily('eu-dora'), [
    'eu-dora',
    'eu-dora-rts-rm',
    'eu-dora-cl',
    'eu-dora-ir',
  ])
  assert.ok(!regimeFamily('eu-psd2').includes('eu-psr'))
  assert.deepEqual(regimeFamily('eu-psr'), ['eu-psr'])
  assert.deepEqual(regimeFamily('nowhere'), [])
})

for (const { query, kind, nearest } of [
  { query: { owasp: 'API3' }, kind: 'owasp', nearest: undefined },
  { query: { owasp: 'API03:2023' }, kind: 'owasp', nearest: 'API3:2023' },
  { query: { owasp: 'API11:2023' }, kind: 'owasp', nearest: 'API1:2023' },
  { query: { owasp: 'API3:2021' }, kind: 'owasp', nearest: 'API3:2023' },
  { query: { owasp: '' }, kind: 'owasp', nearest: undefined },
  { query: { regime: 'eu-dorra' }, kind: 'regime', nearest: 'eu-dora' },
  { query: { regime: '__proto__' }, kind: 'regime', nearest: undefined },
] as const)
  test(`\`findControls\` answers ${JSON.stringify(query)} with what is known`, () => {
    const found = findControls(query)
    assert.ok(!found.ok)
    assert.equal(found.error.kind, kind)
    assert.ok(found.error.allowed.length >= 20)
    if (nearest === undefined) assert.equal(found.error.nearest, undefined)
    else assert.equal(found.error.nearest, nearest)
  })

test('`lookUpControl` gives the control, or the nearest name', () => {
  assert.equal(control('object-authz')?.enforce.policyField, 'authz.objects')
  assert.ok(lookUpControl('object-authz').ok)
  const missed = lookUpControl('objet-authz')
  assert.ok(!missed.ok && missed.error.nearest === 'object-authz')
})

test('tables answer names of the prototype with nothing', () => {
  for (const name of ['__proto__', 'constructor', 'toString', '']) {
    assert.equal(control(name), undefined)
    assert.equal(regime(name), undefined)
    assert.equal(dataClass(name), undefined)
  }
})
