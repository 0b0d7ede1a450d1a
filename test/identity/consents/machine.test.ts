/** The table of transitions, whole, and what holds for every way through it. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  AUTHORISE_WITHIN_MS,
  type Consent,
  type ConsentStatus,
  MAX_STEPS,
} from '../../../src/identity/consents/consent.ts'
import {
  type Act,
  type ActKind,
  actOn,
  ACTS,
  isOver,
  newConsent,
  STATUSES,
} from '../../../src/identity/consents/machine.ts'
import { authenticatedUntil, ruleAt } from '../../../src/identity/consents/reauthentication.ts'
import { ACCOUNTS, DAY, T0 } from './terms.ts'

const RUNS = Math.max(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
const GOLDEN = join(import.meta.dirname, 'transitions.case')
const START = newConsent(ACCOUNTS, { id: 'c', client: 'tpp', regime: 'r' }, T0)

const ACT: { readonly [K in ActKind]: Extract<Act, { kind: K }> } = {
  authorise: { kind: 'authorise', subject: 'amira', accounts: ['1'], signatories: 1 },
  refuse: { kind: 'refuse', subject: 'amira' },
  withdraw: { kind: 'withdraw', subject: 'amira' },
  cancel: { kind: 'cancel', client: 'tpp' },
  terminate: { kind: 'terminate', staff: 'ops', why: 'fraud' },
  expire: { kind: 'expire' },
  consume: { kind: 'consume', client: 'tpp' },
}
function must(consent: Consent, act: Act, now = T0): Consent {
  const result = actOn(consent, act, now)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
const refused = (consent: Consent, act: Act, now = T0): string => {
  const result = actOn(consent, act, now)
  return result.ok ? `→ ${result.value.status}` : result.error
}
/** A consent in that state, which a customer has authorised where one can have. */
function standing(status: ConsentStatus): Consent {
  const authorisations = status === 'awaiting' ? [] : [{ subject: 'amira', at: T0 }]
  return { ...START, kind: 'payment', status, authorisations, expiresAt: T0 + DAY }
}

test('the table of transitions is the published one', () => {
  const lines = STATUSES.flatMap((status) =>
    ACTS.map((kind) => {
      const now = kind === 'expire' ? T0 + DAY : T0
      // In a consent that waits for a second customer it is the second who speaks.
      const act =
        status === 'partly-authorised' && kind === 'authorise'
          ? { ...ACT.authorise, subject: 'ben' }
          : ACT[kind]
      return `${status} ${kind} ${refused(standing(status), act, now)}`
    }),
  )
  const text = `${lines.join('\n')}\n`
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(GOLDEN, text)
  assert.equal(text, readFileSync(GOLDEN, 'utf8'))
})

test('of two customers who are needed both must say so, each once', () => {
  const two = { ...START, authorisersNeeded: 2 }
  const one = must(two, ACT.authorise)
  assert.equal(one.status, 'partly-authorised')
  assert.equal(refused(one, ACT.authorise), 'said-already')
  assert.equal(refused(one, { ...ACT.withdraw, subject: 'ben' }), 'not-theirs')
  const both = must(one, { ...ACT.authorise, subject: 'ben' })
  assert.equal(both.status, 'authorised')
  assert.equal(refused(both, { ...ACT.authorise, subject: 'carla' }), 'not-theirs')
  assert.equal(must(both, { ...ACT.withdraw, subject: 'ben' }).status, 'withdrawn')
  assert.equal(must(one, { ...ACT.refuse, subject: 'ben' }).status, 'rejected')
})

test('what is read is read of an account, and of no other than at first', () => {
  assert.equal(refused(START, { ...ACT.authorise, accounts: [] }), 'accounts')
  const picked = must(START, { ...ACT.authorise, accounts: ['1', '1', '2'] })
  assert.deepEqual(picked.accounts, ['1', '2'])
  assert.equal(refused(picked, { ...ACT.authorise, accounts: ['99'] }), 'accounts')
  assert.deepEqual(must(picked, { ...ACT.authorise, accounts: ['2'] }).accounts, ['1', '2'])
  const payment: Consent = { ...START, kind: 'payment', permissions: [] }
  assert.equal(refused(payment, { ...ACT.authorise, accounts: [] }), '→ authorised')
})

test('an account of two signatories makes a consent that waits for the second', () => {
  const one = must(START, { ...ACT.authorise, signatories: 2 })
  assert.equal(one.status, 'partly-authorised')
  assert.equal(must(one, { ...ACT.authorise, subject: 'ben' }).status, 'authorised')
})

test('another client neither cancels nor pays; what is no payment is not consumed', () => {
  const authorised = must(START, ACT.authorise)
  assert.equal(refused(authorised, { kind: 'cancel', client: 'other' }), 'not-theirs')
  assert.equal(refused(authorised, ACT.consume), 'not-possible')
  const payment: Consent = { ...authorised, kind: 'payment' }
  assert.equal(refused(payment, { kind: 'consume', client: 'other' }), 'not-theirs')
  assert.equal(must(payment, ACT.consume).status, 'consumed')
})

