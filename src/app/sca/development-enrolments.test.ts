import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { GatehouseError } from '../../lib/index.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import {
  MAX_ENROLMENTS_FILE_BYTES,
  putEnrolments,
  readEnrolments,
} from './development-enrolments.ts'

function read(t: TestContext, text: string) {
  const file = join(temporaryFolder(t), 'enrolments.json')
  writeFileSync(file, text)
  return readEnrolments(file)
}
const seed = randomBytes(16).toString('base64url')

test('a file of enrolments, each with the elements that it names', (t) => {
  const enrolments = [
    { subject: 'anna', passcode: 'violet harbour', transactionCode: { seed }, totp: { seed } },
    { subject: 'ben' },
  ]
  assert.deepEqual(read(t, JSON.stringify({ enrolments })), [
    {
      subject: 'anna',
      elements: [
        { kind: 'passcode', passcode: 'violet harbour' },
        { kind: 'transaction-code', seed },
        { kind: 'totp', seed },
      ],
    },
    { subject: 'ben', elements: [] },
  ])
})

test('what is not as it should be is refused with its place, and nothing of it is quoted', (t) => {
  const secret = 'a-secret-of-nobody'
  const one = (enrolment: unknown) => JSON.stringify({ enrolments: [{ subject: 'a' }, enrolment] })
  const cases: readonly (readonly [string, RegExp])[] = [
    [`{ "enrolments": ${secret}`, /is no JSON/],
    ['[]', /no list/],
    [one(secret), /no object in enrolments\[1\]/],
    [one({ passcode: secret }), /lacks subject in enrolments\[1\]/],
    [one({ subject: 'a', passcode: secret }), /twice/],
    [one({ subject: 'b', passcode: 7 }), /no text in enrolments\[1\]/],
    [one({ subject: 'b', pin: secret }), /none of subject/],
    [one({ subject: 'b', totp: secret }), /no seed of totp/],
    [one({ subject: 'b', totp: { seed: seed.slice(1) } }), /16 bytes/],
    [one({ subject: 'b', transactionCode: { seed: `${secret} ${seed}` } }), /base64url/],
    [' '.repeat(MAX_ENROLMENTS_FILE_BYTES + 1), /too large/],
  ]
  for (const [text, why] of cases)
    assert.throws(
      () => read(t, text),
      (error: unknown) =>
        error instanceof GatehouseError &&
        error.code === 'GH_SCA_ENROLMENTS' &&
        why.test(error.message) &&
        !error.message.includes(secret),
      text.slice(0, 80),
    )
  assert.throws(
    () => readEnrolments(join(temporaryFolder(t), 'none.json')),
    /GH_SCA_ENROLMENTS|no file/,
  )
})

test('an element that cannot be enrolled is a start that fails; one that is there already is none', async () => {
  const enrolments = [
    { subject: 'anna', elements: [{ kind: 'passcode', passcode: 'violet harbour' }] },
  ] as const
  for (const fine of ['put', 'there'] as const)
    await putEnrolments({ put: () => Promise.resolve(fine) }, enrolments)
  for (const fault of ['common', 'not-allowed', 'full'] as const)
    await assert.rejects(
      putEnrolments({ put: () => Promise.resolve(fault) }, enrolments),
      (error: unknown) =>
        error instanceof GatehouseError &&
        error.code === 'GH_SCA_ENROLMENTS' &&
        error.message.includes(fault) &&
        !error.message.includes('violet'),
    )
})
