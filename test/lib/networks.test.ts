import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { readAddress, readNetwork, within } from '../../src/lib/networks.ts'

const RUNS = { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) }

test('one address is one number, however it is written', () => {
  for (const [one, other] of [
    ['10.0.0.1', '::ffff:10.0.0.1'],
    ['10.0.0.1', '::FFFF:a00:1'],
    ['10.0.0.1', '0:0:0:0:0:ffff:0a00:0001'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['fd00::', 'fd00:0:0:0:0:0:0:0'],
    ['fe80::1', 'fe80::1%eth0'],
    ['1::8', '1:0:0::0:8'],
  ] as const)
    assert.equal(readAddress(one), readAddress(other), other)
})

test('what programs read in two ways is no address', () => {
  for (const text of [
    '',
    '1',
    '127.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    '::g',
    '::1.2.3',
    '::1.2.3.4:5',
    'core.bank.example',
    '10.0.0.1/8',
  ])
    assert.equal(readAddress(text), undefined, text)
})

test('every address of either kind is read, and every other text is none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      // `isIP` takes a zone that is no address of ours to judge.
      assert.equal(readAddress(text) !== undefined, isIP(text.replace(/%.*$/, '')) !== 0, text)
    }),
    RUNS,
  )
})

test('a network is the first address and the length of its prefix', () => {
  for (const text of ['10.0.0.0/8', '10.0.0.1/32', '0.0.0.0/0', '::/0', 'fd00::/8', '10.0.0.1'])
    assert.ok(readNetwork(text) !== undefined, text)
  for (const text of [
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fd00::1/8',
    'fd00::/129',
    'fe80::%eth0/10',
    'bank/8',
  ])
    assert.equal(readNetwork(text), undefined, text)
})

test('an address is within by its first bits, and no others', () => {
  const octet = fc.nat(255)
  fc.assert(
    fc.property(
      fc.tuple(octet, octet, octet, octet),
      fc.nat(32),
      fc.ipV4(),
      (parts, length, ip) => {
        const number = (four: readonly number[]): number =>
          four.reduce((sum, part) => sum * 256 + part, 0)
        const size = 2 ** (32 - length)
        const base = Math.floor(number(parts) / size) * size
        const text = [24, 16, 8, 0].map((by) => Math.floor(base / 2 ** by) % 256).join('.')
        const network = readNetwork(`${text}/${length}`)
        const address = readAddress(ip)
        assert.ok(network !== undefined && address !== undefined)
        const at = number(ip.split('.').map(Number))
        assert.equal(within([network], address), at >= base && at < base + size)
      },
    ),
    RUNS,
  )
})

test('no IPv4 network reaches beyond IPv4', () => {
  const all = readNetwork('0.0.0.0/0')
  assert.ok(all)
  for (const text of ['fd00::1', '64:ff9b::a00:1', '::a00:1', '2002:a00:1::'])
    assert.equal(within([all], readAddress(text) ?? 0n), false, text)
})
