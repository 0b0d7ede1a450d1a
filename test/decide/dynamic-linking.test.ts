/** The rule `sca.dynamicLinking` by itself: what it compares with, when it reads the body, and what it says of neither. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Facts,
  type Mode,
  type PlanRule,
  prepare,
  type Verdict,
} from '../../src/decide/index.ts'
import {
  type AuthenticatedPayments,
  type ErrorCode,
  type JsonValue,
  type PaymentField,
  readAuthorizationDetails,
} from '../../src/lib/index.ts'
import { USED_SECONDS } from '../../src/decide/rules/linking-use.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { bankApi, bankPlan, BASE, CONSENT, goodFacts, headers, TOKEN } from './bank-plan.ts'

const MAPPING = {
  id: 'test',
  fields: {
    amount: ['/amount'],
    currency: ['/currency'],
    creditorAccount: ['/payee'],
    creditorName: ['/name'],
    remittance: ['/text'],
  },
} as const
const DETAIL = {
  type: 'payment_initiation',
  instructedAmount: { amount: '10.00', currency: 'EUR' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Acme',
}
const BODY = {
  amount: '10.0',
  currency: 'eur',
  payee: { iban: 'DE02 1001 0010 9307 1186 03' },
  name: 'ACME',
}

function kernelOf(mode: Mode, free: readonly PaymentField[] = [], once = false) {
  const rule: PlanRule = {
    name: 'sca.dynamicLinking',
    control: 'sca-dynamic-linking',
    mode,
    origin: { level: 'profile', source: 'pis@1.1.0' },
    params: { mapping: MAPPING, free, ...(once && { consent: 'once' }) },
  }
  const operation = {
    id: 'Pay',
    method: 'POST',
    path: '/payments',
    rules: [0],
    parameters: [],
    requestBody: { required: true, content: [{ mediaType: 'application/json' }] },
    responses: [],
  }
  const plan = bankPlan(bankApi({ rules: [rule], operations: [operation] }))
  return prepare(plan, { regex: linearRegex })
}

const details = (...list: readonly JsonValue[]): AuthenticatedPayments =>
  readAuthorizationDetails(list)

function facts(changes: Partial<Facts> = {}, body: JsonValue | string = BODY): Facts {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    ...goodFacts('/payments'),
    request: { method: 'POST', target: `${BASE}/payments`, headers: headers() },
    token: { ...TOKEN, payments: details(DETAIL) },
    body: { kind: 'text', mediaType: 'application/json', text },
    ...changes,
  }
}

function codeOf(given: Facts, kernel = kernelOf('enforce')): ErrorCode | 'allow' {
  const verdict = kernel.next(given) as Verdict
  for (const secret of ['DE02', 'Acme', 'Mallory', '10.0', 'DE89'])
    assert.ok(!JSON.stringify(verdict.trail).includes(secret), secret)
  return verdict.kind === 'deny' ? verdict.code : 'allow'
}

test('the payment of the token, of the consent, or of both is what may be paid', () => {
  const consent = (payments: AuthenticatedPayments) => ({ consent: { ...CONSENT, payments } })
  const other = details({ ...DETAIL, creditorName: 'Mallory' })
  assert.equal(codeOf(facts()), 'allow')
  assert.equal(codeOf(facts({ token: TOKEN, ...consent(details(DETAIL)) })), 'allow')
  assert.equal(codeOf(facts(consent(details(DETAIL)))), 'allow')
  assert.equal(codeOf(facts(consent(other))), 'GH_GATEWAY_PAYMENT_PAYEE_NAME')
  assert.equal(
    codeOf(facts({ token: { ...TOKEN, payments: other }, ...consent(details(DETAIL)) })),
    'GH_GATEWAY_PAYMENT_PAYEE_NAME',
  )
})

test('nothing authenticated, something that cannot be read, and the consent of another pay nothing', () => {
  const none = 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED'
  assert.equal(codeOf(facts({ token: TOKEN })), none)
  assert.equal(codeOf(facts({ token: { ...TOKEN, payments: details() } })), none)
  assert.equal(codeOf(facts({ token: { ...TOKEN, payments: details({ type: 'account' }) } })), none)
  const broken = details(DETAIL, { ...DETAIL, instructedAmount: { amount: 1, currency: 'EUR' } })
  assert.equal(codeOf(facts({ token: { ...TOKEN, payments: broken } })), none)
  for (const foreign of [{ subject: 'x' }, { clientId: 'x' }, { id: 'x' }]) {
    const consent = { ...CONSENT, payments: details(DETAIL), ...foreign }
    assert.equal(codeOf(facts({ token: TOKEN, consent })), none)
  }
  assert.equal(codeOf(facts({ token: { kind: 'absent' } })), 'GH_GATEWAY_TOKEN_MISSING')
  assert.equal(codeOf(facts({ feedAgeMs: 300_001 })), 'GH_GATEWAY_FEED_STALE')
})

test('of several authenticated payments the request may be any one, and never a mixture', () => {
  const second = {
    ...DETAIL,
    instructedAmount: { amount: '20.00', currency: 'EUR' },
    creditorAccount: { iban: 'DE89370400440532013000' },
  }
  const token = { ...TOKEN, payments: details(DETAIL, second) }
  assert.equal(codeOf(facts({ token })), 'allow')
  const other = { ...BODY, amount: '20', payee: { iban: 'DE89370400440532013000' } }
  assert.equal(codeOf(facts({ token }, other)), 'allow')
  assert.equal(codeOf(facts({ token }, { ...BODY, amount: '20' })), 'GH_GATEWAY_PAYMENT_AMOUNT')
})

test('a body that two readers would read in two ways is refused', () => {
  const text = JSON.stringify(BODY)
  for (const body of [
    text.replace('"amount"', '"amount":"99.00","amount"'),
    text.replace('"amount"', String.raw`"\u0061mount":"99.00","amount"`),
    text.slice(0, -1),
    '[]',
    '"text"',
    '{}',
    '['.repeat(100),
    JSON.stringify({ ...BODY, payee: { ...BODY.payee, bban: '1' } }),
    JSON.stringify({ ...BODY, amount: '1e1' }),
    JSON.stringify({ ...BODY, text: 'a\u202eb' }),
  ])
    assert.equal(codeOf(facts({}, body)), 'GH_GATEWAY_PAYMENT_UNREADABLE', body)
  const form = { kind: 'text', mediaType: 'application/x-www-form-urlencoded', text } as const
  assert.equal(codeOf(facts({ body: form })), 'GH_GATEWAY_PAYMENT_UNREADABLE')
  assert.equal(codeOf(facts({ body: { kind: 'absent' } })), 'GH_GATEWAY_PAYMENT_UNREADABLE')
})

test('a JSON number keeps its text: 10.00 is ten, 1e1 is refused, and twenty digits are exact', () => {
  const number = (text: string) => JSON.stringify(BODY).replace('"10.0"', text)
  assert.equal(codeOf(facts({}, number('10.00'))), 'allow')
  assert.equal(codeOf(facts({}, number('1e1'))), 'GH_GATEWAY_PAYMENT_UNREADABLE')
  const amount = '9007199254740993.00'
  const token = {
    ...TOKEN,
    payments: details({ ...DETAIL, instructedAmount: { amount, currency: 'EUR' } }),
  }
  assert.equal(codeOf(facts({ token }, number('9007199254740993'))), 'allow')
  assert.equal(codeOf(facts({ token }, number('9007199254740992'))), 'GH_GATEWAY_PAYMENT_AMOUNT')
})

test('what is free may be added; under observe a difference is told and the request goes on', () => {
  const more = { ...BODY, text: 'Invoice 42' }
  assert.equal(codeOf(facts({}, more)), 'GH_GATEWAY_PAYMENT_REMITTANCE')
  assert.equal(codeOf(facts({}, more), kernelOf('enforce', ['remittance'])), 'allow')
  const verdict = kernelOf('observe').next(facts({}, more)) as Verdict
  assert.equal(verdict.kind, 'allow')
  const [failed] = verdict.trail.failed
  assert.deepEqual(
    [failed?.code, failed?.effect, failed?.detail],
    ['GH_GATEWAY_PAYMENT_REMITTANCE', 'observed', 'remittance was not authenticated'],
  )
})

test('what pays once is claimed when all has passed: by consent, grant or token, and by what was authenticated', () => {
  const kernel = kernelOf('enforce', ['remittance'], true)
  const claimed = (changes: Partial<Facts> = {}, body: JsonValue = BODY) => {
    const step = kernel.next(facts(changes, body))
    assert.ok(step.kind === 'claim', JSON.stringify(step))
    const [claim, ...others] = step.claims
    assert.ok(claim?.kind === 'use' && others.length === 0)
    assert.equal(claim.for, undefined)
    assert.equal(claim.ttlSeconds, USED_SECONDS)
    return claim.of
  }
  const token = { ...TOKEN, payments: details(DETAIL) }
  const usual = claimed()
  assert.deepEqual(usual.slice(0, 3), ['consent', TOKEN.clientId, TOKEN.consentId])
  assert.equal(usual.length, 4)
  assert.deepEqual(claimed({}, { ...BODY, text: 'free' }), usual, 'a free field makes no other use')
  const fresh = { ...token, tokenId: 'another' }
  assert.deepEqual(claimed({ token: fresh }), usual, 'another token under the same consent')
  const second = { ...DETAIL, creditorName: 'Bakery' }
  const both = { ...token, payments: details(second, DETAIL) }
  assert.deepEqual(claimed({ token: both }), usual, 'of several the one that is paid')
  assert.notDeepEqual(claimed({ token: both }, { ...BODY, name: 'Bakery' }), usual)
  const bare = { ...token, consentId: '' }
  const granted = claimed({ token: { ...bare, grantId: 'g-1' } })
  assert.deepEqual(granted.slice(0, 4), ['grant', TOKEN.issuer, TOKEN.clientId, 'g-1'])
  const alone = claimed({ token: { ...bare, tokenId: 't-1' } })
  assert.deepEqual(alone.slice(0, 4), ['token', TOKEN.issuer, TOKEN.clientId, 't-1'])
  const nameless = { ...bare, tokenId: undefined }
  assert.equal(codeOf(facts({ token: nameless }), kernel), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
  assert.equal(codeOf(facts({}, { ...BODY, amount: '9' }), kernel), 'GH_GATEWAY_PAYMENT_AMOUNT')
  assert.equal(codeOf(facts(), kernelOf('observe', [], true)), 'allow', 'observing uses nothing')
  assert.equal(codeOf(facts(), kernelOf('enforce')), 'allow', 'reusable claims nothing')
})

test('a consent hears of a use of what it holds, and of nothing that only a token held', () => {
  const kernel = kernelOf('enforce', [], true)
  const told = (consent: typeof CONSENT): unknown => {
    const verdict = kernel.next(facts({ consent }))
    const [claim] = verdict.kind === 'claim' ? verdict.claims : []
    assert.ok(claim?.kind === 'use')
    return claim.consent
  }
  assert.equal(told({ ...CONSENT, payments: details(DETAIL) }), CONSENT.id)
  assert.equal(told(CONSENT), undefined)
  assert.equal(told({ ...CONSENT, payments: details() }), undefined)
})

test('a use that was refused denies with its code, one that was taken allows', () => {
  const kernel = kernelOf('enforce', [], true)
  for (const code of [
    'GH_GATEWAY_PAYMENT_CONSENT_USED',
    'GH_GATEWAY_PAYMENT_CONSENT_IN_USE',
    'GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT',
    'GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE',
  ] as const)
    assert.equal(codeOf(facts({ claims: { kind: 'refused', code } }), kernel), code)
  assert.equal(codeOf(facts({ claims: { kind: 'taken' } }), kernel), 'allow')
})

test('the body is not read for who has nothing authenticated', () => {
  const { body: _, ...unread } = facts({ token: TOKEN })
  assert.equal(codeOf(unread), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
  const { body: __, ...waiting } = facts()
  const need = kernelOf('enforce').next(waiting)
  assert.deepEqual(need.kind === 'need' && need.facts, ['body'])
})

test('an operation without a body, or a mapping that is none, closes the API', () => {
  const plan = (params: JsonValue, requestBody: boolean) => {
    const rule = {
      name: 'sca.dynamicLinking',
      control: 'sca-dynamic-linking',
      mode: 'enforce',
      origin: { level: 'api', source: 'test' },
      params,
    } as unknown as PlanRule // sound: what is wrong with it is what is tested
    const operation = {
      id: 'Pay',
      method: 'POST',
      path: '/payments',
      rules: [0],
      parameters: [],
      responses: [],
    }
    const body = { requestBody: { required: true, content: [{ mediaType: 'application/json' }] } }
    const operations = [requestBody ? { ...operation, ...body } : operation]
    return prepare(bankPlan(bankApi({ rules: [rule], operations })), { regex: linearRegex })
  }
  const code = (params: JsonValue, requestBody = true) => codeOf(facts(), plan(params, requestBody))
  assert.equal(code({ mapping: MAPPING, free: [] }), 'allow')
  assert.equal(code({ mapping: MAPPING, free: [] }, false), 'GH_GATEWAY_API_CLOSED')
  for (const params of [
    { free: [] },
    { mapping: MAPPING },
    { mapping: MAPPING, free: ['payee'] },
    { mapping: MAPPING, free: [], consent: 'twice' },
    { mapping: { ...MAPPING, fields: {} }, free: [] },
    { mapping: { ...MAPPING, fields: { ...MAPPING.fields, colour: ['/colour'] } }, free: [] },
    { mapping: { ...MAPPING, fields: { ...MAPPING.fields, amount: [] } }, free: [] },
    { mapping: { ...MAPPING, fields: { ...MAPPING.fields, amount: ['amount'] } }, free: [] },
  ] as readonly JsonValue[])
    assert.equal(code(params), 'GH_GATEWAY_API_CLOSED', JSON.stringify(params))
})
