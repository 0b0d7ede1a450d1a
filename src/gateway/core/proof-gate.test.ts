import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { dpopClient, makeProof } from '../../../test/support/dpop-client.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import type { ProofFact } from '../../decide/index.ts'
import { NONCE_SECONDS } from './dpop-nonces.ts'
import { RawHeaders } from './header-view.ts'
import { createProofGate, type ProofGate } from './proof-gate.ts'

const client = await dpopClient()
const url = 'https://api.bank.example/a'

function gate(limit?: number): { clock: FakeClock; gate: ProofGate } {
  const clock = new FakeClock()
  return { clock, gate: createProofGate(clock, randomBytes, limit) }
}
async function use(
  { clock, gate: by }: ReturnType<typeof gate>,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const of = { method: 'GET', url, token: 't', now: clock.now() }
  return useOf(by.judge(headers(await makeProof(client, of, claims)), 'tpp-a', clock.now()))
}
const useOf = (fact: ProofFact | undefined): string =>
  fact?.kind === 'verified' ? fact.use : (fact?.kind ?? 'none')
const headers = (proof: string): RawHeaders =>
  new RawHeaders(['Authorization', 'DPoP t', 'DPoP', proof])

test('`createProofGate` looks at no proof of a bearer token', () => {
  const { clock, gate: by } = gate()
  const bearer = new RawHeaders(['Authorization', 'Bearer t', 'DPoP', 'x'])
  assert.equal(by.judge(bearer, 'tpp-a', clock.now()), undefined)
  assert.equal(by.judge(new RawHeaders([]), 'tpp-a', clock.now()), undefined)
})

test('`createProofGate` says when it can remember no more, and goes on once there is room', async () => {
  const one = gate(4)
  assert.equal(await use(one), 'new')
  assert.equal(await use(one), 'new')
  assert.equal(await use(one), 'full')
  one.clock.advance(122_000)
  assert.equal(await use(one), 'new')
})

test('`createProofGate` does not spend its memory on what no rule takes', async () => {
  const one = gate(1)
  const now = one.clock.now() / 1000
  one.clock.advance(3_600_000)
  for (const iat of [now, now + 7_200]) assert.equal(await use(one, { iat }), 'new')
  assert.equal(await use(one, { ath: 'x' }), 'new')
  assert.equal(await use(one), 'new')
  assert.equal(await use(one), 'full')
})

test('`createProofGate` takes what was issued before it began only with its nonce', async () => {
  const one = gate()
  const before = one.clock.now() / 1000 - 1
  assert.equal(await use(one, { iat: before }), 'before-start')
  assert.equal(await use(one, { iat: before, nonce: 'n' }), 'before-start')
  assert.equal(await use(one, { iat: before + 1 }), 'new')
  const nonce = one.gate.nonce(one.clock.now())
  assert.equal(await use(one, { iat: before, nonce }), 'new')
  assert.notEqual(gate().gate.nonce(one.clock.now()), nonce)
})

test('`createProofGate` trusts neither proofs nor nonces of before a wall clock that goes back', async () => {
  const one = gate()
  const nonce = one.gate.nonce(one.clock.now())
  await use(one)
  one.clock.advance(NONCE_SECONDS * 1_000)
  await use(one)
  one.clock.setWallClock(-NONCE_SECONDS * 1_000)
  assert.equal(await use(one), 'before-start')
  assert.equal(await use(one, { nonce }), 'before-start')
  assert.equal(await use(one, { nonce: one.gate.nonce(one.clock.now()) }), 'new')
  one.clock.setWallClock(-500)
  assert.equal(await use(one, { nonce: one.gate.nonce(one.clock.now()) }), 'new')
})
