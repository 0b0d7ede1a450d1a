import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { MAX_CUSTOMERS_FILE_BYTES, readCustomers } from './read-customers.ts'

const PASSWORD = `scrypt:${'a1'.repeat(16)}:${'b2'.repeat(32)}`
const AMIRA = {
  subject: 'cust-amira',
  username: 'amira',
  password: PASSWORD,
  accounts: [{ id: '1', name: 'Current', number: '•• 1' }],
}

test('a file of customers is read, with what it may leave out', (t) => {
  const file = join(temporaryFolder(t), 'customers.json')
  writeFileSync(file, JSON.stringify({ customers: [AMIRA] }))
  assert.deepEqual(readCustomers(file), [
    {
      ...AMIRA,
      acr: 'urn:openbanking:psd2:ca',
      accounts: [{ ...AMIRA.accounts[0], references: [], signatories: 1 }],
    },
  ])
})

test('a file that cannot be used is refused with its reason, and no password stands in it', (t) => {
  const file = join(temporaryFolder(t), 'customers.json')
  const refused = (text: string): void => {
    writeFileSync(file, text)
    assert.throws(
      () => readCustomers(file),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error)
        assert.equal(error.code, 'GH_IDENTITY_CUSTOMERS')
        assert.ok(!error.message.includes('s3cret'))
        return true
      },
    )
  }
  for (const value of [
    [],
    {},
    { customers: {} },
    { customers: [null] },
    { customers: [{ ...AMIRA, subject: '' }] },
    { customers: [{ ...AMIRA, username: 7 }] },
    { customers: [{ ...AMIRA, password: 's3cret' }] },
    { customers: [{ ...AMIRA, accounts: {} }] },
    { customers: [{ ...AMIRA, accounts: [{ id: '1', name: 'x' }] }] },
    { customers: [{ ...AMIRA, accounts: [{ ...AMIRA.accounts[0], signatories: 0 }] }] },
    { customers: [{ ...AMIRA, accounts: [{ ...AMIRA.accounts[0], references: [1] }] }] },
    { customers: [AMIRA, { ...AMIRA, username: 'other' }] },
    { customers: [AMIRA, { ...AMIRA, subject: 'other' }] },
  ])
    refused(JSON.stringify(value))
  refused('{"customers": [s3cret')
  refused(' '.repeat(MAX_CUSTOMERS_FILE_BYTES + 1))
  assert.throws(() => readCustomers(`${file}.none`), { code: 'GH_IDENTITY_CUSTOMERS' })
})
