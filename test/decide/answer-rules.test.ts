/** `upstream.validation` and `response.errors` over answers, in every mode: what leaves, and what the event is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Kernel,
  type Mode,
  prepare,
  type Respond,
  type RuleFailure,
} from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { bankApi, bankPlan, goodFacts, OPERATIONS, rule, RULES } from './bank-plan.ts'

interface Modes {
  readonly contract?: Mode
  readonly errors?: Mode
  readonly fields?: Mode
  readonly watchEvery?: number
  readonly now?: number
}

function kernelOf({
  contract = 'off',
  errors = 'enforce',
  fields = 'enforce',
  watchEvery = 1,
}: Modes): Kernel {
  const mode = (name: string, otherwise: Mode): Mode =>
    name === 'response.errors' ? errors : name === 'response.fields' ? fields : otherwise
  const rules = [...RULES, rule('upstream.validation', 'upstream-trust', { watchEvery })].map(
    (one) => ({
      ...one,
      mode: one.name === 'upstream.validation' ? contract : mode(one.name, one.mode),
    }),
  )
  const [first] = OPERATIONS
  assert.ok(first !== undefined)
  const operation = { ...first, rules: [...first.rules, RULES.length] }
  return prepare(bankPlan(bankApi({ rules, operations: [operation] })), { regex: linearRegex })
}

interface Left {
  readonly text: string | undefined
  readonly rule: string | undefined
  readonly code: string | undefined
  readonly detail: string | undefined
  readonly effect: RuleFailure['effect'] | undefined
  readonly status: number | undefined
}

/** What leaves, and the one thing that is said about it. */
function left(
  modes: Modes,
  text: string,
  head: { status?: number; mediaType?: string } = {},
): Left {
  const facts = goodFacts('/accounts', modes.now === undefined ? {} : { now: modes.now })
  const kernel = kernelOf(modes)
  const verdict = kernel.next(facts)
  assert.ok(verdict.kind === 'allow')
  const respond: Respond = kernel.respond(verdict, facts, {
    status: 200,
    mediaType: 'application/json',
    contentEncoding: '',
    headers: ['content-type'],
    ...head,
  })
  const none = {
    text: undefined,
    rule: undefined,
    code: undefined,
    detail: undefined,
    effect: undefined,
    status: undefined,
  }
  const said = (failure: RuleFailure | undefined): Partial<Left> | undefined =>
    failure && {
      rule: failure.rule,
      code: failure.code,
      detail: failure.detail,
      effect: failure.effect,
    }
  if (respond.kind === 'pass') return { ...none, text, ...said(respond.observed?.[0]) }
  if (respond.kind === 'refuse') return { ...none, detail: respond.reason }
  if (respond.kind === 'replace') return { ...none, status: respond.status }
  const applied = respond.apply(text)
  if (!applied.ok && applied.reason === 'withheld')
    return { ...none, ...said(applied.failure), status: applied.status }
  if (!applied.ok) return { ...none, detail: applied.reason }
  return { ...none, text: applied.text, ...said(applied.observed?.[0]) }
}

const GOOD = '{"Data":{"Account":[{"AccountId":"22289"}]}}'
/** Of another type than declared, and more than declared. */
const WRONG = '{"Data":{"Account":[{"AccountId":22289,"Secret":"s3cret"}]}}'

test('`upstream.validation` says nothing of an answer that is as declared', () => {
  for (const contract of ['off', 'observe', 'enforce'] as const)
    assert.deepEqual(left({ contract }, GOOD).text, GOOD)
  assert.equal(left({ contract: 'observe' }, GOOD).rule, undefined)
})

test('`upstream.validation` observing names place and keyword, never the value, and the answer leaves', () => {
  const seen = left({ contract: 'observe' }, WRONG)
  assert.equal(seen.rule, 'upstream.validation')
  assert.equal(seen.effect, 'observed')
  assert.match(
    seen.detail ?? '',
    /^body\/Data\/Account\/0\/AccountId is not what its schema says: type$/,
  )
  assert.ok(!JSON.stringify(seen.detail).includes('22289'))
  assert.ok(seen.text !== undefined)
})

test('`upstream.validation` enforced keeps the answer back', () => {
  const seen = left({ contract: 'enforce' }, WRONG)
  assert.equal(seen.text, undefined)
  assert.deepEqual([seen.rule, seen.effect], ['upstream.validation', 'denied'])
  assert.equal(seen.code, 'GH_GATEWAY_RESPONSE_INVALID')
  // What is no JSON is no answer of this schema either.
  assert.equal(left({ contract: 'enforce' }, '{').effect, 'denied')
})

test('`upstream.validation` reads what no other rule reads', () => {
  const modes = { contract: 'observe', fields: 'observe' } as const
  const seen = left(modes, WRONG)
  assert.equal(seen.text, WRONG)
  assert.equal(seen.effect, 'observed')
  assert.equal(
    left(modes, 'x', { mediaType: 'text/html' }).detail,
    'the media type is not declared',
  )
  assert.equal(left(modes, GOOD, { status: 201 }).detail, 'status 201 is not declared')
  assert.equal(left({ ...modes, contract: 'enforce' }, GOOD, { status: 201 }).text, undefined)
  assert.equal(left({ ...modes, contract: 'off' }, WRONG).rule, undefined)
})

test('`upstream.validation` compares a sample while it observes, and everything when it is enforced', () => {
  const now = Math.floor(goodFacts('/accounts').now / 16) * 16
  const seen = Array.from({ length: 32 }, (_, ms) =>
    left({ contract: 'observe', watchEvery: 16, now: now + ms }, WRONG),
  )
  assert.deepEqual(
    seen.flatMap(({ rule: name }, ms) => (name === undefined ? [] : [ms])),
    [0, 16],
  )
  assert.equal(left({ contract: 'enforce', watchEvery: 16, now: now + 1 }, WRONG).effect, 'denied')
})

const ERROR = { status: 400 }

test('`response.errors` lets a declared error out, as far as it is declared', () => {
  const seen = left({}, '{"Code":"400 BadRequest","Stack":"ORA-00942"}', ERROR)
  assert.equal(seen.text, '{"Code":"400 BadRequest"}')
  assert.equal(seen.rule, undefined)
})

for (const [what, text] of [
  ['a leak in a declared member', '{"Code":"ORA-00942: table or view does not exist"}'],
  ['another type than declared', '{"Code":{"x":1}}'],
  ['no JSON', '<html>nginx/1.2</html>'],
  ['two answers in one', '{"Code":"a"}{"Code":"b"}'],
] as const) {
  test(`\`response.errors\` replaces an error with ${what}, under the status that came`, () => {
    const seen = left({}, text, ERROR)
    if (what === 'another type than declared' && seen.text !== undefined)
      return assert.equal(seen.text, '{}')
    assert.equal(seen.text, undefined)
    assert.equal(seen.status, 400)
    assert.deepEqual([seen.rule, seen.effect], ['response.errors', 'denied'])
  })
}

test('`response.errors` observing lets an error out whole, and says what is wrong with it', () => {
  const text = '{"Code":"at com.bank.Core.find(Core.java:1)","More":1}'
  const seen = left({ errors: 'observe' }, text, ERROR)
  assert.equal(seen.text, text)
  assert.deepEqual([seen.detail, seen.effect], ['the error holds a stack trace', 'observed'])
  const page = left({ errors: 'observe' }, '<html>', { status: 500, mediaType: 'text/html' })
  assert.deepEqual([page.text, page.rule], ['<html>', 'response.errors'])
  assert.equal(left({ errors: 'off' }, text, ERROR).rule, undefined)
})
