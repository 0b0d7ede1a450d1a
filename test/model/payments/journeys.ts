/** What customers and third parties do about consents: make them, authenticate for them, agree to them, end them. */
import assert from 'node:assert/strict'
import { type ExpectedConsent, isInForce, isOpen, isPending, type Transaction } from './expected.ts'
import { signedBy } from './house.ts'
import { detailOf, same } from './orders.ts'

import { APP, HOUR, type Journey, LifeState } from './life-state.ts'

export class Journeys extends LifeState {
  protected async newConsent(): Promise<ExpectedConsent> {
    const client = this.one(this.clients)
    const kind = this.one(['single', 'single', 'several', 'batch', 'standing'])
    const choices =
      kind === 'several'
        ? [[this.agreed()], [this.agreed()]]
        : kind === 'batch'
          ? [[this.agreed(), this.agreed()]]
          : kind === 'standing'
            ? [[{ ...this.agreed(), frequency: 'Monthly' as const }]]
            : [[this.agreed()]]
    const ends = this.chance() < 0.2 ? this.house.now + HOUR : undefined
    const made = await this.house.book.create(
      {
        kind: 'payment',
        purpose: 'payments',
        permissions: [],
        accounts: [],
        namedAccounts: [],
        payments: choices.map(detailOf),
        ...(ends === undefined ? {} : { expiresAt: ends }),
        authorisersNeeded: 1,
        request: {},
      },
      { client, regime: 'test' },
    )
    assert.ok(made.kind === 'made')
    const consent: ExpectedConsent = {
      id: made.consent.id,
      client,
      choices,
      createdAt: this.house.now,
      expiresAt: ends,
      status: 'awaiting',
      paid: new Set(),
      subject: '',
    }
    this.consents.push(consent)
    return consent
  }

  protected async newJourney(): Promise<Journey> {
    const known = this.chance() < 0.2 ? this.any(this.consents) : undefined
    const consent = known ?? (await this.newConsent())
    const subject = this.chance() < 0.7 ? this.enrolled[0] : this.enrolled.at(-1)
    assert.ok(subject !== undefined)
    const journey = { name: `${this.seed}-${this.count++}`, subject, consent }
    this.journeys.push(journey)
    return journey
  }

  protected async wholeJourney(): Promise<void> {
    const journey = await this.newJourney()
    const need = await this.need(journey)
    if (need === 'refused') return
    const transaction = need === 'required' ? await this.ask(journey) : undefined
    if (transaction !== undefined) await this.answer(journey, transaction, 'code')
    await this.finish(journey)
  }

  protected async need(journey = this.any(this.journeys)): Promise<string> {
    if (journey === undefined) return ''
    const { subject, name } = journey
    const agreed = journey.consent.choices.flat()
    const mixed = new Set(agreed.map(({ currency }) => currency)).size > 1
    const expected = mixed ? 'refused' : this.decided(subject, `consent.${name}`, agreed)
    const need = await this.strong().need(await this.asked(journey), false)
    this.same(need, expected, 'need')
    if (need === 'exempt' && expected === 'exempt') this.allowed.add(journey.consent.id)
    return need
  }

  protected async ask(journey = this.any(this.journeys)): Promise<Transaction | undefined> {
    if (journey === undefined) return undefined
    const { subject, consent } = journey
    const begun = await this.strong().begin(await this.asked(journey))
    return this.opened(begun, {
      subject,
      client: consent.client,
      consentId: consent.id,
      payments: consent.choices.flat(),
      decision: undefined,
    })
  }

  protected async answer(
    journey = this.any(this.journeys),
    given?: Transaction,
    kind = this.kindOfAnswer(),
  ): Promise<void> {
    if (journey === undefined) return
    // Mostly his own; the transaction of somebody else, or of another consent, makes nothing authenticated.
    const mine = this.transactions.all.filter(
      (one) => one.consentId === journey.consent.id && one.subject === journey.subject,
    )
    const transaction =
      given ?? (this.chance() < 0.8 ? mine.at(-1) : this.any(this.transactions.all))
    if (transaction === undefined) return
    const { now } = this.house
    const answers = this.answersTo(transaction, kind)
    const { subject, consent, name } = journey
    const of = {
      subject,
      client: consent.client,
      consentId: consent.id,
      payments: consent.choices.flat(),
    }
    const fits =
      transaction.subject === of.subject &&
      transaction.client === of.client &&
      transaction.consentId === of.consentId &&
      same(transaction.payments, of.payments)
    if (answers.right && fits) this.allowed.add(consent.id)
    let expected = this.verified(transaction, answers)
    if (expected === 'right') {
      if (transaction.decision !== undefined)
        this.payer(transaction.subject).authenticated(transaction.decision)
      transaction.state = fits ? 'redeemed' : 'void'
      // The audience of the bank's app is another one: the code is not for here, and nobody spent it.
      if (transaction.client === APP) transaction.state = 'issued'
      if (fits) this.payer(subject).authenticated(`consent.${name}`)
      expected = fits ? 'done' : 'over'
      this.met.add(fits ? `authenticated by ${kind}` : 'an answer to another transaction')
    }
    const outcome = await this.strong().verify(await this.asked(journey), {
      id: transaction.id,
      answers: answers.answers,
      network: transaction.subject,
    })
    this.same(
      outcome.kind,
      expected,
      `answer ${kind}, ${transaction.state} at ${now - transaction.openedAt}`,
    )
    this.met.add(`answer ${outcome.kind}`)
  }

