/** The reader of DPoP proofs against whatever comes; the cases of RFC 9449 are in `test/gateway/dpop.case`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createProofReader } from '../../src/proof/index.ts'
import { dpopClient, makeProof } from '../support/dpop-client.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const of = { method: 'GET', url: 'https://Api.bank.example:443/a?x#y', token: 't', now: 0 }
const client = await dpopClient()
const good = await makeProof(client, of)

test('`createProofReader` says what a good proof says, the first time and again', () => {
  const reader = createProofReader()
  for (let time = 0; time < 2; time++) {
    const read = reader.read(good)
    assert.ok(read.ok)
    const { key, method, origin, path, issuedAt } = read.proof
    assert.deepEqual(
      [key, method, origin, path, issuedAt],
      [client.thumbprint, 'GET', 'https://api.bank.example', '/a', 0],
    )
  }
})

test('`createProofReader` computes the thumbprint of RFC 7638 for each kind of key', async () => {
  for (const algorithm of ['ES256', 'PS256', 'EdDSA']) {
    const one = await dpopClient(algorithm)
    const read = createProofReader().read(await makeProof(one, of))
    assert.equal(read.ok && read.proof.key, one.thumbprint, algorithm)
  }
})

test('`createProofReader` does not let a key that it knows sign for another header', async () => {
  const reader = createProofReader()
  assert.ok(reader.read(good).ok)
  const other = await dpopClient()
  const [head = ''] = good.split('.')
  const [, body = '', signature = ''] = (await makeProof(other, of)).split('.')
  assert.equal(reader.read([head, body, signature].join('.')).ok, false)
})

test('`createProofReader` takes no proof of which one letter is another', () => {
  const reader = createProofReader()
  assert.ok(reader.read(good).ok)
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.constantFrom(...'Ab0-_.='), (at, letter) => {
      const text = good.slice(0, at) + letter + good.slice(at + 1)
      assert.equal(reader.read(text).ok, text === good)
    }),
    { numRuns: Math.min(RUNS, 3_000) },
  )
})

test('`createProofReader` never throws, and takes nothing that nobody signed', () => {
  const reader = createProofReader()
  const json = fc.json().map((text) => Buffer.from(text).toString('base64url'))
  const part = fc.oneof(json, fc.base64String(), fc.string())
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const read = reader.read(parts.join('.'))
      assert.equal(read.ok, false)
      if (!read.ok) for (const one of parts) assert.ok(one.length < 9 || !read.why.includes(one))
    }),
    { numRuns: RUNS },
  )
})
