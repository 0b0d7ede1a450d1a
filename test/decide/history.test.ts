/** How far back an answer reaches without a fresh authentication: `history.case` line by line, and the balance that it never touches. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Facts,
  type HistoryParams,
  type Kernel,
  type PlanRule,
  prepare,
  type Respond,
} from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { bankApi, bankPlan, CONSENT, goodFacts, OPERATIONS, RULES, TOKEN } from './bank-plan.ts'

const LINES = readFileSync(join(import.meta.dirname, 'history.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

const DAY_MS = 86_400_000
const PATH = '/accounts/22289/transactions'
const AT = ['Data', 'Transaction', '*']
const HISTORY: HistoryParams = {
  days: 90,
  freshSeconds: 300,
  beyond: 'challenge',
  dates: ['fromBookingDateTime', 'dateFrom', 'dateTo', 'oldest-time'],
  rows: [{ at: AT, field: ['BookingDateTime'], test: { kind: 'within', window: 'history' } }],
}

function kernelOf(words: ReadonlyMap<string, string>): Kernel {
  // Sound: the words of a case are modes, levels and numbers of a rule; the kernel checks them.
  const sca = {
    name: 'sca.required',
    control: 'sca-applied',
    mode: words.get('mode') ?? 'enforce',
    origin: { level: words.get('level') ?? 'api', source: 'test' },
    params: {
      history: {
        ...HISTORY,
        days: Number(words.get('days') ?? 90),
        beyond: words.get('beyond') ?? 'challenge',
      },
    },
  } as PlanRule
  const rules = RULES.map((rule) =>
    rule.name === 'response.fields'
      ? ({
          ...rule,
          mode: words.get('fields') ?? 'enforce',
          params: { ...rule.params, ...(words.has('both') && { directionsWhenNone: 'all' }) },
        } as PlanRule)
      : rule,
  )
  const operations = OPERATIONS.map((one) => ({
    ...one,
    rules: [...one.rules, rules.length],
    responses: one.responses.map((answer) =>
      one.id === 'GetTransactions'
        ? { ...answer, content: [...answer.content, { mediaType: 'text/plain' }] }
        : answer,
    ),
  }))
  return prepare(bankPlan(bankApi({ rules: [...rules, sca], operations })), { regex: linearRegex })
}

function factsOf(words: ReadonlyMap<string, string>): Facts {
  const now = Date.parse(words.get('now') ?? '')
  const seconds = now / 1000
  const auth = words.get('auth')
  const [from, to] = (words.get('period') ?? '').split('/')
  const { transactionsFrom: _, transactionsTo: __, ...consent } = CONSENT
  const query = words.get('ask')
  return {
    ...goodFacts(query === undefined ? PATH : `${PATH}?${query}`),
    now,
    ...(words.get('observeAll') === 'yes' && { observeAll: true }),
    token: {
      ...TOKEN,
      expiresAt: seconds + 300,
      issuedAt: seconds - 300,
      notBefore: seconds - 300,
      ...(auth !== undefined && { authenticatedAt: seconds + Number(auth) }),
    },
    consent: {
      ...consent,
      validFrom: now - DAY_MS,
      expiresAt: now + DAY_MS,
      ...(from !== undefined && from !== '' && { transactionsFrom: Date.parse(from) }),
      ...(to !== undefined && { transactionsTo: Date.parse(to) }),
    },
  }
}

function answered(kernel: Kernel, facts: Facts, mediaType: string): Respond | string {
  const verdict = kernel.next(facts)
  if (verdict.kind === 'deny') return verdict.code
  assert.equal(verdict.kind, 'allow', JSON.stringify(verdict))
  if (verdict.kind !== 'allow') return ''
  const head = { status: 200, mediaType, contentEncoding: '', headers: ['content-type'] }
  return kernel.respond(verdict, facts, head)
}

function bodyOf(days: readonly string[]): string {
  const Transaction = days.map((day) => ({
    AccountId: '22289',
    CreditDebitIndicator: 'Credit',
    ...(day !== '-' && { BookingDateTime: day }),
    Amount: '1.00',
  }))
  return JSON.stringify({ Data: { Transaction } })
}

interface Row {
  readonly BookingDateTime?: string
}

/** Days of the rows that leave of these, or what else becomes of the request. */
function outcome(kernel: Kernel, facts: Facts, days: readonly string[], mediaType: string): string {
  const verdict = kernel.next(facts)
  const seen =
    verdict.kind === 'allow' && verdict.trail.failed.some(isSca) ? ' observed request' : ''
  const answer = answered(kernel, facts, mediaType)
  if (typeof answer === 'string') return answer
  if (answer.kind === 'refuse') return 'refused'
  if (answer.kind !== 'project')
    return mediaType === 'text/plain' ? 'pass' : `${days.join()}${seen}`
  const applied = answer.apply(bodyOf(days))
  assert.ok(applied.ok, JSON.stringify(applied))
  // Sound: it is `bodyOf`, with less in it.
  const { Data } = JSON.parse(applied.text) as {
    readonly Data: { readonly Transaction: readonly Row[] }
  }
  const left = Data.Transaction.map((row) => row.BookingDateTime ?? '-').join()
  return `${left}${seen}${applied.observed?.some(isSca) === true ? ' observed answer' : ''}`
}