  /** Until he is blocked, whoever it is. */
  protected async guess(): Promise<void> {
    const journey = this.any(this.journeys)
    if (journey === undefined) return
    const transaction = await this.ask(journey)
    for (let at = 0; at < 5; at++) await this.answer(journey, transaction, 'wrong code')
  }

  /** Both at once: one of them counts. */
  protected async approveAndRefuse(): Promise<void> {
    const transaction = this.any(this.transactions.all)
    if (transaction === undefined || transaction.decision !== undefined) return
    const { id, subject } = transaction
    const was = isOpen(transaction, this.house.now) && !this.payer(subject).blocked(this.house.now)
    const { answers } = this.answersTo(transaction, 'code')
    const { transactions } = this.house
    const signed = this.chance() < 0.5 ? signedBy(subject, transaction, 'refuse') : undefined
    const calls = [
      () => transactions.verify({ id, answers, network: subject }),
      async () => {
        // So long that either may be first.
        for (let turn = Math.floor(this.chance() * 60); turn > 0; turn--) await Promise.resolve()
        return transactions.refuse(id, signed)
      },
    ]
    const first = this.chance() < 0.5
    const [one, two] = await Promise.all((first ? calls : calls.toReversed()).map((call) => call()))
    const [verified, refused] = first ? [one, two] : [two, one]
    assert.ok(verified !== undefined && refused !== undefined)
    if (this.unsure) return
    if (was) assert.ok(verified.ok !== refused.ok, 'one of approval and refusal counts')
    else assert.ok(!verified.ok)
    // Its answers were right, whoever came first: nothing is counted against him.
    if (verified.ok || (was && !verified.ok)) this.payer(subject).attempt(true, this.house.now)
    if (verified.ok) transaction.state = 'verified'
    else if (refused.ok) transaction.state = 'refused'
    this.met.add(verified.ok ? 'approved first' : refused.ok ? 'refused first' : 'neither')
  }

  protected async finish(journey = this.any(this.journeys)): Promise<void> {
    if (journey === undefined) return
    const { subject, consent, name } = journey
    const { now } = this.house
    const settled = this.payer(subject).settle(`consent.${name}`, 'done')
    const stated = await this.strong().settled(await this.asked(journey))
    const allowed = stated !== undefined
    this.same(allowed, settled === 'settled' || settled === 'already', `allows (${settled})`)
    if (!allowed) return
    const pending = isPending(consent, now)
    const again = isInForce(consent, now) && consent.subject === subject
    if (pending) Object.assign(consent, { status: 'authorised', subject })
    const done = await this.house.book.act(consent.id, {
      kind: 'authorise',
      subject,
      accounts: [],
      signatories: 1,
    })
    this.same(done.ok, pending || again, 'authorise')
    if (done.ok) this.met.add('authorised')
  }

  protected async giveUp(): Promise<void> {
    const journey = this.any(this.journeys)
    if (journey === undefined) return
    this.payer(journey.subject).settle(`consent.${journey.name}`, 'void')
    await this.strong().gaveUp({ journey: journey.name })
  }

  /** The customer takes it back, or the bank. */
  protected async endConsent(): Promise<void> {
    const consent = this.any(this.consents)
    if (consent === undefined) return
    const { now } = this.house
    const theirs = this.chance() < 0.6
    const subject = this.one(this.customers)
    const live = theirs
      ? isInForce(consent, now) && consent.subject === subject
      : isInForce(consent, now) || isPending(consent, now)
    const done = await this.house.book.act(
      consent.id,
      theirs ? { kind: 'withdraw', subject } : { kind: 'terminate', staff: 'ann', why: 'a test' },
    )
    this.same(done.ok, live, 'end of a consent')
    if (done.ok) consent.status = 'over'
  }
}
