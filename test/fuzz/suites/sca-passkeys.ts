/** Answers of passkeys, bytes and all: whatever they are, a judgement; right only when nothing of the good one was changed. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../src/lib/index.ts'
import type { EnrolledFactor } from '../../../src/sca/factors/factor.ts'
import { passkeyFactor } from '../../../src/sca/factors/passkey.ts'
import { linkTransaction } from '../../../src/sca/transactions/linked.ts'
import { Authenticator, ORIGIN, RP_ID } from '../../sca/authenticator.ts'
import { paymentOf } from '../../sca/rig.ts'
import { type Json, mutated } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

/** Where one byte is another, or the end is missing. */
interface Change {
  [member: string]: Json
  member: string
  at: number
  byte: number
  cut: boolean
}
const MEMBERS = ['clientDataJSON', 'authenticatorData', 'signature', 'attestationObject']

export const scaPasskeys = defineSuite<{ answer: Json; changes: Change[]; enrols: boolean }>(
  {
    name: 'sca-passkeys',
    holds: 'no answer of a passkey that was changed is right, and none throws',
  },
  async () => {
    const factor = passkeyFactor({
      rpId: RP_ID,
      rpName: 'Bank',
      origins: [ORIGIN],
      syncedKeys: 'refuse',
    })
    const authenticator = new Authenticator()
    const pending = { challenge: Buffer.alloc(32, 7).toString('base64url'), label: 'Key' }
    const created = authenticator.create({ challenge: pending.challenge })
    const enrolled = await factor.finishEnrolment(pending, created)
    assert.ok(enrolled.ok)
    const known: EnrolledFactor = {
      id: 'key',
      kind: 'passkey',
      counter: 0,
      createdAt: 0,
      usedAt: null,
      secret: enrolled.secret,
    }
    const linked = linkTransaction('transaction-1', 'nonce', paymentOf('anna'))
    assert.ok(linked.ok)
    const context = { transaction: linked.value, asked: {}, now: 0 }
    const got = authenticator.get({ challenge: linked.value.challenge.toString('base64url') })
    const judge = (value: JsonValue) => factor.judge(value, [known], context)
    assert.ok((await judge(got)).ok, 'the check is blind')
    const texts = new Map([got, created].map((one) => [JSON.stringify(meaning(one)), one]))
    const mutations = (one: JsonObject) => mutated(one as Json, 2) // sound: made of JSON
    const change = fc.record({
      member: fc.constantFrom(...MEMBERS),
      at: fc.nat(400),
      byte: fc.integer({ min: 1, max: 255 }),
      cut: fc.boolean(),
    })
    return {
      input: fc.boolean().chain((enrols) =>
        fc.record({
          answer: fc.oneof(
            fc.constant((enrols ? created : got) as Json),
            mutations(enrols ? created : got),
          ),
          changes: fc.array(change, { maxLength: 3 }),
          enrols: fc.constant(enrols),
        }),
      ),
      async check({ answer, changes, enrols }) {
        const value = changes.reduce(changed, answer as JsonValue)
        const ok = enrols
          ? (await factor.finishEnrolment(pending, value)).ok
          : (await judge(value)).ok
        // What an enrolment says of itself beside its key nobody signs where attestation is not asked for.
        if (ok && !enrols)
          assert.ok(texts.has(JSON.stringify(meaning(value))), JSON.stringify(value))
      },
    }
  },
)

/** What an authenticator signs, and what names the key. */
function meaning(value: JsonValue): JsonValue {
  const { id, response } = value as JsonObject // sound: only of what was right
  const members = response as JsonObject // sound: likewise
  return [id ?? null, ...MEMBERS.map((name) => bytesOf(members[name]).toString('hex'))]
}
const bytesOf = (text: JsonValue | undefined): Buffer =>
  Buffer.from(typeof text === 'string' ? text : '', 'base64url')

function changed(value: JsonValue, { member, at, byte, cut }: Change): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const response = (value as JsonObject)['response'] // sound: an object
  if (typeof response !== 'object' || response === null || Array.isArray(response)) return value
  const members = response as JsonObject // sound: likewise
  const bytes = bytesOf(members[member])
  if (at >= bytes.length) return value
  bytes[at] = (bytes[at] ?? 0) ^ byte
  const text = (cut ? bytes.subarray(0, at) : bytes).toString('base64url')
  return { ...value, response: { ...members, [member]: text } }
}
