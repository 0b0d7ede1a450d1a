/** Codes and records in the wrong hands: substitution, reordering, alteration at each place where something is kept. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalPayment, paymentText, type PaymentOrder } from '../../src/lib/index.ts'
import type { RedeemRequest, VerifiedTransaction } from '../../src/sca/index.ts'
import { CODE_SECONDS } from '../../src/sca/transactions/code.ts'
import { linkTransaction } from '../../src/sca/transactions/linked.ts'
import { mixesScripts } from '../../src/sca/transactions/payee-name.ts'
import { MAX_OPEN_PER_SUBJECT, TRANSACTION_MS } from '../../src/sca/transactions/desk.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  approve,
  AUDIENCE,
  CLIENT,
  codeFor,
  createTransaction,
  type Device,
  enrolDevice,
  enrolPasscode,
  PASSCODE,
  PAYMENT,
  paymentOf,
  type Rig,
} from './rig.ts'
import { keysOfSecret } from '../../src/store/index.ts'
import { alter } from './alter-units.ts'

const RUNS = Math.max(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))

async function anna(rig: Rig): Promise<Device> {
  await enrolPasscode(rig, rig.anna)
  return enrolDevice(rig, rig.anna)
}
/** `''`: redeemed. */
async function redeem(rig: Rig, code: string, changes: Partial<RedeemRequest> = {}) {
  const outcome = await rig.sca.transactions.redeem({
    code,
    expectedAudience: AUDIENCE,
    client: CLIENT,
    subject: rig.anna,
    consentId: 'consent-1',
    purpose: { kind: 'payment', payments: [PAYMENT] },
    ...changes,
  })
  return outcome.ok ? '' : outcome.error.code
}
async function verify(rig: Rig, device: Device, id: string) {
  return rig.sca.transactions.verify({
    id,
    network: rig.anna,
    answers: [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'approval', value: await approve(rig, device, id) },
    ],
  })
}

for (const [what, changes] of [
  ['another client', { client: 'other-party' }],
  ['another customer', { subject: 'bert' }],
  ['another consent', { consentId: 'consent-2' }],
  ['another act', { purpose: { kind: 'account-access' } }],
  ['an act of risk', { purpose: { kind: 'risky-act', what: 'limits' } }],
  ['two payments', { purpose: { kind: 'payment', payments: [PAYMENT, PAYMENT] } }],
  ['no payment', { purpose: { kind: 'payment', payments: [] } }],
] as const satisfies readonly (readonly [string, Partial<RedeemRequest>])[])
  onBothStores(`a code for ${what} is refused, and spent`, async (rig) => {
    const { code } = await codeFor(rig, await anna(rig), paymentOf(rig.anna))
    const refusal = await redeem(rig, code, changes)
    assert.match(refusal, /^GH_SCA_(CODE_INVALID|LINK_MISMATCH)$/)
    assert.equal(await redeem(rig, code), 'GH_SCA_CODE_SPENT')
  })

onBothStores(
  'a code for another audience, of another house or altered is none, and stays',
  async (rig) => {
    const { code } = await codeFor(rig, await anna(rig), paymentOf(rig.anna))
    assert.equal(
      await redeem(rig, code, { expectedAudience: 'https://other' }),
      'GH_SCA_CODE_INVALID',
    )
    const foreign = { ...rig, sca: rig.another({ keys: keysOfSecret('x'.repeat(43)) }) }
    assert.equal(await redeem(foreign, code), 'GH_SCA_CODE_INVALID')
    const renamed = { ...rig, sca: rig.another({ issuer: 'https://other' }) }
    assert.equal(await redeem(renamed, code), 'GH_SCA_CODE_INVALID')
    const [header = '', payload = '', signature = ''] = code.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const segment = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const later = segment({ ...claims, exp: 9_999_999_999 })
    const none = segment({ alg: 'none', typ: 'gatehouse-sca+jwt' })
    const known = createHmac('sha256', 'secret').update(`${header}.${later}`).digest('base64url')
    for (const altered of [
      `${header}.${later}.${signature}`,
      `${header}.${later}.${known}`,
      `${none}.${payload}.${signature}`,
      `${none}.${payload}.`,
      `${header}.${payload}`,
      `${code}.`,
      ` ${code}`,
      '',
    ])
      assert.equal(await redeem(rig, altered), 'GH_SCA_CODE_INVALID')
    assert.equal(await redeem(rig, code), '')
  },
)

