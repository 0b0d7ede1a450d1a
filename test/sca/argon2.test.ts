/** Passcodes as Argon2id: the text form, the work, and how many at once. */
import assert from 'node:assert/strict'
import { argon2Sync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createArgon2,
  MAX_AT_ONCE,
  MAX_WAITING,
  MEMORY_KIB,
  PASSES,
} from '../../src/sca/factors/argon2.ts'
import { CODE_LETTERS, plainCode, writtenCode } from '../../src/sca/enrolment/activation-code.ts'
import { enrolDevice, enrolPasscode, PASSCODE, paymentOf } from './rig.ts'
import { onBothStores } from './on-both-stores.ts'

const pepper = randomBytes(32)
const argon2 = createArgon2({ pepper, randomBytes })
const RUNS = Math.max(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))

test('a hash is Argon2id of RFC 9106 with salt and pepper, and matches its passcode only', async () => {
  const text = await argon2.hash('one passcode')
  const match = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$([^$]+)\$([^$]+)$/.exec(text)
  assert.ok(match !== null)
  const parameters = { parallelism: 1, tagLength: 32, memory: MEMORY_KIB, passes: PASSES }
  const again = argon2Sync('argon2id', {
    ...parameters,
    message: 'one passcode',
    nonce: Buffer.from(match[1] ?? '', 'base64'),
    secret: pepper,
  })
  assert.equal(Buffer.from(again).toString('base64').replaceAll('=', ''), match[2])
  assert.ok(await argon2.matches('one passcode', text))
  assert.ok(!(await argon2.matches('another', text)))
  assert.notEqual(await argon2.hash('one passcode'), text, 'another salt')
  const elsewhere = createArgon2({ pepper: randomBytes(32), randomBytes })
  assert.ok(!(await elsewhere.matches('one passcode', text)), 'another pepper')
  for (const broken of [
    undefined,
    '',
    text.slice(0, -1),
    text.replace('v=19', 'v=16'),
    `${text}\n`,
  ])
    assert.ok(!(await argon2.matches('one passcode', broken)))
})

test('no more at once than are allowed; what comes beyond those that wait is refused', async () => {
  const all = MAX_AT_ONCE + MAX_WAITING
  const outcomes = await Promise.allSettled(
    Array.from({ length: all + 1 }, () => argon2.matches('x', undefined)),
  )
  const refused = outcomes.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as unknown] : [],
  )
  assert.deepEqual(
    refused.map((error) => (error as { code?: string }).code),
    ['GH_SCA_BUSY'],
  )
  assert.equal(await argon2.matches('x', undefined), false, 'there is room again')
})

onBothStores('an attempt that could not be judged is none', async (rig) => {
  await enrolPasscode(rig, rig.anna)
  await enrolDevice(rig, rig.anna)
  const created = await rig.sca.transactions.create(paymentOf(rig.anna))
  assert.ok(created.ok)
  const { id } = created.value
  const verify = (passcode: string) =>
    rig.sca.transactions.verify({
      id,
      network: rig.anna,
      answers: [
        { kind: 'passcode', value: passcode },
        { kind: 'approval', value: 'x' },
      ],
    })
  const crypto = process.getBuiltinModule('crypto')
  const { argon2 } = crypto
  const away = { value: undefined, configurable: true, writable: true }
  for (let at = 0; at < 7; at++) {
    Object.defineProperty(crypto, 'argon2', away)
    await assert.rejects(verify(PASSCODE), { code: 'GH_SCA_ARGON2' })
    Object.defineProperty(crypto, 'argon2', { ...away, value: argon2 })
  }
  const first = await verify('wrong')
  assert.equal(first.ok ? 0 : first.error.attemptsLeft, 4)
})

test('an activation code is read however it is typed, and every letter of it counts', () => {
  const bytes = fc.uint8Array({ minLength: CODE_LETTERS, maxLength: CODE_LETTERS })
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const code = writtenCode(one)
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)
      const typed = code
        .toLowerCase()
        .replaceAll('-', ' ')
        .replaceAll('0', 'o')
        .replaceAll('1', 'l')
      assert.equal(plainCode(typed), plainCode(code))
      const same = one.every((byte, at) => byte % 32 === (other[at] ?? 0) % 32)
      assert.equal(plainCode(writtenCode(other)) === plainCode(code), same)
    }),
    { numRuns: RUNS },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.ok(plainCode(text).length <= 200)
    }),
    { numRuns: RUNS },
  )
})
