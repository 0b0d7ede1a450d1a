/** `sca.required` with `outcome: linked`: what the token says was authenticated, or exempt, is what is held and what is paid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Facts,
  type Mode,
  type PlanRule,
  prepare,
  type ScaFact,
  type Verdict,
} from '../../src/decide/index.ts'
import {
  type AuthenticatedPayments,
  type ErrorCode,
  type JsonValue,
  readAuthorizationDetails,
} from '../../src/lib/index.ts'
import { digestOfHeld } from '../../src/proof/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { bankApi, bankPlan, BASE, CONSENT, goodFacts, headers, TOKEN } from './bank-plan.ts'

const OTHER = 'GH_GATEWAY_PAYMENT_SCA_OTHER'
const ACR = 'urn:bank:strong'
const FIELDS = {
  amount: ['/amount'],
  currency: ['/currency'],
  creditorAccount: ['/payee'],
  remittance: ['/text'],
} as const
const IBAN = 'DE02100100109307118603'
const MINE = 'DE89370400440532013000'
const detail = (amount: string, iban = IBAN): JsonValue => ({
  type: 'payment_initiation',
  instructedAmount: { amount, currency: 'EUR' },
  creditorAccount: { iban },
})
const body = (amount: string, iban = IBAN): JsonValue => ({
  amount,
  currency: 'EUR',
  payee: { iban },
})
const batch = (...amounts: readonly string[]): JsonValue => ({
  type: 'payment_initiation',
  payments: amounts.map((amount) => ({
    instructedAmount: { amount, currency: 'EUR' },
    creditorAccount: { iban: IBAN },
  })),
})

interface Asking {
  readonly linking?: Mode | 'absent'
  readonly acr?: boolean
  readonly mode?: Mode
  readonly released?: 'payment' | 'basket'
}

function kernelOf({ linking = 'enforce', acr = false, mode = 'enforce', released }: Asking) {
  const origin = { level: 'profile', source: 'pis@1.6.0' } as const
  const rules: readonly PlanRule[] = [
    {
      name: 'sca.required',
      control: 'sca-applied',
      mode,
      origin,
      params: { outcome: 'linked', ...(acr && { acr: [ACR] }) },
    },
    ...(linking === 'absent'
      ? []
      : [
          {
            name: 'sca.dynamicLinking',
            control: 'sca-dynamic-linking',
            mode: linking,
            origin,
            params:
              released === undefined
                ? {
                    mapping: { id: 'one', fields: FIELDS },
                    alternatives: [{ id: 'batch', payments: '/payments', fields: FIELDS }],
                    free: ['remittance'],
                  }
                : {
                    free: [],
                    released: {
                      of: released,
                      parameter: 'id',
                      authenticated: 'required',
                      statuses: ['AUTH'],
                    },
                  },
          } as PlanRule, // sound: the params are of the rule's
        ]),
  ]
  const operation = {
    id: 'Pay',
    method: 'POST',
    path: released === undefined ? '/payments' : '/payments/{id}/authorisations',
    rules: rules.map((_, at) => at),
    parameters: [],
    requestBody: { required: true, content: [{ mediaType: 'application/json' }] },
    responses: [],
  }
  return prepare(bankPlan(bankApi({ rules, operations: [operation] })), { regex: linearRegex })
}

function held(list: readonly JsonValue[] | undefined): {
  readonly payments?: AuthenticatedPayments
  readonly paymentsDigest?: string
} {
  if (list === undefined) return {}
  const payments = readAuthorizationDetails(list)
  const paymentsDigest = digestOfHeld(payments)
  return { payments, ...(paymentsDigest !== undefined && { paymentsDigest }) }
}

const AUTHENTICATED: ScaFact = { outcome: 'authenticated', decision: 'd-1' }
const EXEMPT: ScaFact = { outcome: 'exempt', decision: 'd-1', exemption: 'low-value' }

interface Given {
  /** What was authenticated, as the issuer signed it; absent: it does not say of what. */
  readonly of?: readonly JsonValue[]
  readonly said?: ScaFact | null
  readonly acr?: string
  readonly token?: readonly JsonValue[]
  readonly consent?: readonly JsonValue[]
  readonly asked?: JsonValue
  readonly changes?: Partial<Facts>
}

