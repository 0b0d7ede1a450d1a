/** Payments in the bank's own app: decided, authenticated, redeemed by code. */
import assert from 'node:assert/strict'
import type { ScaRefusal } from '../../../src/sca/index.ts'
import { CODE_MS, isOpen } from './expected.ts'
import { AUDIENCE } from './house.ts'
import { accountOf, type Agreed, decimal, orderOf } from './orders.ts'

import { APP, type AppPayment } from './life-state.ts'
import { GatewayPayments } from './sendings.ts'

export class AppPayments extends GatewayPayments {
  /** From the first tap to the payment, and whoever kept the code comes with it again. */
  protected async wholeApp(): Promise<void> {
    const app = await this.appBegin()
    if (app === undefined) return
    if (app.transaction !== undefined) await this.appCode(app.transaction, 'code')
    await this.appPay(app, '')
    await this.appPay(app, '')
  }

  /** One after the other, until the clause lets no more go. */
  protected async manySmall(): Promise<void> {
    const cents = this.one([1, 10_00, 25_00, 30_00])
    for (let at = 0; at < 7; at++) {
      // Of two opened in one millisecond nobody foretells which makes way.
      this.house.now++
      await this.appBegin([{ cents, currency: 'EUR', payee: at % 3 }])
    }
  }

  protected async appBegin(payments = this.appOrders()): Promise<AppPayment | undefined> {
    const [first] = payments
    if (first === undefined || payments.some(({ currency }) => currency !== first.currency)) return
    const subject = this.customers[0] ?? ''
    const id = `app-${this.seed}-${this.count++}`
    const expected = this.decided(subject, id, payments)
    const cents = payments.reduce((sum, one) => sum + one.cents, 0)
    const answer = await this.house.of(this.entity).ledger.decide({
      id,
      subject,
      client: APP,
      act: {
        kind: 'remote-payment',
        instrument: 'credit-transfer',
        amount: { value: decimal(cents), currency: first.currency },
        payees: [...new Set(payments.map(accountOf))],
        payments: payments.length,
        ...(payments.some(({ frequency }) => frequency !== undefined)
          ? { beginsSeries: true as const }
          : {}),
      },
    })
    this.same(answer.outcome, expected, 'decision')
    if (answer.outcome === 'refused') return
    const exempt = expected === 'exempt'
    const app: AppPayment = { id, subject, payments, exempt }
    this.apps.push(app)
    if (exempt) {
      this.allowed.add(id)
      return app
    }
    const { transactions } = this.house
    const made = await transactions.create({
      subject,
      client: APP,
      audience: AUDIENCE,
      decisionId: id,
      purpose: { kind: 'payment', payments: payments.map(orderOf) },
    })
    assert.ok(made.ok)
    const shown = await transactions.present(made.value.id)
    assert.ok(shown.ok)
    const of = { subject, client: APP, consentId: undefined, payments, decision: id }
    app.transaction = this.opened(shown.value, of)
    return app
  }

  protected appOrders(): readonly Agreed[] {
    return this.chance() < 0.2 ? [this.agreed(), this.agreed()] : [this.agreed()]
  }

  /** He answers, and the app collects the code: at once, or later. */
  protected async appCode(
    transaction = this.any(this.apps)?.transaction,
    answered?: string,
  ): Promise<void> {
    if (transaction === undefined) return
    const { transactions, now } = this.house
    const kind = answered ?? this.kindOfAnswer()
    if (transaction.state === 'open') {
      const answers = this.answersTo(transaction, kind)
      if (answers.right) this.allowed.add(transaction.decision ?? '')
      const expected = this.verified(transaction, answers)
      if (expected === 'right')
        this.payer(transaction.subject).authenticated(transaction.decision ?? '')
      const { id, subject } = transaction
      const outcome = await transactions.verify({ id, answers: answers.answers, network: subject })
      this.same(outcome.ok ? 'right' : worded(outcome.error), expected, `app answer ${kind}`)
      if (answered === undefined && this.chance() < 0.3) return
    }
    const expected = isOpen(transaction, now, 'verified')
    const verified = await transactions.verified(transaction.id, APP)
    this.same(verified.ok, expected, 'verified')
    if (!verified.ok) return
    const issued = await transactions.issue(verified.value)
    assert.ok(issued.ok)
    assert.ok(!(await transactions.issue(verified.value)).ok, 'a second code')
    transaction.state = 'issued'
    const expiresAt = Math.floor(now / 1000) * 1000 + CODE_MS
    transaction.code = { text: issued.value.code, expiresAt }
    this.met.add('code')
  }

  /** With the code of this payment or another, for what was agreed or something else, here or elsewhere. */
  protected async appPay(app = this.any(this.apps), meant?: string): Promise<void> {
    if (app === undefined) return
    const { ledger } = this.house.of(this.entity)
    const codes = this.transactions.all.flatMap(({ code }) => code?.text ?? [])
    const own = app.transaction?.code?.text
    const code = meant !== undefined || this.chance() < 0.75 ? own : this.any(codes)
    if (code !== undefined || !app.exempt) {
      const swap =
        meant ??
        (this.chance() < 0.6
          ? ''
          : this.one(['amount', 'payee', 'client', 'customer', 'consent', 'audience', 'order']))
      const [first, ...others] = app.payments
      assert.ok(first !== undefined)
      const altered =
        swap === 'amount'
          ? { ...first, cents: first.cents + 1 }
          : { ...first, payee: (first.payee + 1) % 3 }
      const payments =
        swap === 'amount' || swap === 'payee'
          ? [altered, ...others]
          : swap === 'order'
            ? app.payments.toReversed()
            : app.payments
      const of = {
        client: swap === 'client' ? (this.clients[0] ?? '') : APP,
        subject: swap === 'customer' ? (this.customers[1] ?? '') : app.subject,
        consentId: swap === 'consent' ? 'another' : undefined,
        payments,
        here: swap !== 'audience',
      }
      const expected = this.transactions.redeem(code ?? '', of, this.house.now)
      const { client, subject, consentId } = of
      const redeemed = await this.house.transactions.redeem({
        code: code ?? 'none',
        expectedAudience: of.here ? AUDIENCE : 'https://elsewhere.example',
        client,
        subject,
        ...(consentId === undefined ? {} : { consentId }),
        purpose: { kind: 'payment', payments: payments.map(orderOf) },
      })
      this.same(redeemed.ok, expected, `redeem ${swap}`)
      this.met.add(redeemed.ok ? 'redeemed' : redeemed.error.code)
      if (!redeemed.ok) return
      const { decisionId = '' } = redeemed.value.transaction
      assert.ok(this.allowed.has(decisionId), 'a code that nobody authenticated')
      assert.ok(!this.executed.has(decisionId), 'a code twice')
      this.executed.add(decisionId)
      // A code of a payment that is the same to the cent, of the same customer, is a code for what it names.
      if (decisionId !== app.id) return
    }
    const settled = await ledger.settle(app.id, 'done', APP)
    this.same(settled, this.payer(app.subject).settle(app.id, 'done'), 'settle')
    if (settled === 'settled') assert.ok(this.allowed.has(app.id), 'settled with neither')
  }
}

function worded({ code }: ScaRefusal): string {
  if (code === 'GH_SCA_BLOCKED') return 'blocked'
  return code === 'GH_SCA_FAILED' || code === 'GH_SCA_FACTORS' ? 'failed' : 'over'
}
