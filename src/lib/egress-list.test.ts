import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EgressList, listed, offList } from './egress-list.ts'

const BANK: EgressList = {
  hosts: ['core.bank.internal', '*.cards.bank.internal', '10.0.0.7', 'fd12::7'],
  networks: ['10.0.0.0/8', 'fd12::/16'],
  ports: ['443', '8443'],
}

const NAMES: readonly (readonly [host: string, port: number, onList: boolean])[] = [
  ['core.bank.internal', 443, true],
  ['CORE.bank.internal', 8443, true],
  ['core.bank.internal.', 443, true],
  ['core.bank.internal', 444, false],
  ['core.bank.internal', 4430, false],
  ['a.cards.bank.internal', 443, true],
  ['a.b.cards.bank.internal', 443, true],
  ['cards.bank.internal', 443, false],
  ['evilcards.bank.internal', 443, false],
  ['core.bank.internal.evil.example', 443, false],
  ['xcore.bank.internal', 443, false],
  ['core-bank.internal', 443, false],
  ['10.0.0.7', 443, true],
  ['10.9.9.9', 443, true],
  ['[fd12::7]', 443, true],
  ['[fd12:0:0::0007]', 443, true],
  ['[::ffff:10.0.0.7]', 443, true],
  ['11.0.0.7', 443, false],
  ['[fd13::7]', 443, false],
]
for (const [host, port, onList] of NAMES)
  test(`${host}:${port} is ${onList ? '' : 'not '}on the list by its name`, () => {
    assert.equal(offList(BANK, host, port) === undefined, onList)
  })

const ADDRESSES: readonly (readonly [address: string, inside: boolean])[] = [
  ['10.255.0.1', true],
  ['::ffff:10.0.0.1', true],
  ['fd12::1', true],
  ['11.0.0.1', false],
  ['::ffff:11.0.0.1', false],
  ['169.254.169.254', false],
  ['::ffff:169.254.169.254', false],
  ['64:ff9b::a00:1', false],
  ['2002:a00:1::', false],
  ['::a00:1', false],
  ['93.184.216.34', false],
  ['no address', false],
]
for (const [address, inside] of ADDRESSES)
  test(`a name that leads to ${address} is ${inside ? '' : 'not '}called`, () => {
    assert.equal(listed(BANK, 'core.bank.internal', address), inside)
  })

test('without networks, names lead to public addresses and to those that are written down', () => {
  const list = { hosts: ['core.bank.example', '10.0.0.7'] }
  assert.equal(listed(list, 'core.bank.example', '93.184.216.34'), true)
  for (const address of ['10.0.0.7', '10.0.0.8', '192.168.1.1', '127.0.0.1', 'fd12::1'])
    assert.equal(listed(list, 'core.bank.example', address), false, address)
  assert.equal(listed(list, '10.0.0.7', '10.0.0.7'), true)
  assert.equal(listed(list, '10.0.0.7', '10.0.0.8'), false)
  assert.equal(offList(list, '10.0.0.8', 1) === undefined, false)
})

test('without hosts any name may be called, wherever it leads inside the networks', () => {
  const list = { networks: ['10.0.0.0/8'] }
  assert.equal(offList(list, 'anything.example', 1), undefined)
  assert.equal(offList(list, '10.0.0.1', 1), undefined)
  assert.notEqual(offList(list, '11.0.0.1', 1), undefined)
  assert.equal(listed(list, 'anything.example', '11.0.0.1'), false)
})

test('a list of nothing has nothing on it', () => {
  assert.notEqual(offList({ hosts: [] }, 'core.bank.example', 443), undefined)
  assert.notEqual(offList({ ports: [] }, 'core.bank.example', 443), undefined)
  assert.equal(listed({ networks: [] }, 'core.bank.example', '93.184.216.34'), false)
})