function factsOf({ said = AUTHENTICATED, ...given }: Given, path = '/payments'): Facts {
  const digest = given.of && digestOfHeld(readAuthorizationDetails(given.of))
  return {
    ...goodFacts('/payments'),
    request: { method: 'POST', target: `${BASE}${path}`, headers: headers() },
    token: {
      ...TOKEN,
      ...held(given.token),
      ...(given.acr !== undefined && { acr: given.acr }),
      ...(said !== null && { sca: { ...said, ...(digest !== undefined && { digest }) } }),
    },
    consent: { ...CONSENT, ...held(given.consent) },
    body: {
      kind: 'text',
      mediaType: 'application/json',
      text: JSON.stringify(given.asked ?? body('10.00')),
    },
    ...given.changes,
  }
}

function decide(given: Given, asking: Asking = {}): ErrorCode | 'allow' {
  const path = asking.released === undefined ? '/payments' : '/payments/p-1/authorisations'
  const verdict = kernelOf(asking).next(factsOf(given, path)) as Verdict
  for (const secret of [IBAN, MINE, '10.00', '1000'])
    assert.ok(!JSON.stringify(verdict.trail).includes(secret), secret)
  return verdict.kind === 'deny' ? verdict.code : 'allow'
}

const TEN = [detail('10.00')]

test('what consent and token hold is what was authenticated: paid', () => {
  for (const said of [AUTHENTICATED, EXEMPT])
    for (const linking of ['enforce', 'observe'] as const) {
      assert.equal(decide({ said, of: TEN, consent: TEN }, { linking }), 'allow')
      assert.equal(decide({ said, of: TEN, token: TEN }, { linking }), 'allow')
      assert.equal(decide({ said, of: TEN, token: TEN, consent: TEN }, { linking }), 'allow')
    }
})

