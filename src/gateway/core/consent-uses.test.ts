/** Uses under way in one process: who is here is alive, and there is room for so many. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UseClaim } from '../../decide/index.ts'
import { type ConsentUses, createUseDesk, MAX_USES_UNDER_WAY, type Using } from './consent-uses.ts'

const claim = (consent: string): UseClaim => ({
  kind: 'use',
  of: ['consent', 'tpp-a', consent, 'payment'],
  payments: 1,
  ttlSeconds: 60,
  rule: 'sca.dynamicLinking',
})
const asked = (decision: string) => ({ decision, now: 1_000, monotonic: 0 })
const TAKEN = { kind: 'taken' } as const

function desk(uses: Partial<ConsentUses> = {}) {
  const ended: string[] = []
  const made = createUseDesk({
    reserve: () => Promise.resolve(TAKEN),
    settle: (_id, decision, used) =>
      Promise.resolve(void ended.push(`${decision} ${used ? 'used' : 'doubt'}`)),
    release: (_id, decision) => Promise.resolve(void ended.push(`${decision} free`)),
    ...uses,
  })
  const take = (consent: string, decision: string): Promise<Using> =>
    new Promise((resolve) => made.take(claim(consent), asked(decision), resolve))
  return { ended, take }
}

test('how a request ends says what becomes of the consent', async () => {
  for (const [end, expected] of [
    [{ status: 201, headers: [], body: null }, 'd used'],
    [{ status: 303, headers: [], body: null }, 'd used'],
    [{ status: 399, headers: [], body: null }, 'd used'],
    [{ status: 400, headers: [], body: null }, 'd free'],
    [{ status: 499, headers: [], body: null }, 'd free'],
    ['unsent', 'd free'],
    ['in-doubt', 'd doubt'],
  ] as const) {
    const { ended, take } = desk()
    const using = await take('c-1', 'd')
    assert.ok(using.kind === 'go-on' && using.hold?.awaited === true)
    await new Promise<void>((resolve) => using.hold?.settle(end, resolve))
    assert.deepEqual(ended, [expected])
  }
})

test('who holds it is named until he is done', async () => {
  const { take } = desk()
  const first = await take('c-1', 'd-1')
  const code = 'GH_GATEWAY_PAYMENT_CONSENT_IN_USE'
  assert.deepEqual(await take('c-1', 'd-2'), { kind: 'refused', code, first: 'd-1' })
  assert.ok(first.kind === 'go-on')
  await new Promise<void>((resolve) => first.hold?.settle('unsent', resolve))
  assert.equal((await take('c-1', 'd-3')).kind, 'go-on')
})

test('one more than there is room for is refused before the store is asked', async () => {
  let reserved = 0
  const { take } = desk({
    reserve: () => {
      reserved++
      return Promise.resolve(TAKEN)
    },
  })
  for (let at = 0; at < MAX_USES_UNDER_WAY; at++)
    assert.equal((await take(`c-${at}`, `d-${at}`)).kind, 'go-on')
  const code = 'GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE'
  assert.deepEqual(await take('another', 'd'), { kind: 'refused', code })
  assert.equal(reserved, MAX_USES_UNDER_WAY)
})
