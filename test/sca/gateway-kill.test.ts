/**
 * `kill -9` on the whole way from a decision to a payment: between verification and code, between redemption and consent, between consent and
 * payment, while the bank has it. One code at most, one order at most, and evidence of everything that was said to be done.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/store/index.ts'
import { HOUSE_MIGRATIONS, openHouse } from '../model/payments/house.ts'
import { bodyOf } from '../model/payments/orders.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const STEPS = ['decided', 'asked', 'redeemed', 'settled', 'authorised', 'ordered', 'paid'] as const
/** Of all kills: a process that does not say what is awaited is no reason to wait for ever. */
const MAX_MS = 300_000
type Step = (typeof STEPS)[number]

interface Made {
  readonly client: string
  readonly subject: string
  readonly journey: string
  readonly payee: number
}

test(
  'whenever the process is killed, a payment has one code and one order at most, and its evidence',
  { timeout: MAX_MS },
  async (t) => {
    const dir = temporaryFolder(t)
    const paying = join(import.meta.dirname, 'gateway-paying-process.ts')
    const ordersOf = (id: string): number =>
      existsSync(join(dir, 'orders'))
        ? readFileSync(join(dir, 'orders'), 'utf8')
            .split('\n')
            .filter((one) => one === id).length
        : 0
    const met = new Set<string>()
    for (const step of STEPS) {
      const child = spawn(process.execPath, [paying, dir, step], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const made = new Map<string, Made>()
      const transactions = new Map<string, string>()
      const reached = new Map<string, Set<Step>>()
      for await (const line of createInterface({ input: child.stdout })) {
        const [, what = '', id = '', more = ''] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? []
        if (id === '') continue
        // Sound: what the process above says.
        if (what === 'created') made.set(id, JSON.parse(more) as Made)
        else reached.set(id, (reached.get(id) ?? new Set()).add(what as Step))
        if (what === 'asked') transactions.set(id, more)
        if (made.size >= 3 && what === step) child.kill('SIGKILL')
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      assert.equal(child.signalCode, 'SIGKILL')

      const store = await openSqliteStore({ dir, migrations: HOUSE_MIGRATIONS })
      const house = await openHouse(store)
      house.now += 60_000
      const { ledger, strong } = house.of('nothing')
      for (const [id, { client, subject, journey, payee }] of made) {
        const steps = reached.get(id) ?? new Set<Step>()
        const before = ordersOf(id)
        assert.ok(before <= 1, 'two orders')
        if (steps.has('ordered')) assert.equal(before, 1)

        // What was acknowledged is in the evidence, and is decided again to the same.
        const found = await ledger.evidence(`consent.${journey}`)
        if (steps.has('decided')) assert.equal(found?.replayed, 'same')
        if (steps.has('redeemed')) assert.equal(found?.decision.authentication, 'succeeded')
        if (steps.has('settled')) assert.equal(found?.decision.state, 'done')
        if (before > 0) assert.equal(found?.decision.state, 'done', 'an order without evidence')

        // A code that was made is not made again: it was redeemed where it was made, or is lost.
        const transaction = transactions.get(id)
        if (transaction !== undefined && steps.has('redeemed'))
          assert.equal(
            (await house.transactions.verified(transaction, client)).ok,
            false,
            'a second code',
          )

        // The customer's word is taken again only where it was given: neither exempt nor authenticated is not authorised.
        const kept = await house.book.peek(id)
        assert.ok(kept !== undefined)
        const allowed = (await strong.settled({ journey, consent: kept })) !== undefined
        assert.equal(allowed, found?.decision.authentication === 'succeeded')

        const agreed = [{ cents: 250_00, currency: 'EUR', payee }] as const
        const pay = async (key: string): Promise<string> => {
          const { kind, ...more } = await house.gateway.pay(
            { client, subject, consentId: id, key, body: bodyOf(agreed, (one) => one) },
            await house.consentFact(id),
            201,
            () => void met.add(`sent after ${step}`),
          )
          return 'code' in more ? more.code : kind
        }
        const consent = await house.book.peek(id)
        // Consumed: it was paid, and hears of it at once.
        const inForce = consent?.status === 'authorised' || consent?.status === 'consumed'
        if (steps.has('authorised')) assert.ok(inForce)
        const again = await pay(journey)
        const others = await Promise.all([pay(randomUUID()), pay(randomUUID())])
        const all = [again, ...others]
        met.add(again)
        const sent = all.filter((one) => one === 'sent').length
        if (!inForce) assert.equal(sent, 0, 'a payment under a consent that nobody authorised')
        assert.ok(before + sent <= 1, `sent again: ${all.join()}`)
        if (steps.has('paid')) assert.equal(again, 'repeated')
        else if (steps.has('ordered'))
          assert.ok(['repeated', 'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT'].includes(again), again)
      }
      await house.close()
    }
    for (const one of ['repeated', 'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT', 'sent'])
      assert.ok(met.has(one), `never met: ${one}`)
  },
)
