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
    guardedLookup((_host, _options, done) => {
      // As the resolver of Node does: where it fails, it says nothing else.
      if (addresses instanceof Error) return done(addresses)
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    })('core.bank.example', { all }, (failure, answer) => resolve({ failure, answer }))
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

test('a name that is nobody’s fails, by the resolver of the machine', async () => {
  for (const all of [true, false]) {
    const failure = await new Promise<Error | null>((resolve) =>
      guardedLookup()('core.bank.invalid', { all }, (failed) => resolve(failed)),
    )
    assert.match(String(failure && 'code' in failure && failure.code), /^E[A-Z_]+$/)
  }
})