onBothStores('two codes, each for its own payment, cannot change places', async (rig) => {
  const device = await anna(rig)
  const first = await codeFor(rig, device, paymentOf(rig.anna))
  const second = await codeFor(rig, device, paymentOf(rig.anna, { amount: '7' }))
  const seven = { purpose: { kind: 'payment', payments: [{ ...PAYMENT, amount: '7' }] } } as const
  assert.equal(await redeem(rig, second.code), 'GH_SCA_LINK_MISMATCH')
  assert.equal(await redeem(rig, first.code, seven), 'GH_SCA_LINK_MISMATCH')
  assert.equal(await redeem(rig, second.code, seven), 'GH_SCA_CODE_SPENT')
})

onBothStores('a transaction, and a code, end on the second', async (rig) => {
  const device = await anna(rig)
  const late = await createTransaction(rig, paymentOf(rig.anna))
  const signed = await approve(rig, device, late)
  const answers = [
    { kind: 'passcode', value: PASSCODE },
    { kind: 'approval', value: signed },
  ] as const
  const early = await createTransaction(rig, paymentOf(rig.anna))
  rig.clock.advance(TRANSACTION_MS - 1)
  const verified = await verify(rig, device, early)
  assert.ok(verified.ok)
  const issued = await rig.sca.transactions.issue(verified.value)
  assert.ok(issued.ok)
  rig.clock.advance(1)
  const outcome = await rig.sca.transactions.verify({ id: late, answers, network: rig.anna })
  assert.equal(outcome.ok ? '' : outcome.error.code, 'GH_SCA_TRANSACTION_EXPIRED')
  rig.clock.advance(issued.value.expiresAt - rig.clock.now() - 1)
  const { code } = await codeFor(rig, device, paymentOf(rig.anna))
  assert.equal(await redeem(rig, issued.value.code), '')
  rig.clock.advance(CODE_SECONDS * 1000)
  assert.equal(await redeem(rig, code), 'GH_SCA_CODE_INVALID')
})

onBothStores('a code is given out once, to who may have it', async (rig) => {
  const device = await anna(rig)
  const id = await createTransaction(rig, paymentOf(rig.anna))
  const { transactions } = rig.sca
  const codeOf = async (who: Promise<{ ok: boolean; error?: { code: string } }>) =>
    (await who).error?.code
  assert.equal(await codeOf(transactions.verified(id, CLIENT)), 'GH_SCA_TRANSACTION_OPEN')
  const verified = await verify(rig, device, id)
  assert.ok(verified.ok)
  assert.equal(await codeOf(transactions.verified(id, 'other-party')), 'GH_SCA_TRANSACTION_UNKNOWN')
  const collected = await rig.another().transactions.verified(id, CLIENT)
  assert.ok(collected.ok)
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      transactions.issue(at % 2 === 0 ? verified.value : collected.value),
    ),
  )
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
  // What only looks like it is nothing.
  await assert.rejects(transactions.issue({ ...verified.value }), TypeError)
  await assert.rejects(
    transactions.issue({ transaction: verified.value.transaction } as VerifiedTransaction),
    TypeError,
  )
})

