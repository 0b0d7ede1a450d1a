/** Amira's device: its code is over the question alone, and nothing but a question is answered. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { elementsIn, transactionCode } from './device.ts'

const SEED = Buffer.alloc(32, 7).toString('base64url')
const question = (of: string): string => createHmac('sha256', 'q').update(of).digest('hex')

test('a code is of eight digits, the same for the same question, and another for another question or device', () => {
  const codes = Array.from({ length: 200 }, (_, at) => transactionCode(SEED, question(`${at}`)))
  for (const code of codes) assert.match(code, /^\d{8}$/)
  assert.ok(new Set(codes).size > 195)
  assert.equal(transactionCode(SEED, question('0')), codes[0])
  const other = Buffer.alloc(32, 8).toString('base64url')
  assert.notEqual(transactionCode(other, question('0')), codes[0])
  for (const none of ['', '12.50', question('0').toUpperCase(), `${question('0')}0`])
    assert.throws(() => transactionCode(SEED, none), /no question/)
})

test('who has no device has no code', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-device-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const one = { subject: 'cust-amira', passcode: 'a b', transactionCode: { seed: SEED } }
  writeFileSync(join(folder, 'enrolments.json'), JSON.stringify({ enrolments: [one] }))
  const { passcode, codeFor } = elementsIn(folder, 'cust-amira')
  assert.deepEqual(
    [passcode, codeFor(question('1'))],
    ['a b', transactionCode(SEED, question('1'))],
  )
  assert.throws(() => elementsIn(folder, 'cust-ben'), /cust-ben/)
})
