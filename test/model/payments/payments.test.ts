/**
 * Consent × authentication × payment: whole lives against a model of lists. No seed pays without a valid code or an exemption, none pays twice,
 * and nothing is refused that should pass. `GATEHOUSE_MODEL_LIVES` says how many; `GATEHOUSE_MODEL_SEED` looks at one that failed.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

/** Fewer do not meet all that there is. */
const ENOUGH = 2_000
const LIVES = Number(process.env['GATEHOUSE_MODEL_LIVES'] ?? ENOUGH)
const ONLY = process.env['GATEHOUSE_MODEL_SEED']
const THREADS = 2

test('no seed pays without a code or an exemption, and none is refused that should pass', async (t) => {
  const [from, to] = ONLY === undefined ? [0, LIVES] : [Number(ONLY), Number(ONLY) + 1]
  const threads = Array.from({ length: THREADS }, async (_, at) => {
    const workerData = { from: from + at, to, by: THREADS }
    const thread = new Worker(new URL('lives.ts', import.meta.url), { workerData })
    // Sound: what `lives.ts` says when it is done; what fails there rejects.
    const [told] = (await once(thread, 'message')) as [{ lived: number; met: Set<string> }]
    return told
  })
  const told = await Promise.all(threads)
  const lived = told.reduce((sum, one) => sum + one.lived, 0)
  assert.equal(lived, to - from)
  t.diagnostic(`${lived} lives`)
  const met = new Set(told.flatMap((one) => [...one.met]))
  if (ONLY === undefined && LIVES >= ENOUGH)
    assert.deepEqual(
      MUST_MEET.filter((one) => !met.has(one)),
      [],
    )
})

/** A model that never meets these looks at nothing. */
const MUST_MEET = [
  'GH_GATEWAY_CONSENT_INACTIVE',
  'GH_GATEWAY_CONSENT_MISSING',
  'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT',
  'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED',
  'GH_GATEWAY_PAYMENT_AMOUNT',
  'GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT',
  'GH_GATEWAY_PAYMENT_CONSENT_USED',
  'GH_GATEWAY_PAYMENT_PAYEE',
  'GH_GATEWAY_PAYMENT_PAYEE_NAME',
  'GH_GATEWAY_PAYMENT_UNREADABLE',
  'GH_SCA_CODE_INVALID',
  'GH_SCA_CODE_SPENT',
  'GH_SCA_LINK_MISMATCH',
  'an answer to another transaction',
  'answer blocked',
  'answer done',
  'answer failed',
  'answer over',
  'approved',
  'approved first',
  'authenticated by code',
  'authenticated by device',
  'authorised',
  'code',
  'died',
  'exempt',
  'neither',
  'one of two',
  'payment repeated',
  'payment sent',
  'redeemed',
  'refused',
  'refused first',
  'required',
  'restarted',
  'stopped',
  'used',
]