onBothStores('too many open ones: the oldest makes way, and says so', async (rig) => {
  const ids: string[] = []
  for (let at = 0; at <= MAX_OPEN_PER_SUBJECT; at++) {
    ids.push(await createTransaction(rig, paymentOf(rig.anna)))
    rig.clock.advance(1)
  }
  const states = await Promise.all(ids.map((id) => rig.sca.transactions.present(id)))
  assert.deepEqual(
    states.map((one) => (one.ok ? '' : one.error.code)),
    ['GH_SCA_TRANSACTION_SUPERSEDED', ...ids.slice(1).map(() => '')],
  )
  // Of all customers together, as well.
  const small = { ...rig, sca: rig.another({ maxOpen: 3 }) }
  const first = await createTransaction(small, paymentOf(`${rig.anna}-0`))
  for (let at = 1; at <= 4; at++) {
    rig.clock.advance(1)
    await createTransaction(small, paymentOf(`${rig.anna}-${at}`))
  }
  const outcome = await rig.sca.transactions.present(first)
  assert.equal(outcome.ok ? '' : outcome.error.code, 'GH_SCA_TRANSACTION_SUPERSEDED')
})

onBothStores('what stands in the store cannot be altered, moved or invented', async (rig) => {
  const device = await anna(rig)
  const cheap = await codeFor(rig, device, paymentOf(rig.anna, { amount: '1' }))
  const open = await createTransaction(rig, paymentOf(rig.anna))
  const set = (id: string, column: string, value: string | Uint8Array | null) =>
    rig.store.run(alter, { id, column, value })
  const read = (id: string, column: string) => rig.store.run(alter, { id, column })
  const sealed = { code: 'GH_SCA_SEALED' }
  const { transactions } = rig.sca

  // Said to be verified, with no proof, and with the proof of another.
  await set(open, 'state', 'verified')
  await assert.rejects(transactions.verified(open, CLIENT), sealed)
  await set(open, 'proof', await read(cheap.id, 'proof'))
  await assert.rejects(transactions.verified(open, CLIENT), sealed)
  // Another body under a code that was given out: one bit, one of another transaction, one of another customer.
  const body = await read(cheap.id, 'body')
  assert.ok(body instanceof Uint8Array)
  const bent = Uint8Array.from(body)
  bent[40] = (bent[40] ?? 0) ^ 1
  for (const other of [bent, await read(open, 'body')]) {
    await set(cheap.id, 'body', other)
    await assert.rejects(redeem(rig, cheap.code), sealed)
  }
  await set(cheap.id, 'body', body)
  const subject = await read(cheap.id, 'subject')
  await set(cheap.id, 'subject', 'somebody')
  await assert.rejects(redeem(rig, cheap.code), sealed)
  await set(cheap.id, 'subject', subject)
  const one = { purpose: { kind: 'payment', payments: [{ ...PAYMENT, amount: '1' }] } } as const
  // It was brought, so it is spent, also when its record is as it was.
  assert.equal(await redeem(rig, cheap.code, one), 'GH_SCA_CODE_SPENT')
  const unproven = await codeFor(rig, device, paymentOf(rig.anna, { amount: '1' }))
  await set(unproven.id, 'proof', null)
  await assert.rejects(redeem(rig, unproven.code, one), sealed)
})

