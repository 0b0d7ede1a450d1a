/** What third parties send to the gateway, right and wrong, and what the bank is given. */
import assert from 'node:assert/strict'
import { type ExpectedConsent, isInForce, isKnown } from './expected.ts'
import type { Bank } from './gateway.ts'
import { type Agreed, ALTERATIONS, bodyOf, same } from './orders.ts'

import { Journeys } from './journeys.ts'

export class GatewayPayments extends Journeys {
  protected async pay(): Promise<void> {
    const again = this.chance() < 0.25 ? this.any(this.sent) : undefined
    const ready = this.consents.filter(({ status }) => status === 'authorised')
    const consent = again?.consent ?? this.any(this.chance() < 0.85 ? ready : this.consents)
    if (consent === undefined) return
    const alteration = this.chance() < 0.6 ? ALTERATIONS[0] : this.one(ALTERATIONS)
    assert.ok(alteration !== undefined)
    const swapped =
      this.chance() < 0.15 ? this.one(['client', 'customer', 'payment', 'consent']) : ''
    const other = this.any(this.consents) ?? consent
    const paid =
      again?.paid ?? (swapped === 'payment' ? this.one(other.choices) : this.one(consent.choices))
    const fresh = alteration.same || again !== undefined
    const body = again?.body ?? bodyOf(paid, alteration.alter)
    const named = swapped === 'consent' ? other : consent
    const [one = '', two = ''] = this.clients
    const client = swapped === 'client' ? (consent.client === one ? two : one) : consent.client
    const owner = consent.subject === '' ? (this.customers[0] ?? '') : consent.subject
    const subject =
      swapped === 'customer' ? (this.customers.find((name) => name !== owner) ?? '') : owner
    const key = this.keyOf(again)
    const bank: Bank =
      this.chance() < 0.75
        ? 201
        : this.one([400, 422, 500, 'silent', 'died-before', 'died-after'] as const)
    const { now } = this.house

    const agreed = named.choices.some((choice) => same(choice, paid))
    const good =
      fresh && agreed && isKnown(named, now) && named.client === client && named.subject === subject
    const [scoped, content, use] = this.names(client, key, named, paid, body)
    const taken = good ? this.sendings.take(scoped, content, use, now) : 'refused'
    const expected = taken === 'sent' && named.status === 'used' ? 'refused' : taken
    const outcome = await this.house.gateway.pay(
      { client, subject, consentId: named.id, key, body },
      await this.house.consentFact(named.id),
      bank,
      () => this.order(named, paid, client, bank),
    )
    const what = `${alteration.name}, ${swapped} swapped, bank ${bank}`
    this.same(outcome.kind, expected, `${what}: ${'code' in outcome ? outcome.code : ''}`)
    this.met.add(`payment ${outcome.kind}`)
    if ('code' in outcome) this.met.add(outcome.code)
    if (outcome.kind !== 'sent') return
    const status = typeof bank === 'number' ? bank : undefined
    this.sendings.ended(scoped, content, use, status, now)
    if (status !== undefined && status < 400) this.spend(named, use)
    this.sent.push({ key, consent: named, body, paid })
    if (bank === 'died-before' || bank === 'died-after') this.house.restart()
  }

  /** That of the first sending, of another one, or a new one. */
  protected keyOf(again: { readonly key: string } | undefined): string {
    const used = again ?? (this.chance() < 0.1 ? this.any(this.sent) : undefined)
    return used !== undefined && this.chance() < 0.7 ? used.key : `key-${this.count++}`
  }

  /** The consent hears of it, and is over with the last of what it holds. */
  protected spend(consent: ExpectedConsent, use: string): void {
    consent.paid.add(use)
    const all = new Set(
      consent.choices.map((paid) => this.names(consent.client, '', consent, paid, '')[2]),
    )
    if (consent.paid.size < all.size) return
    consent.status = 'used'
    this.met.add('used')
  }

  protected names(
    client: string,
    key: string,
    consent: ExpectedConsent,
    paid: readonly Agreed[],
    body: string,
  ): readonly [string, string, string] {
    const meaning = JSON.stringify(
      paid.map(({ cents, currency, payee, frequency }) => [cents, currency, payee, frequency]),
    )
    return [`${client} ${key}`, `${consent.id} ${body}`, `${client} ${consent.id} ${meaning}`]
  }

  /** Two at once under keys of their own: at most one is sent. */
  protected async payTwice(): Promise<void> {
    const consent = this.any(this.consents.filter((one) => isInForce(one, this.house.now)))
    if (consent === undefined) return
    const paid = this.one(consent.choices)
    const body = bodyOf(paid, (one) => one)
    const { client, subject, id: consentId } = consent
    const fact = await this.house.consentFact(consentId)
    const { now } = this.house
    const keys = [`key-${this.count++}`, `key-${this.count++}`]
    const names = keys.map((key) => this.names(client, key, consent, paid, body))
    const [scoped = '', content = '', use = ''] = names[0] ?? []
    const expected = this.sendings.take(scoped, content, use, now)
    const outcomes = await Promise.all(
      keys.map((key) =>
        this.house.gateway.pay({ client, subject, consentId, key, body }, fact, 201, () =>
          this.order(consent, paid, client, 201),
        ),
      ),
    )
    const sent = outcomes.filter(({ kind }) => kind === 'sent').length
    this.same(sent, expected === 'sent' ? 1 : 0, 'two at once')
    if (sent === 1) {
      this.sendings.ended(
        ...(names[outcomes.findIndex(({ kind }) => kind === 'sent')] ?? ['', '', '']),
        201,
        now,
      )
      this.spend(consent, use)
      this.met.add('one of two')
    }
  }

  /** What must never be: an order of something that nobody authenticated and nothing exempted, or a second one. */
  protected order(
    consent: ExpectedConsent,
    paid: readonly Agreed[],
    client: string,
    bank: Bank,
  ): void {
    assert.ok(this.allowed.has(consent.id), 'a payment without a valid code or exemption')
    assert.equal(client, consent.client, 'a payment of another third party')
    assert.ok(
      consent.choices.some((choice) => same(choice, paid)),
      'a payment that was not agreed to',
    )
    if (typeof bank === 'number' && bank >= 400 && bank < 500) return
    const [, , use] = this.names(client, '', consent, paid, '')
    assert.ok(!this.executed.has(use), 'the same payment twice')
    this.executed.add(use)
  }
}
