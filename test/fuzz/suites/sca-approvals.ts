/** What devices sign about transactions: whatever the text, a judgement; a word of the customer only where his device signed this very one. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import * as fc from 'fast-check'
import { isJsonObject } from '../../../src/lib/index.ts'
import { APPROVAL_TYPE } from '../../../src/sca/index.ts'
import { readApproval } from '../../../src/sca/factors/approval.ts'
import type { EnrolledFactor } from '../../../src/sca/factors/factor.ts'
import { linkTransaction } from '../../../src/sca/transactions/linked.ts'
import { jws, paymentOf } from '../../sca/rig.ts'
import { cutUp, type Json, mutated } from '../../support/json-mutation.ts'
import { segment } from '../../support/token-issuer.ts'
import { defineSuite } from '../suite.ts'

export const scaApprovals = defineSuite<string>(
  { name: 'sca-approvals', holds: 'no text but what the device signed is a word of its customer' },
  () => {
    const linked = linkTransaction('transaction-1', 'nonce', paymentOf('anna'))
    assert.ok(linked.ok)
    const transaction = linked.value
    const keys = [
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ] as const
    const device = (id: string, at: 0 | 1): EnrolledFactor => ({
      id,
      kind: 'approval',
      counter: 0,
      createdAt: 0,
      usedAt: null,
      // Sound: a JWK is text by name.
      secret: { jwk: keys[at].publicKey.export({ format: 'jwk' }) as Record<string, string> },
    })
    const enrolled = [device('phone', 0), device('tablet', 1)]
    const payload: Json = {
      transaction: transaction.id,
      challenge: transaction.challenge.toString('base64url'),
      decision: 'approve',
    }
    const header: Json = { alg: 'EdDSA', typ: APPROVAL_TYPE, kid: 'phone' }
    const other: Json = { ...header, alg: 'ES256', kid: 'tablet' }
    const good = [jws(keys[0].privateKey, header, payload), jws(keys[1].privateKey, other, payload)]
    const read = (text: string) => readApproval(text, enrolled, transaction)
    assert.deepEqual(
      good.map((text) => read(text)?.decision),
      ['approve', 'approve'],
    )
    const signed = new Set(good)
    // What a device did sign, of another kind, transaction or decision: it is its word for nothing else.
    const resigned = fc
      .tuple(mutated(header, 2), mutated(payload, 2))
      .filter(([head, body]) => isJsonObject(head) && isJsonObject(body))
      .map(([head, body]) => jws(keys[0].privateKey, head as object, body as object)) // sound: see above
    const remade = fc
      .tuple(mutated(header, 3), mutated(payload, 2), fc.constantFrom(...good), fc.nat(2))
      .map(([head, body, text, how]) => {
        const [own = '', content = '', signature = ''] = text.split('.')
        if (how === 0) return `${segment(head)}.${content}.${signature}`
        if (how === 1) return `${own}.${segment(body)}.${signature}`
        return `${segment(head)}.${segment(body)}.${signature}`
      })
    return {
      input: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom(...good).chain((text) => cutUp(text, ['.', '..', '=', '-', '_', ' '])),
        remade,
        resigned,
      ),
      check(text) {
        const said = read(text)
        if (said === undefined || signed.has(text)) return
        // Signed by the device itself: then it names this transaction, its challenge, its type and its key.
        const [head = '', body = ''] = text.split('.')
        const decoded = [head, body].map((part) => Buffer.from(part, 'base64url').toString())
        const [own, content] = decoded.map((part) => JSON.parse(part) as Record<string, Json>) // sound: objects, or it would be none
        assert.equal(own?.['typ'], APPROVAL_TYPE)
        assert.equal(own['kid'], said.device)
        assert.equal(content?.['transaction'], transaction.id)
        assert.equal(content['challenge'], payload['challenge'])
        assert.equal(content['decision'], said.decision)
      },
    }
  },
)
