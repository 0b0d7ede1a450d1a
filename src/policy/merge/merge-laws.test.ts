/** Laws of merging, over any five levels that people could write: nothing below is looser than what stands above allows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { change, placeAt } from '../../../test/support/policy-source.ts'
import type { RuleChange } from '../contract.ts'
import { isWithin, keeps, readBound } from '../rules/bounds.ts'
import { atLeastAsTight, type ParamKind, type ParamValue } from '../rules/param-kinds.ts'
import { RULES, type RuleSpec, ruleSpec } from '../rules/vocabulary.ts'
import { BUILT_IN, type Template } from '../template/templates.ts'
import { type Merged, type MergeLevels, mergeRules } from './merge-rules.ts'
import { type MergedRule, type MergedRules, strength } from './merged-rule.ts'

const AIS = BUILT_IN[0] as Template // sound: the list is not empty, and a test of templates() says so
const RUNS = { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) }

const origins = fc.uniqueArray(fc.constantFrom('https://a.example', 'https://b.example'))
const words = fc.uniqueArray(fc.constantFrom('AUTH', 'Authorised', 'valid', 'active', 'a', 'b'), {
  maxLength: 4,
})
const MODE = fc.constantFrom('off', 'observe', 'enforce')

/** Values near the ones that templates have, so that bounds are met and missed about as often. */
function valueOf(kind: ParamKind): fc.Arbitrary<ParamValue> {
  switch (kind.kind) {
    case 'at-most':
    case 'at-least':
      return fc.oneof(
        fc.integer({ min: kind.min, max: kind.max }),
        fc
          .constantFrom(0, 1, 16, 32, 33, 64, 3_600, 10_000, 15_000, 65_536)
          .map((n) => Math.min(kind.max, Math.max(kind.min, n))),
      )
    case 'ordered':
      return fc.constantFrom(...kind.values)
    case 'flag':
      return fc.boolean()
    case 'fixed':
      return fc.constantFrom('x-request-id', 'x-fapi-interaction-id', 'x-other')
    case 'subset':
      return kind.pattern === undefined ? words : origins
    case 'superset':
      return words
  }
}

function boundOf(kind: ParamKind): fc.Arbitrary<unknown> {
  if (kind.kind === 'fixed')
    return fc.uniqueArray(fc.constantFrom('x-request-id', 'x-fapi-interaction-id'), {
      minLength: 1,
    })
  if (kind.kind !== 'at-most') return valueOf(kind)
  return fc.oneof(
    valueOf(kind),
    fc.tuple(valueOf(kind), valueOf(kind)).map(([a, b]) => ({
      min: Math.min(Number(a), Number(b)),
      max: Math.max(Number(a), Number(b)),
    })),
  )
}

function some<T>(
  { params }: RuleSpec,
  of: (kind: ParamKind) => fc.Arbitrary<T>,
): fc.Arbitrary<Partial<Record<string, T>>> {
  return fc.record(Object.fromEntries([...params].map(([name, { kind }]) => [name, of(kind)])), {
    requiredKeys: [],
  })
}

const anyChange: fc.Arbitrary<RuleChange> = fc.constantFrom(...RULES).chain(
  (spec) =>
    fc
      .record({
        mode: fc.option(MODE),
        fraction: fc.option(fc.integer({ min: 0, max: 100 })),
        params: some(spec, valueOf),
        bounds: fc.option(fc.record({ mode: fc.option(MODE), params: some(spec, boundOf) })),
        approval: fc.option(fc.constant({ by: 'Dana', on: '2026-10-31' })),
      })
      .map((changes) => change(spec.name, changes as Parameters<typeof change>[1])), // sound: the record has their members
)
/** A mandate says no mode: it is enforced anyway. */
const anyMandate = anyChange.map((one): RuleChange => ({ ...one, mode: null, fraction: null }))
const levelsOf = (
  maxLength: number,
): fc.Arbitrary<Pick<MergeLevels, 'mandate' | 'class' | 'api'>> =>
  fc.record({
    mandate: fc.array(anyMandate, { maxLength }),
    class: fc.array(anyChange, { maxLength }),
    api: fc.array(anyChange, { maxLength }),
  })
const levels = levelsOf(3)
const anyOperation = fc.array(anyChange, { maxLength: 3 })

function merge(given: Partial<MergeLevels>): Merged {
  return mergeRules({
    mandate: [],
    template: AIS,
    templatePlace: placeAt(13, 15),
    class: [],
    api: [],
    owner: null,
    ...given,
  })
}

const closes = ({ findings }: Pick<Merged, 'findings'>): boolean =>
  findings.some((one) => one.closes)

function kindOf(rule: string, name: string): ParamKind {
  return ruleSpec(rule)?.params.get(name)?.kind ?? assert.fail(`${rule} has no ${name}`)
}

/** What the plan is made of: everything but who said it. */
function meaning(rules: MergedRules): unknown {
  return [...rules.values()].map(({ rule, mode, fraction, params, mandated, limits }) => ({
    rule,
    mode,
    fraction,
    mandated,
    params: [...params],
    floor: limits.floor,
    limits: [...limits.params],
  }))
}

