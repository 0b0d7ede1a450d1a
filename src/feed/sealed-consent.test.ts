import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../lib/index.ts'
import { type ConsentValue, consentTable } from './consent-table.ts'
import { openConsent, sealConsent, sealedKey } from './sealed-consent.ts'

const RUNS = Math.max(2_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
const id = (): string => randomBytes(16).toString('hex')
const record = (changes: JsonObject = {}): JsonObject => ({
  id: 'c',
  client: 'budget-buddy',
  subject: 'cust-amira',
  status: 'AUTH',
  permissions: ['ReadAccountsBasic', 'ReadBalances', 'ReadTransactionsCredits'],
  accounts: ['22289'],
  expiresAt: 1_800_000_000_000,
  ...changes,
})

test('what was sealed for an id opens for it, and for no other; the key tells nothing of it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.jsonValue(), (one, other, value) => {
      const sealed = sealConsent(one, { value: value as JsonObject }) // sound: fast-check made JSON
      assert.deepEqual(openConsent(one, sealed), JSON.parse(JSON.stringify({ value })))
      if (one !== other) {
        assert.equal(openConsent(other, sealed), undefined)
        assert.notEqual(sealedKey(one), sealedKey(other))
      }
      assert.match(sealedKey(one), /^[\w-]{22}$/)
    }),
    { numRuns: RUNS },
  )
})

test('what an earlier version sealed opens', () => {
  const sealed = 'SWXpw-jZsYS8eUrFKxzt6p1doWBVcfQ2emnbxLwzNN4dyiEt-QoGmM_Dv7CkIlFP1w'
  assert.deepEqual(openConsent('5f'.repeat(16), sealed), { id: 'c', client: 'budget-buddy' })
})

test('a consent that was altered or cut, or is no consent, opens as none', () => {
  const one = id()
  const sealed = sealConsent(one, record())
  const bytes = Buffer.from(sealed, 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const bad = Buffer.from(bytes)
    bad[at] = (bad[at] ?? 0) ^ 1
    assert.equal(openConsent(one, bad.toString('base64url')), undefined, `byte ${at}`)
    assert.equal(openConsent(one, bytes.subarray(0, at).toString('base64url')), undefined)
  }
  for (const text of ['', 'AAAA', '!']) assert.equal(openConsent(one, text), undefined)
})

test('a copy of it shows no customer and no account, and it is short', () => {
  const one = id()
  const sealed = Buffer.from(sealConsent(one, record()), 'base64url').toString('latin1')
  for (const word of ['amira', '22289', 'ReadBalances', one]) assert.ok(!sealed.includes(word))
  assert.ok(sealed.length < 150, String(sealed.length))
  assert.notEqual(sealConsent(one, record()), sealConsent(one, record()), 'no two are the same')
})

test('a table opens what it is asked for, each change of it, and nothing that is in two places', () => {
  const table = consentTable()
  const one = id()
  const key = sealedKey(one)
  table.setSealed(key, sealConsent(one, record({ id: one })))
  assert.equal(table.size, 1)
  const found = table.get(one)
  assert.deepEqual([...(found?.permissions ?? [])].length, 3)
  assert.deepEqual(
    [found?.id, found?.client, found?.expiresAt],
    [one, 'budget-buddy', 1_800_000_000_000],
  )
  assert.equal(table.get(one), found, 'it stays ready')
  table.setSealed(key, sealConsent(one, record({ id: one, accounts: ['1', '2'] })))
  assert.deepEqual([...(table.get(one)?.accounts ?? [])], ['1', '2'])
  assert.equal(table.get(id()), undefined)

  const value = record({ id: one }) as unknown as ConsentValue // sound: a whole record
  table.set(one, value)
  assert.equal(table.get(one), undefined, 'in a file and in the store: nobody’s')
  table.delete(key)
  assert.equal(table.get(one)?.id, one)
  table.delete(one)
  assert.equal(table.get(one), undefined)
  table.setSealed(key, sealConsent(one, record({ id: one })))
  table.delete(key)
  assert.equal(table.get(one), undefined)
  table.setSealed(key, sealConsent(id(), record()))
  assert.equal(table.get(one), undefined, 'sealed for another')
})