onBothStores('a transaction that is set back in the store does nothing twice', async (rig) => {
  const device = await anna(rig)
  const set = (id: string, column: string, value: string | number | null) =>
    rig.store.run(alter, { id, column, value })
  const { transactions } = rig.sca
  const second = async (id: string): Promise<string> => {
    const verified = await transactions.verified(id, CLIENT)
    if (!verified.ok) return verified.error.code
    const issued = await transactions.issue(verified.value)
    return issued.ok ? '' : issued.error.code
  }
  const again = async (id: string): Promise<string> => {
    const verified = await verify(rig, device, id)
    return verified.ok ? '' : verified.error.code
  }

  // Its code was given out, and redeemed: there is no second one, and the first pays no more.
  for (const redeemed of [false, true]) {
    const { id, code } = await codeFor(rig, device, paymentOf(rig.anna))
    if (redeemed) assert.equal(await redeem(rig, code), '')
    for (const forgotten of [{}, { code: null, settled_at: null }]) {
      for (const [column, value] of Object.entries(forgotten)) await set(id, column, value)
      await set(id, 'state', 'verified')
      assert.equal(await second(id), 'GH_SCA_TRANSACTION_SETTLED')
      await set(id, 'state', 'open')
      assert.equal(await again(id), 'GH_SCA_TRANSACTION_SETTLED')
      assert.ok(!(await transactions.ask(id, 'approval')).ok)
    }
    await set(id, 'state', 'issued')
    // The code of before stands there no more, so that it is of no use either.
    assert.equal(await redeem(rig, code), 'GH_SCA_CODE_SPENT')
  }
  // With another amount it is void, and stays it.
  const { id, code } = await codeFor(rig, device, paymentOf(rig.anna))
  const other = { purpose: { kind: 'payment', payments: [{ ...PAYMENT, amount: '9' }] } } as const
  assert.equal(await redeem(rig, code, other), 'GH_SCA_LINK_MISMATCH')
  await set(id, 'state', 'issued')
  assert.equal(await redeem(rig, code), 'GH_SCA_CODE_SPENT')
  // Of fifty that come after it was set back, none.
  const paid = await codeFor(rig, device, paymentOf(rig.anna))
  assert.equal(await redeem(rig, paid.code), '')
  await set(paid.id, 'state', 'issued')
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => redeem(rig, paid.code)))
  assert.deepEqual(new Set(outcomes), new Set(['GH_SCA_CODE_SPENT']))

  // The customer did not want it.
  const refused = await createTransaction(rig, paymentOf(rig.anna))
  assert.ok((await transactions.refuse(refused)).ok)
  await set(refused, 'state', 'open')
  assert.equal(await again(refused), 'GH_SCA_TRANSACTION_SETTLED')
  // Its time is over.
  const late = await createTransaction(rig, paymentOf(rig.anna))
  await set(late, 'expires_at', rig.clock.now() + 10 * TRANSACTION_MS)
  await assert.rejects(transactions.present(late), { code: 'GH_SCA_SEALED' })
})

onBothStores('what was done once is forgotten with its transaction', async (rig) => {
  const device = await anna(rig)
  const steps = async (): Promise<ReadonlySet<string>> => {
    const all = String(await rig.store.run(alter, { id: '', column: '*' }))
    return new Set(all.match(/[\w-]{43} (?:issued|spent|refused)/g))
  }
  const before = await steps()
  const { code } = await codeFor(rig, device, paymentOf(rig.anna))
  assert.equal(await redeem(rig, code), '')
  const own = [...(await steps())].filter((step) => !before.has(step))
  assert.deepEqual(own.map((step) => step.slice(44)).sort(), ['issued', 'spent'])
  rig.clock.advance((CODE_SECONDS + 600) * 1000 + 1)
  for (let gone = 1; gone > 0;) gone = await rig.sca.forgetEnded(1_000)
  const left = await steps()
  assert.ok(!own.some((step) => left.has(step)))
})

onBothStores('nothing of a customer stands in the store in the clear', async (rig) => {
  const device = await anna(rig)
  const { id, code } = await codeFor(rig, device, paymentOf(rig.anna))
  const all = await rig.store.run(alter, { id, column: '*' })
  const text = String(all)
  assert.ok(text.includes(id), 'the check is blind')
  const said = JSON.parse(Buffer.from(code.split('.')[1] ?? '', 'base64url').toString()) as {
    jti: string
  }
  for (const secret of [
    rig.anna,
    PASSCODE,
    'Müller',
    '120.5',
    'DE8937',
    'DE89 37',
    CLIENT,
    said.jti,
    '$argon2id',
  ])
    assert.ok(!text.includes(secret), secret)
})

