import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatehouseError } from '../../lib/index.ts'
import { bankCustomers } from './bank-customers.ts'

const ACCOUNT = { id: '1', name: 'Current', number: '•• 1' }
const READ = [{ ...ACCOUNT, references: [], signatories: 1 }]

/** An address of the bank that answers what it is told to. */
function customers(answer: (url: string, headers: Headers) => Response) {
  return bankCustomers({
    url: 'https://customers.bank.example/v1/',
    token: () => 's3cret',
    fetch: (url, options) => Promise.resolve(answer(String(url), new Headers(options.headers))),
  })
}

test('accounts are asked for by the id of the customer, which is one step of the path whatever is in it', async () => {
  const asked: string[] = []
  const bank = customers((url, headers) => {
    asked.push(`${url} ${headers.get('authorization')}`)
    return Response.json({ accounts: [ACCOUNT] })
  })
  assert.deepEqual(await bank.accountsOf('cust-amira'), READ)
  assert.equal(await bank.exists('../admin?x=1#y/%2e'), true)
  assert.deepEqual(asked, [
    'https://customers.bank.example/v1/cust-amira Bearer s3cret',
    'https://customers.bank.example/v1/..%2Fadmin%3Fx%3D1%23y%2F%252e Bearer s3cret',
  ])
  assert.equal(bank.login, undefined)
})

test('404 is nobody, and nobody has an account', async () => {
  const bank = customers(() => new Response('', { status: 404 }))
  assert.equal(await bank.exists('nobody'), false)
  assert.deepEqual(await bank.accountsOf('nobody'), [])
})

test('what is neither accounts nor 404 is an error that tells nothing of what was answered', async () => {
  for (const answer of [
    () => new Response('s3cret', { status: 500 }),
    () => new Response('', { status: 204 }),
    () => new Response('{"accounts":'),
    () => Response.json({}),
    () => Response.json([ACCOUNT]),
    () => Response.json({ accounts: [{ ...ACCOUNT, id: '' }] }),
    () => Response.json({ accounts: [{ ...ACCOUNT, name: 7 }] }),
    () => Response.json({ accounts: [{ ...ACCOUNT, signatories: 0 }] }),
    () => Response.json({ accounts: [{ ...ACCOUNT, references: [1] }] }),
    () => Response.json({ accounts: 's3cret' }),
    () => {
      throw new TypeError('s3cret')
    },
  ])
    for (const ask of ['exists', 'accountsOf'] as const)
      await assert.rejects(
        () => customers(answer)[ask]('cust-amira'),
        (error: unknown) => {
          assert.ok(error instanceof GatehouseError)
          assert.equal(error.code, 'GH_IDENTITY_CUSTOMERS_UNREACHABLE')
          assert.ok(!String(error.stack).includes('s3cret'))
          return true
        },
      )
})