function isSca({ rule, code }: { readonly rule: string; readonly code: string }): boolean {
  return rule === 'sca.required' && code === 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT'
}

test('there are cases', () => assert.ok(LINES.length > 40))

for (const line of LINES)
  test(line, () => {
    const [given = '', want = ''] = line.split(' => ')
    const words = new Map(
      given.split(' ').map((word): [string, string] => {
        const at = word.indexOf('=')
        return [word.slice(0, at), word.slice(at + 1)]
      }),
    )
    const days = (words.get('rows') ?? '').split(',').filter((day) => day !== '')
    const mediaType = words.get('media') ?? 'application/json'
    assert.equal(outcome(kernelOf(words), factsOf(words), days, mediaType), want)
  })

test('an answer without transactions is what it is, whenever the customer was authenticated', () => {
  const words = new Map([['now', '2026-11-29T09:00:00Z']])
  const facts: Facts = { ...factsOf(words), request: goodFacts('/accounts/22289').request }
  const answer = answered(kernelOf(words), facts, 'application/json')
  assert.ok(typeof answer !== 'string' && answer.kind === 'project')
  const body = JSON.stringify({ Data: { Account: [{ AccountId: '22289' }] } })
  const applied = answer.apply(body)
  assert.ok(applied.ok && applied.text === body)
})

test('only days are cut: a consent that was asked for no direction still sees rows of none', () => {
  const words = new Map([
    ['now', '2026-11-29T09:00:00Z'],
    ['both', 'yes'],
  ])
  const facts = factsOf(words)
  assert.ok(facts.consent?.kind === 'known')
  const consent = { ...facts.consent, permissions: new Set(['ReadAccountsBasic']) }
  const answer = answered(kernelOf(words), { ...facts, consent }, 'application/json')
  assert.ok(typeof answer !== 'string' && answer.kind === 'project')
  const row = (day: string): object => ({ AccountId: '22289', BookingDateTime: day })
  const rows = [row('2026-11-28'), row('2020-01-01')]
  const applied = answer.apply(JSON.stringify({ Data: { Transaction: rows } }))
  assert.ok(applied.ok)
  assert.deepEqual(JSON.parse(applied.text), { Data: { Transaction: rows.slice(0, 1) } })
})

test('a window that is not named `history` closes the API, and so does one that is no number', () => {
  for (const history of [
    { ...HISTORY, rows: [{ at: AT, field: [], test: { kind: 'within', window: 'other' } }] },
    { ...HISTORY, days: '90' },
    { ...HISTORY, beyond: 'warn' },
  ]) {
    // Sound enough for what the test shows: the kernel does not believe the type.
    const sca = { name: 'sca.required', control: 'c', mode: 'enforce', params: { history } }
    const rule = { ...sca, origin: { level: 'api', source: 'test' } } as unknown as PlanRule
    const api = bankApi({
      rules: [...RULES, rule],
      operations: OPERATIONS.map((one) => ({ ...one, rules: [...one.rules, RULES.length] })),
    })
    const verdict = prepare(bankPlan(api), { regex: linearRegex }).next(goodFacts(PATH))
    assert.ok(verdict.kind === 'deny' && verdict.code === 'GH_GATEWAY_API_CLOSED')
  }
})

test('for every day and every row: a row leaves if and only if it is of one of the last 90 days, or later', () => {
  const kernel = kernelOf(new Map())
  const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2090, 0, 1) })
  const near = fc.integer({ min: -100 * DAY_MS, max: 0 })
  fc.assert(
    fc.property(instant, fc.array(near, { minLength: 1, maxLength: 5 }), (now, ages) => {
      const at = new Date(now).toISOString()
      const days = ages.map((age) => new Date(now + age).toISOString())
      const first = new Date(now)
      first.setUTCDate(first.getUTCDate() - 90)
      const day = first.toISOString().slice(0, 10)
      const want = days.filter((row) => row.slice(0, 10) >= day).join()
      const facts = factsOf(new Map([['now', at]]))
      assert.equal(outcome(kernel, facts, days, 'application/json'), want)
    }),
    { numRuns: Math.min(Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 2_000), 100_000) },
  )
})