test('a consent that somebody changed after it was authenticated pays nothing, though the request is like it', () => {
  const asked = body('10.00', MINE)
  for (const linking of ['enforce', 'observe'] as const) {
    const changed = [detail('10.00', MINE)]
    assert.equal(decide({ of: TEN, consent: changed, asked }, { linking }), OTHER)
    assert.equal(decide({ of: TEN, consent: [...TEN, ...changed], asked }, { linking }), OTHER)
    // The token's own cannot be changed; what the consent holds is what a payment is compared with as well.
    assert.equal(decide({ of: TEN, token: TEN, consent: changed, asked }, { linking }), OTHER)
  }
  // Taken away, it holds nothing that could be paid.
  assert.equal(decide({ of: TEN, asked }), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
  assert.equal(
    decide({ of: TEN, asked }, { linking: 'observe' }),
    'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
  )
})

test('an exemption for one payment pays no other, also while linking only observes', () => {
  const given = { said: EXEMPT, of: TEN, consent: TEN }
  for (const asked of [body('1000'), body('10.00', MINE), { payments: [body('10'), body('10')] }])
    assert.equal(decide({ ...given, asked }, { linking: 'observe' }), OTHER)
  assert.equal(
    decide({ ...given, asked: { amount: 10 } }, { linking: 'observe' }),
    'GH_GATEWAY_PAYMENT_UNREADABLE',
  )
  // Where linking enforces it says which field it is; what is free there is free here.
  assert.equal(decide({ ...given, asked: body('1000') }), 'GH_GATEWAY_PAYMENT_AMOUNT')
  const asked = { amount: '10.0', currency: 'eur', payee: { iban: IBAN }, text: 'rent' }
  assert.equal(decide({ ...given, asked }, { linking: 'observe' }), 'allow')
})

test('an outcome that is of no payment counts only beside an acr that the rule names', () => {
  assert.equal(decide({ consent: TEN }), OTHER)
  assert.equal(decide({ consent: TEN, said: EXEMPT }), OTHER)
  assert.equal(decide({ consent: TEN }, { acr: true }), 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT')
  assert.equal(decide({ consent: TEN, acr: ACR }, { acr: true }), 'allow')
  // Another provider says an acr and nothing of payments.
  assert.equal(decide({ consent: TEN, said: null, acr: ACR }, { acr: true }), 'allow')
  assert.equal(
    decide({ consent: TEN, said: null }, { acr: true }),
    'GH_GATEWAY_PAYMENT_SCA_MISSING',
  )
  // What it does say must be true.
  assert.equal(decide({ consent: TEN, of: [detail('9')], acr: ACR }, { acr: true }), OTHER)
})

test('it is sca.required that refuses, observes, and refuses what nobody could compare', () => {
  const given = { of: [detail('9')], consent: TEN }
  assert.equal(decide(given, { mode: 'observe' }), 'allow')
  const verdict = kernelOf({ mode: 'observe' }).next(factsOf(given)) as Verdict
  assert.deepEqual(
    verdict.trail.failed.map(({ rule, code, effect }) => [rule, code, effect]),
    [['sca.required', OTHER, 'observed']],
  )
  assert.equal(decide({ of: TEN, consent: TEN }, { linking: 'absent' }), OTHER)
  const unreadable = [{ ...(detail('1') as object), instructedAmount: 7 }] as JsonValue[]
  assert.equal(decide({ of: TEN, consent: unreadable }), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
  // The consent of another customer holds nothing of this one's.
  const consent = { ...CONSENT, subject: 'another', ...held(TEN) }
  assert.equal(decide({ of: TEN, changes: { consent } }), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
})

test('batches and several payments are digested together, in their order', () => {
  const list = [batch('1.00', '2.00'), detail('10.00')]
  assert.equal(decide({ of: list, consent: list }, { linking: 'observe' }), 'allow')
  const asked = { payments: [body('2.00'), body('1.00')] }
  assert.equal(decide({ of: list, consent: list, asked }, { linking: 'observe' }), 'allow')
  assert.equal(
    decide({ of: list, consent: [batch('1.00', '3.00'), detail('10.00')], asked }),
    OTHER,
  )
  assert.equal(decide({ of: list, consent: [...list].reverse() }), OTHER)
  // A token may repeat a part of its consent; the consent is what was authenticated.
  assert.equal(decide({ of: list, consent: list, token: TEN }), 'allow')
})

test('what is released is what was authenticated', () => {
  const asking = (linking: Mode): Asking => ({ linking, released: 'payment' })
  const made = (list: readonly JsonValue[]): Partial<Facts> => {
    const read = readAuthorizationDetails(list)
    assert.ok(read.kind === 'known')
    const resource = JSON.stringify([`${BASE}/payments`])
    return { initiated: [{ kind: 'known', payments: read.payments.flat(), resource }] }
  }
  const asked = { scaAuthenticationData: '1' }
  const other = [detail('10.00', MINE)]
  assert.equal(
    decide({ of: TEN, token: TEN, asked, changes: made(TEN) }, asking('observe')),
    'allow',
  )
  assert.equal(
    decide({ of: TEN, token: TEN, asked, changes: made(other) }, asking('observe')),
    OTHER,
  )
  assert.equal(
    decide({ of: TEN, token: TEN, asked, changes: made(other) }, asking('enforce')),
    'GH_GATEWAY_PAYMENT_PAYEE',
  )
  assert.equal(
    decide({ of: TEN, consent: other, asked, changes: made(other) }, asking('enforce')),
    OTHER,
  )
  const unknown = { initiated: [{ kind: 'unknown' }] } as const
  assert.equal(
    decide({ of: TEN, token: TEN, asked, changes: unknown }, asking('observe')),
    'GH_GATEWAY_PAYMENT_UNKNOWN',
  )
  // A step that releases nothing: the bank is asked for its methods.
  const step = { of: TEN, token: other, asked: { authenticationMethodId: 'm' }, changes: made(TEN) }
  assert.equal(decide(step, asking('observe')), 'allow')
})

test('whatever is changed in a payment that was authenticated, and in nothing else, is refused', () => {
  const amount = fc.integer({ min: 1, max: 99_999 }).map((cents) => (cents / 100).toFixed(2))
  const one = fc.record({ amount, iban: fc.constantFrom(IBAN, MINE) })
  const list = fc.array(one, { minLength: 1, maxLength: 3 })
  const written = (of: readonly { amount: string; iban: string }[]): readonly JsonValue[] =>
    of.map((payment) => detail(payment.amount, payment.iban))
  const kernel = kernelOf({ linking: 'observe' })
  fc.assert(
    fc.property(list, list, fc.nat(2), (authenticated, kept, at) => {
      const pays = kept[at % kept.length] ?? { amount: '1.00', iban: IBAN }
      const verdict = kernel.next(
        factsOf({
          of: written(authenticated),
          consent: written(kept),
          asked: body(pays.amount, pays.iban),
        }),
      )
      const same = JSON.stringify(authenticated) === JSON.stringify(kept)
      assert.equal(verdict.kind, same ? 'allow' : 'deny')
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