onBothStores('a batch is its total and its payees', async (rig) => {
  const device = await anna(rig)
  const salaries: PaymentOrder[] = ['100.00', '200.50', '0.01'].map((amount, at) => ({
    ...PAYMENT,
    amount,
    creditorName: `Payee ${at}`,
  }))
  const request = {
    ...paymentOf(rig.anna),
    purpose: { kind: 'payment', payments: salaries },
  } as const
  const id = await createTransaction(rig, request)
  const shown = await rig.sca.transactions.present(id)
  assert.ok(shown.ok)
  assert.deepEqual(shown.value.shown.totals, [{ amount: '300.51', currency: 'EUR' }])
  const { code } = await codeFor(rig, device, request)
  const [first, ...rest] = salaries
  const swapped = [...rest, { ...first, amount: '100' }]
  const purpose = { kind: 'payment', payments: swapped } as const
  assert.equal(await redeem(rig, code, { purpose }), '', 'their order says nothing')
  const again = await codeFor(rig, device, request)
  const moved = salaries.map((one, at) => ({
    ...one,
    amount: ['200.50', '100.00', '0.01'][at] ?? '',
  }))
  assert.equal(
    await redeem(rig, again.code, { purpose: { kind: 'payment', payments: moved } }),
    'GH_SCA_LINK_MISMATCH',
  )
})

for (const [what, change, reason] of [
  ['a hidden character', { creditorName: 'Bäcker\u200bei' }, 'hidden-characters'],
  ['text that runs backwards', { creditorName: 'Bank \u202enesiw' }, 'hidden-characters'],
  ['letters of two writings', { creditorName: 'P\u0430ypal' }, 'mixed-scripts'],
  ['letters of two writings, wide', { creditorName: 'Ｐ\u0430ypal' }, 'mixed-scripts'],
  ['a comma', { amount: '1,50' }, 'malformed'],
  ['more digits than money has', { amount: '1.505' }, 'precision'],
  [
    'an account that is none',
    { creditorAccount: { scheme: 'iban', identification: 'DE00' } },
    'malformed',
  ],
] as const)
  test(`a payment with ${what} is not shown to anybody`, () => {
    const request = paymentOf('anna', change)
    const linked = linkTransaction('id', 'nonce', request)
    assert.equal(linked.ok ? '' : linked.error[0]?.reason, reason)
  })

test('words of one writing, and those that languages mix, are names', () => {
  for (const name of [
    'Müller GmbH',
    'ООО Ромашка',
    'ソニーABC',
    '東京 Bank 7',
    'Ελλάς Bank',
    'O’Neill',
    '7-Eleven',
    '',
  ])
    assert.ok(!mixesScripts(name), name)
  for (const name of ['раypal', 'Αpple', 'Gооgle Payments', 'Bank Ꭺmerica1Ꭺa'])
    assert.ok(mixesScripts(name), name)
})

test('what is shown is what is signed, whatever a payment says', () => {
  const order = fc.record({
    amount: fc
      .tuple(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 0, max: 99 }))
      .map(([whole, part]) => `${whole}.${String(part).padStart(2, '0')}`),
    currency: fc.constantFrom('EUR', 'eur', 'GBP', 'JPY', 'KWD'),
    creditorName: fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
  })
  let linkedOnes = 0
  fc.assert(
    fc.property(order, order, (one, other) => {
      const link = (changes: Partial<PaymentOrder>) =>
        linkTransaction('id', 'nonce', paymentOf('anna', changes))
      const [first, second] = [link(one), link(other)]
      if (!first.ok) return
      linkedOnes++
      const [shown] = first.value.shown.payments
      const read = canonicalPayment({
        ...PAYMENT,
        amount: shown?.amount ?? '',
        currency: shown?.currency ?? '',
        creditorName: shown?.payeeName ?? '',
      })
      const [signed] = first.value.payments
      assert.ok(read.ok && signed !== undefined)
      assert.equal(paymentText(read.payment), paymentText(signed))
      // Equal challenges are equal payments.
      if (second.ok) {
        const [others] = second.value.payments
        assert.equal(
          first.value.challenge.equals(second.value.challenge),
          others !== undefined && paymentText(others) === paymentText(signed),
        )
      }
    }),
    { numRuns: RUNS },
  )
  assert.ok(linkedOnes > RUNS / 10, 'the check is blind')
})

test('only verification makes what is verified', () => {
  // @ts-expect-error its mark has no name outside the file that makes it
  const forged: VerifiedTransaction = { transaction: {}, verifiedAt: 0, factors: [] }
  assert.ok(forged)
})
