/** Mappings of payments in templates that extend others: a child adds places, and takes none away. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonValue } from '../../lib/index.ts'
import { extendTemplate } from './extend.ts'
import { BUILT_IN } from './templates.ts'

const parent = BUILT_IN.find(
  ({ document }) => document.name === 'pis' && document.version === '1.2.0',
)?.document
assert.ok(parent !== undefined)

function joined(payments: JsonValue): ReturnType<typeof extendTemplate> {
  assert.ok(parent !== undefined)
  return extendTemplate(parent, { version: '9.0.0', payments })
}

test('a mapping of the same id adds its places to those of its parent', () => {
  const made = joined([
    { id: 'uk-obie', fields: { amount: ['/X/Amount'], lastDate: ['/X/Last'] } },
    { id: 'own', fields: { fileHash: ['/h'], fileType: ['/t'] } },
  ])
  assert.ok(made.ok)
  const { payments = [] } = made.value
  const before = parent.payments ?? []
  assert.equal(payments.length, before.length + 1)
  assert.equal(payments.at(-1)?.id, 'own')
  const [uk] = payments
  assert.deepEqual(uk?.fields.amount, ['/Data/Initiation/InstructedAmount/Amount', '/X/Amount'])
  assert.deepEqual(uk?.fields.lastDate, ['/X/Last'])
  assert.deepEqual(uk?.fields.creditorAccount, before[0]?.fields.creditorAccount)
})

test('a mapping of the same id cannot make another list of payments of it', () => {
  const made = joined([{ id: 'berlin-group-bulk', payments: '/others', fields: {} }])
  assert.ok(made.ok)
  assert.equal(
    made.value.payments?.find(({ id }) => id === 'berlin-group-bulk')?.payments,
    '/payments',
  )
})

for (const [what, payments] of [
  [
    'twice in one template',
    [
      { id: 'own', fields: {} },
      { id: 'own', fields: {} },
    ],
  ],
  ['with a place that is none', [{ id: 'uk-obie', fields: { amount: ['Amount'] } }]],
  ['with a field that is none', [{ id: 'uk-obie', fields: { sum: ['/Amount'] } }]],
  ['of a file without its kind', [{ id: 'own', fields: { fileHash: ['/h'] } }]],
  [
    'of more places than a field may have',
    [{ id: 'uk-obie', fields: { amount: '12345678'.split('').map((n) => `/${n}`) } }],
  ],
] as const)
  test(`a mapping ${what} is refused`, () => {
    const made = joined(payments)
    assert.ok(!made.ok)
    assert.equal(made.error.path[0], 'payments')
  })
