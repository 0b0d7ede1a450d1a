/** JSON that strong customer authentication takes from outside: bodies of `/sca/v1`, and answers of services of the bank. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { readSignals } from '../../../src/app/sca/bank/bank-monitor.ts'
import { readPayeeCheck } from '../../../src/app/sca/bank/bank-payee-check.ts'
import {
  ANSWERS,
  answersOf,
  DECISION,
  isFault,
  purposeOf,
  QUESTION,
  REDEMPTION,
  SETTLEMENT,
  TRANSACTION,
} from '../../../src/identity/strong/sca-bodies.ts'
import { isJsonObject } from '../../../src/lib/index.ts'
import { linkTransaction } from '../../../src/sca/transactions/linked.ts'
import { type Json, mutated } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

const PAYMENT: Json = {
  instructedAmount: { currency: 'EUR', amount: '12.50' },
  creditorName: 'Shop',
  creditorAccount: { iban: 'DE02100100109307118603' },
}
const PURPOSE: Json = { kind: 'payment', payments: [PAYMENT, PAYMENT] }
const BODIES: Record<string, Json> = {
  decision: {
    id: 'd-1',
    subject: 'anna',
    act: {
      kind: 'remote-payment',
      instrument: 'credit-transfer',
      amount: { value: '12.50', currency: 'EUR' },
      payees: ['iban:DE02100100109307118603'],
      payments: 2,
    },
  },
  settlement: { as: 'done' },
  transaction: {
    subject: 'anna',
    audience: 'https://bank.example',
    purpose: PURPOSE,
    consentId: 'c',
  },
  question: { kind: 'approval' },
  answers: {
    network: '192.0.2.1',
    answers: [
      { kind: 'passcode', value: 'x' },
      { kind: 'totp', value: {} },
    ],
  },
  redemption: {
    code: 'a.b.c',
    subject: 'anna',
    audience: 'https://bank.example',
    purpose: PURPOSE,
  },
}
const SHAPES = {
  decision: DECISION,
  settlement: SETTLEMENT,
  transaction: TRANSACTION,
  question: QUESTION,
  answers: ANSWERS,
  redemption: REDEMPTION,
}
const isName = (name: string): name is keyof typeof SHAPES => Object.hasOwn(SHAPES, name)

export const scaBodies = defineSuite<{ name: string; body: Json }>(
  {
    name: 'sca-bodies',
    holds: 'a body of /sca/v1 is taken as it is meant, or its first fault is named',
  },
  () => {
    for (const [name, shape] of Object.entries(SHAPES))
      assert.equal(shape(BODIES[name] ?? null, ''), undefined, name)
    return {
      input: fc
        .constantFrom(...Object.keys(SHAPES))
        .chain((name) =>
          fc.record({ name: fc.constant(name), body: mutated(BODIES[name] ?? null, 3) }),
        ),
      check({ name, body }) {
        assert.ok(isName(name))
        const fault = SHAPES[name](body, '')
        if (fault !== undefined) {
          assert.ok(fault.path.length < 400 && fault.kind.length > 0)
          return
        }
        assert.ok(isJsonObject(body))
        if (name === 'answers') {
          const answers = answersOf(body)
          assert.ok(answers.length >= 1 && answers.length <= 2)
          for (const { kind } of answers) assert.equal(typeof kind, 'string')
        }
        if (name !== 'transaction' && name !== 'redemption') return
        const purpose = purposeOf(body)
        if (isFault(purpose)) return
        // The shape says that they are text.
        const text = (member: string): string => {
          const value = body[member]
          assert.equal(typeof value, 'string', member)
          return typeof value === 'string' ? value : ''
        }
        const request = {
          subject: text('subject'),
          client: 'shop',
          audience: text('audience'),
          purpose,
        }
        const linked = linkTransaction('id', 'nonce', request)
        if (!linked.ok) return assert.ok(linked.error.length > 0)
        // The same request is the same transaction, and any other purpose another.
        const again = linkTransaction('id', 'nonce', request)
        assert.ok(again.ok && again.value.challenge.equals(linked.value.challenge))
        const access = linkTransaction('id', 'nonce', {
          ...request,
          purpose: { kind: 'account-access' },
        })
        if (purpose.kind !== 'account-access')
          assert.ok(access.ok && !access.value.challenge.equals(linked.value.challenge))
      },
    }
  },
)

const SIGNALS: Json = {
  monitoring: {
    compromisedElements: 'clear',
    fraudScenario: 'clear',
    malware: 'clear',
    deviceMisuse: 'clear',
  },
  analysis: {
    spendingPattern: 'clear',
    deviceOrSoftware: 'clear',
    payerLocation: 'clear',
    payeeLocation: 'clear',
    score: 0.5,
  },
}
const FOUND: Json = { result: 'match', source: 'vop 2' }

export const bankAnswers = defineSuite<{ signals: Json; found: Json }>(
  {
    name: 'bank-answers',
    holds: 'no answer of the bank says "clear" or "match" but one that says exactly that',
  },
  () => {
    assert.deepEqual(readSignals(SIGNALS), SIGNALS)
    assert.deepEqual(readPayeeCheck(FOUND), FOUND)
    return {
      input: fc.record({ signals: mutated(SIGNALS, 3), found: mutated(FOUND, 2) }),
      check({ signals, found }) {
        const read = readSignals(signals)
        for (const [part, values] of Object.entries(read ?? {})) {
          const said = isJsonObject(signals) ? signals[part] : undefined
          for (const [name, value] of Object.entries(values)) {
            const own = said !== undefined && isJsonObject(said) && Object.hasOwn(said, name)
            assert.equal(value, own ? said[name] : 'not-evaluated', `${part}.${name}`)
          }
        }
        const check = readPayeeCheck(found)
        if (check !== undefined) assert.deepEqual(found, check)
      },
    }
  },
)
