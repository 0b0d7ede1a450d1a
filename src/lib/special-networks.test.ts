import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNeverCalled, isPublicAddress, isThisMachine } from './special-networks.ts'

/** Ways of writing an IPv4 address into an IPv6 one. */
type Four = readonly [number, number, number, number]

function spellings(...[a, b, c, d]: Four): readonly string[] {
  const hex = (one: number, two: number): string => (one * 256 + two).toString(16)
  const turned = `${hex(255 - a, 255 - b)}:${hex(255 - c, 255 - d)}`
  const four = `${hex(a, b)}:${hex(c, d)}`
  return [
    `::ffff:${four}`,
    `::ffff:${a}.${b}.${c}.${d}`,
    `64:ff9b::${four}`,
    `64:ff9b::${a}.${b}.${c}.${d}`,
    `64:ff9b:1::${four}`,
    `2002:${four}::`,
    `2002:${four}:1:2:3:4:5`,
    `::${four}`,
    `::ffff:0:${four}`,
    `2001:0:1:2:3:4:${turned}`,
  ]
}

test('a metadata service is one, however its address is written', () => {
  const metadata: readonly Four[] = [
    [169, 254, 169, 254],
    [100, 100, 100, 200],
    [168, 63, 129, 16],
    [224, 0, 0, 1],
    [255, 255, 255, 255],
  ]
  for (const four of metadata)
    for (const address of spellings(...four)) {
      assert.equal(isNeverCalled(address), true, address)
      assert.equal(isPublicAddress(address), false, address)
    }
})

test('this machine is, too', () => {
  for (const address of [...spellings(127, 0, 0, 1), '127.9.9.9', '::1'])
    assert.equal(isThisMachine(address), true, address)
  for (const address of ['128.0.0.1', '::2', 'fe80::1', '64:ff9b::a00:1'])
    assert.equal(isThisMachine(address), false, address)
})

test('what is no address is never called', () => {
  for (const text of ['', 'core.bank.example', '127.1', '0x7f000001', '2130706433', '[::1]'])
    assert.equal(isNeverCalled(text), true, text)
  assert.equal(isNeverCalled('fe80::1%eth0'), true)
})

test('public is what anybody can call', () => {
  for (const address of ['93.184.216.34', '1.1.1.1', '2606:4700::1111'])
    assert.equal(isPublicAddress(address), true, address)
  for (const address of [
    '10.0.0.1',
    '100.64.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.19.0.1',
    'fc00::1',
    'fec0::1',
    ...spellings(93, 184, 216, 34).slice(2),
  ])
    assert.equal(isPublicAddress(address), false, address)
})
