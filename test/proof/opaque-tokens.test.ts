/** Whose an opaque token is: it is shown to its issuer and to nobody else, or to nobody at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AskedIssuer, opaqueTokens, type TokenJudgement } from '../../src/proof/index.ts'

type Code = Extract<TokenJudgement, { ok: false }>['code']
const INACTIVE: Code = 'GH_GATEWAY_TOKEN_INACTIVE'
const UNCHECKED: Code = 'GH_GATEWAY_TOKEN_UNCHECKED'
const GOOD = Symbol('good')

interface Issuer {
  readonly name: string
  readonly prefix?: string
  readonly inOrder?: boolean
  readonly says?: Code | typeof GOOD
}

async function ask(
  issuers: readonly Issuer[],
  token: string,
  accepted?: readonly string[],
): Promise<{ readonly by: string; readonly shown: readonly string[] }> {
  const shown: string[] = []
  const asked = issuers.map(({ name, prefix, inOrder = false, says = GOOD }): AskedIssuer => ({
    issuer: name,
    ...(prefix !== undefined && { tokenPrefix: prefix }),
    ...(inOrder && { tryInOrder: true }),
    judge(brought) {
      assert.equal(brought, token)
      shown.push(name)
      return Promise.resolve(says === GOOD ? good(name) : { ok: false, code: says })
    },
  }))
  const judgement = await opaqueTokens(asked).judge(token, accepted)
  return { by: judgement.ok ? judgement.token.issuer : judgement.code, shown }
}

function good(issuer: string): TokenJudgement {
  const token = {
    issuer,
    type: 'at+jwt',
    audiences: [],
    clientId: '',
    subject: '',
    consentId: '',
    scopes: new Set<string>(),
    expiresAt: undefined,
    issuedAt: undefined,
    notBefore: undefined,
    tokenId: undefined,
  }
  return { ok: true, token, key: { usableUntil: 0 } }
}

const A = { name: 'a' }
const B = { name: 'b' }
const X = { name: 'x', prefix: 'x_' }
const Y = { name: 'y', prefix: 'y_' }
const ISSUER = 'GH_GATEWAY_TOKEN_ISSUER'
const MALFORMED = 'GH_GATEWAY_TOKEN_MALFORMED'

const CASES: readonly (readonly [
  name: string,
  issuers: readonly Issuer[],
  token: string,
  accepted: readonly string[] | undefined,
  by: string,
  shown: string,
])[] = [
  ['the only one', [A], 't', undefined, 'a', 'a'],
  ['the only one of the API', [A, B], 't', ['b'], 'b', 'b'],
  ['two, and nobody says which', [A, B], 't', undefined, ISSUER, ''],
  ['two of the API', [A, B], 't', ['a', 'b'], ISSUER, ''],
  ['none of the API', [A, B], 't', ['c'], MALFORMED, ''],
  ['none at all', [], 't', undefined, MALFORMED, ''],
  ['by its beginning', [X, Y], 'y_1', undefined, 'y', 'y'],
  ['by its beginning, though another takes anything', [A, X], 'x_1', ['a', 'x'], 'x', 'x'],
  ['of another issuer than those of the API', [A, X], 'x_1', ['a'], ISSUER, ''],
  ['without the beginning', [X, Y], 't', undefined, MALFORMED, ''],
  ['without a beginning goes to who has none', [X, A], 't', undefined, 'a', 'a'],
  ['the beginning in another case', [X], 'X_1', undefined, MALFORMED, ''],
]
for (const [name, issuers, token, accepted, by, shown] of CASES)
  test(`an opaque token is shown to its issuer alone: ${name}`, async () => {
    const asked = await ask(issuers, token, accepted)
    assert.equal(asked.by, by)
    assert.equal(asked.shown.join(), shown)
  })

const inOrder = (name: string, says: Code | typeof GOOD): Issuer => ({ name, inOrder: true, says })
const ORDERS: readonly (readonly [
  name: string,
  issuers: readonly Issuer[],
  by: string,
  shown: string,
])[] = [
  ['the first knows it', [inOrder('a', GOOD), inOrder('b', GOOD)], 'a', 'a'],
  ['the second knows it', [inOrder('a', INACTIVE), inOrder('b', GOOD)], 'b', 'a,b'],
  ['nobody knows it', [inOrder('a', INACTIVE), inOrder('b', INACTIVE)], INACTIVE, 'a,b'],
  ['the first is away', [inOrder('a', UNCHECKED), inOrder('b', GOOD)], 'b', 'a,b'],
  ['who is away may know it', [inOrder('a', UNCHECKED), inOrder('b', INACTIVE)], UNCHECKED, 'a,b'],
  [
    'one that says something odd of it knows it',
    [inOrder('a', MALFORMED), inOrder('b', GOOD)],
    MALFORMED,
    'a',
  ],
  ['one of them did not agree', [inOrder('a', INACTIVE), { name: 'b' }], ISSUER, ''],
]
for (const [name, issuers, by, shown] of ORDERS)
  test(`issuers that agreed are asked in order: ${name}`, async () => {
    const asked = await ask(issuers, 't')
    assert.equal(asked.by, by)
    assert.equal(asked.shown.join(), shown)
  })

test('whatever the issuers, a token with a beginning is shown to its owner or to nobody, and none to one that the API does not take', async () => {
  const issuer = fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      prefix: fc.constantFrom('p_', 'q_'),
      inOrder: fc.boolean(),
      says: fc.constantFrom<Code | typeof GOOD>(INACTIVE, UNCHECKED, GOOD),
    },
    { requiredKeys: ['name'] },
  )
  const issuers = fc.uniqueArray(issuer, { selector: ({ name }) => name, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      issuers,
      fc.constantFrom('p_1', 'q_1', 'r_1'),
      fc.option(fc.subarray(['a', 'b', 'c', 'd']), { nil: undefined }),
      async (all, token, accepted) => {
        const { shown } = await ask(all, token, accepted)
        for (const name of shown) {
          assert.ok(accepted?.includes(name) ?? true)
          const { prefix } = all.find((one) => one.name === name) ?? assert.fail()
          assert.ok(prefix === undefined || token.startsWith(prefix))
        }
        if (all.some(({ prefix }) => prefix !== undefined && token.startsWith(prefix)))
          assert.ok(shown.length <= 1)
      },
    ),
    { numRuns: Math.min(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)) },
  )
})