test('at its end, to the millisecond, it can do nothing but expire', () => {
  const authorised = must({ ...START, expiresAt: T0 + 1000 }, ACT.authorise)
  assert.equal(refused(authorised, ACT.withdraw, T0 + 999), '→ withdrawn')
  assert.equal(refused(authorised, ACT.expire, T0 + 999), 'not-possible')
  assert.equal(refused(authorised, ACT.withdraw, T0 + 1000), 'not-possible')
  assert.equal(refused(authorised, ACT.expire, T0 + 1000), '→ expired')
  assert.equal(refused(START, ACT.authorise, T0 + AUTHORISE_WITHIN_MS - 1), '→ authorised')
  assert.equal(refused(START, ACT.authorise, T0 + AUTHORISE_WITHIN_MS), 'not-possible')
  const open: Consent = { ...must(START, ACT.authorise) }
  delete (open as { expiresAt?: number }).expiresAt
  assert.equal(refused(open, ACT.expire, T0 + 10_000 * DAY), 'not-possible')
})

test('a history keeps its beginning and its newest steps', () => {
  let consent = must(START, ACT.authorise)
  for (let at = 0; at < MAX_STEPS + 5; at++) consent = must(consent, ACT.authorise, T0 + at)
  assert.equal(consent.history.length, MAX_STEPS)
  assert.equal(consent.history[0]?.why, 'created')
  assert.equal(consent.history.at(-1)?.at, T0 + MAX_STEPS + 4)
})

test('whatever happens in whatever order: what is over stays over, and each step says who and when', () => {
  const subjects = fc.constantFrom('amira', 'ben', 'carla')
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record({
      kind: fc.constant('authorise' as const),
      subject: subjects,
      accounts: fc.subarray(['1', '2', '3']),
      signatories: fc.integer({ min: 1, max: 2 }),
    }),
    fc.record({ kind: fc.constantFrom('refuse' as const, 'withdraw' as const), subject: subjects }),
    fc.record({
      kind: fc.constantFrom('cancel' as const, 'consume' as const),
      client: fc.constantFrom('tpp', 'other'),
    }),
    fc.constant(ACT.terminate),
    fc.constant(ACT.expire),
  )
  const start = fc.record({
    accounts: fc.constantFrom<readonly string[]>([], ['1', '2']),
    authorisersNeeded: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom('account-access' as const, 'payment' as const),
  })
  let over = 0
  fc.assert(
    fc.property(
      start,
      fc.array(fc.tuple(act, fc.integer({ min: -DAY, max: DAY })), { maxLength: 12 }),
      (of, acts) => {
        let consent: Consent = { ...START, ...of, expiresAt: T0 + 2 * DAY }
        let now = T0
        for (const [one, later] of acts) {
          now += later
          const result = actOn(consent, one, now)
          if (!result.ok) continue
          assert.ok(!isOver(consent), 'what is over stays over')
          const next = result.value
          const step = next.history.at(-1)
          assert.equal(step?.from, consent.status)
          assert.equal(step?.to, next.status)
          assert.equal(next.history.length, consent.history.length + 1)
          assert.ok(next.changedAt >= consent.changedAt, 'history does not run backwards')
          if (next.status === 'authorised')
            assert.ok(next.authorisations.length >= next.authorisersNeeded)
          if (one.kind === 'cancel' || one.kind === 'consume') assert.equal(one.client, 'tpp')
          consent = next
        }
        if (isOver(consent)) over++
      },
    ),
    { numRuns: RUNS },
  )
  assert.ok(over > RUNS / 20, 'the check is blind')
})

test('an authentication lasts 90 days until 2023-07-24 and 180 from then in the EU, and in the UK no time is set', () => {
  const authorised = must(START, ACT.authorise)
  assert.equal(authenticatedUntil(authorised, 'EU', T0), T0 + 180 * DAY)
  assert.equal(authenticatedUntil(authorised, 'EU', Date.UTC(2023, 6, 24)), T0 + 90 * DAY)
  assert.equal(authenticatedUntil(authorised, 'EU', Date.UTC(2023, 6, 25)), T0 + 180 * DAY)
  assert.equal(authenticatedUntil(authorised, 'UK', T0), undefined)
  assert.equal(authenticatedUntil(START, 'EU', T0), undefined, 'nobody has authenticated yet')
  assert.equal(authenticatedUntil({ ...authorised, kind: 'payment' }, 'EU', T0), undefined)
  assert.equal(ruleAt('EU', Date.UTC(2019, 0, 1)), undefined)
  const twice = {
    ...authorised,
    authorisations: [
      { subject: 'a', at: 5 },
      { subject: 'b', at: 3 },
    ],
  }
  assert.equal(authenticatedUntil(twice, 'EU', T0), 3 + 180 * DAY, 'the oldest of them counts')
})