test('law: nothing of a mandate is looser below, whatever class, API and operation write', () => {
  let seen = 0
  fc.assert(
    fc.property(levels, anyOperation, (given, operation) => {
      const merged = merge(given)
      for (const { rules } of [merged, merged.ofOperation(operation)])
        for (const { rule: name, params, bounds } of given.mandate) {
          const rule = rules.get(ruleSpec(name)?.name ?? 'authz.default')
          const pins = bounds === null || Object.keys(params).length > 0
          if (!pins || rule === undefined) continue
          seen++
          assert.deepEqual(
            [rule.mode, rule.fraction, rule.mandated, rule.origin.level],
            ['enforce', null, true, 'mandate'],
          )
          for (const [key, value] of Object.entries(params)) {
            const kind = kindOf(name, key)
            // Of two mandates that name different headers only one can hold.
            if (kind.kind === 'fixed') continue
            // Sound: the generator makes values of the parameter, and its sets hold words.
            const stated = value as ParamValue
            const sorted = typeof stated === 'object' ? [...stated].sort() : stated
            // A bound that raises a number to its least is a finding where it meets a pinned one.
            if (merged.findings.some(({ code }) => code === 'GH_POLICY_BOUNDS')) continue
            assert.ok(atLeastAsTight(kind, rule.params.get(key) ?? null, sorted), `${name} ${key}`)
          }
        }
    }),
    RUNS,
  )
  assert.ok(seen > 1_000, `only ${seen} mandated rules were looked at`)
})

test('law: without a finding that closes, every value keeps to the bounds of every level above', () => {
  let seen = 0
  fc.assert(
    // Few changes, or nearly all would be refused.
    fc.property(levelsOf(1), fc.array(anyChange, { maxLength: 1 }), (given, operation) => {
      const merged = merge(given)
      const own = merged.ofOperation(operation)
      if (closes(merged) || closes(own)) return
      for (const { rule: name, bounds } of [...given.mandate, ...given.class, ...given.api])
        for (const [key, written] of Object.entries(bounds?.params ?? {})) {
          const read = readBound(kindOf(name, key), written)
          const rule = own.rules.get(ruleSpec(name)?.name ?? 'authz.default')
          if (rule === undefined) continue
          assert.ok(read.ok)
          const value = rule.params.get(key) ?? null
          assert.ok(keeps(kindOf(name, key), value, read.value), `${name} ${key} ${String(value)}`)
          if (read.value.least !== null && value !== null)
            assert.ok(Number(value) >= read.value.least, `${name} ${key} ${String(value)}`)
          seen++
        }
    }),
    RUNS,
  )
  assert.ok(seen > 200, `only ${seen} bounds were looked at`)
})

test('law: what is taken is as tight as the limits above it, and no limit widens on its way down', () => {
  fc.assert(
    fc.property(levels, anyOperation, (given, operation) => {
      const above = merge({ ...given, api: [] })
      const api = merge(given)
      const own = api.ofOperation(operation)
      if (closes(api) || closes(own)) return
      for (const [upper, lower] of [
        [above.rules, api.rules],
        [api.rules, own.rules],
      ] as const)
        for (const [name, rule] of upper) keepsTo(rule, lower.get(name) ?? assert.fail(name))
    }),
    RUNS,
  )
})

function keepsTo(upper: MergedRule, lower: MergedRule): void {
  const name = upper.rule
  assert.ok(strength(lower.mode, lower.fraction) >= upper.limits.floor, `${name} mode`)
  assert.ok(lower.limits.floor >= upper.limits.floor, `${name} floor`)
  assert.equal(lower.mandated, upper.mandated)
  for (const [key, limit] of upper.limits.params) {
    const kind = kindOf(name, key)
    assert.ok(keeps(kind, lower.params.get(key) ?? null, limit), `${name} ${key}`)
    const next = lower.limits.params.get(key)
    assert.ok(next !== undefined && isWithin(kind, next, limit), `${name} ${key} limit`)
  }
}

test('law: saying a thing twice is saying it once', () => {
  fc.assert(
    fc.property(levels, anyOperation, (given, operation) => {
      const once = merge(given)
      if (closes(once)) return
      const twice = merge({
        mandate: [...given.mandate, ...given.mandate],
        class: given.class.flatMap((one) => [one, one]),
        api: given.api.flatMap((one) => [one, one]),
      })
      assert.deepEqual(meaning(twice.rules), meaning(once.rules))
      const own = once.ofOperation(operation)
      if (closes(own)) return
      const again = once.ofOperation(operation.flatMap((one) => [one, one]))
      assert.deepEqual(meaning(again.rules), meaning(own.rules))
    }),
    RUNS,
  )
})

test('law: whatever a lower level loosens is told, with who approved it', () => {
  fc.assert(
    fc.property(levels, (given) => {
      const merged = merge(given)
      const above = merge({ mandate: given.mandate })
      if (closes(above)) return
      for (const [name, rule] of merged.rules) {
        const upper = above.rules.get(name)
        if (upper === undefined) continue
        if (strength(rule.mode, rule.fraction) < strength(upper.mode, upper.fraction))
          assert.ok(rule.weakened.has('mode'), `${name} mode`)
        for (const [key, value] of rule.params) {
          const kind = kindOf(name, key)
          if (kind.kind !== 'fixed' && !atLeastAsTight(kind, value, upper.params.get(key) ?? null))
            assert.ok(rule.weakened.has(key), `${name} ${key}`)
        }
      }
    }),
    RUNS,
  )
})

test('law: without a lower level nothing is looser than the template', () => {
  fc.assert(
    fc.property(fc.array(anyMandate, { maxLength: 4 }), (mandate) => {
      const { rules, findings } = merge({ mandate })
      if (findings.length > 0) return
      for (const [name, own] of Object.entries(AIS.document.rules)) {
        const rule = rules.get(ruleSpec(name)?.name ?? 'authz.default') ?? assert.fail(name)
        assert.ok(strength(rule.mode, rule.fraction) >= strength(own.mode, null), name)
      }
    }),
    RUNS,
  )
})
