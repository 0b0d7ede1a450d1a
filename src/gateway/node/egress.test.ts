import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EgressRefused, guardedLookup, mayCall } from './egress.ts'

const NEVER = [
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '100.100.100.200',
  '224.0.0.1',
  '239.255.255.255',
  '255.255.255.255',
  '::',
  'fe80::1',
  'febf::1',
  'ff02::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
]
for (const address of NEVER)
  test(`${address} is no bank API, whatever names it`, () => {
    assert.equal(mayCall('core.bank.example', address), false)
    assert.equal(mayCall('localhost', address), false)
  })

test('this machine is called by its own names only', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    assert.equal(mayCall('core.bank.example', address), false, address)
    assert.equal(mayCall('localhost', address), true, address)
    assert.equal(mayCall('core.localhost', address), true, address)
    assert.equal(mayCall('notlocalhost', address), false, address)
    assert.equal(mayCall(address, address), true, address)
  }
})

test('networks of a bank, and of others, may be called', () => {
  for (const address of [
    '10.0.0.1',
    '172.16.3.4',
    '192.168.1.1',
    '198.51.100.7',
    'fd12::1',
    '2001:db8::1',
  ])
    assert.equal(mayCall('core.bank.example', address), true, address)
})

const look = (
  addresses: readonly string[] | Error,
  all: boolean,
): Promise<{ failure: Error | null; answer: unknown }> =>
  new Promise((resolve) => {
    const found = addresses instanceof Error ? [] : addresses
    guardedLookup((_host, _options, done) =>
      done(
        addresses instanceof Error ? addresses : null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    )('core.bank.example', { all }, (failure, answer) => resolve({ failure, answer }))
  })

test('the address that was judged is the one that is called; one that is refused refuses the name', async () => {
  assert.deepEqual(await look(['10.0.0.1', 'fd12::1'], false), {
    failure: null,
    answer: '10.0.0.1',
  })
  assert.deepEqual((await look(['10.0.0.1', 'fd12::1'], true)).answer, [
    { address: '10.0.0.1', family: 4 },
    { address: 'fd12::1', family: 6 },
  ])
  for (const addresses of [
    ['169.254.169.254'],
    ['10.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '10.0.0.1'],
    [],
  ])
    for (const all of [true, false])
      assert.ok((await look(addresses, all)).failure instanceof EgressRefused, addresses.join())
  const gone = new Error('ENOTFOUND')
  assert.equal((await look(gone, true)).failure, gone)
})
