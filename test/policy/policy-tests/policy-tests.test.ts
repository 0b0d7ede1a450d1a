/** Policy tests as a person writes them: what holds, what does not and why, and what is no test at all. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Compile } from 'typebox/schema'
import { parse as parseYaml } from 'yaml'
import { parsePolicyTests, policyTestsSchema } from '../../../src/config/index.ts'
import { holdsMember, memberPath } from '../../../src/policy/policy-tests/member-path.ts'
import { gatehouse, type Screen } from '../../cli/terminal.ts'
import { words } from '../../config/words.ts'
import { TESTS_SCHEMA_FILE, testsSchemaText } from '../../config/write-schema.ts'
import { installation, type Installation } from '../../scenario/installation.ts'
import { MEADOW_FILES, meadowConfig } from '../../scenario/invented-bank.ts'
import type { TestContext } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..', '..')

interface Checked {
  readonly code: number
  readonly out: string
  readonly failures: readonly {
    readonly code: string
    readonly text: string
    readonly place: { readonly line: number; readonly column: number }
  }[]
  readonly mistakes: readonly {
    readonly code: string
    readonly text: string
    readonly place: { readonly line: number }
    readonly nearest?: string
  }[]
  readonly results: readonly {
    readonly passed: boolean
    readonly rule: string | null
    readonly origin: string | null
  }[]
}

const HEAD = 'version: 1\nnow: 2026-11-28T12:00:00Z\ntests:\n'
const CONSENT = `    consent:
      client: tpp-a
      subject: customer-1
      permissions: [ReadAccountsBasic, ReadAccountsDetail, ReadBalances]
      accounts: [pot-1]
    claims: { scopes: [pots.read] }
`
const good = (rest: string): string =>
  `${HEAD}  - name: pots
    request: { path: /v2/pot-accounts }
${CONSENT}${rest}`

function place(t: TestContext, config = meadowConfig('http://127.0.0.1:1')): Installation {
  return installation(t, config, MEADOW_FILES)
}

async function check(at: Installation, ...more: string[]): Promise<Checked> {
  const screen: Screen = await at.run('check', '--json', ...more)
  const json = JSON.parse(screen.out) as {
    mistakes: Checked['mistakes']
    tests: Pick<Checked, 'failures' | 'results'> | null
  } // sound: our own output
  return {
    code: screen.code,
    out: screen.out,
    mistakes: json.mistakes,
    failures: json.tests?.failures ?? [],
    results: json.tests?.results ?? [],
  }
}

async function checked(t: TestContext, text: string): Promise<Checked> {
  const at = place(t)
  at.write('policy-tests/pots.yaml', text)
  return check(at)
}

describe('an expectation that holds passes, one that does not is pointed at', () => {
  test('allow, and what leaves of the answer', async (t) => {
    const answer = `    answer: { body: { items: [{ accountId: pot-1, label: Rainy, secret: x }, { accountId: pot-9 }] } }\n`
    const right = await checked(
      t,
      good(
        `${answer}    expect: { decision: allow, answer: trimmed, keeps: ["items[].label"], drops: ["items[].secret"] }\n`,
      ),
    )
    assert.deepEqual([right.code, right.failures, right.results.length], [0, [], 1])
    const wrong = await checked(
      t,
      good(
        `${answer}    expect: { decision: allow, answer: whole, keeps: ["items[].secret"], drops: ["items[].label"] }\n`,
      ),
    )
    assert.equal(wrong.code, 3)
    assert.equal(wrong.failures.length, 3)
    for (const { code } of wrong.failures) assert.equal(code, 'GH_POLICY_TEST_FAILED')
  })

  test('deny: decision, code and rule, with the rule that did it and who put it there', async (t) => {
    const wrong = await checked(
      t,
      good(`    client: { id: tpp-a, status: suspended }\n    expect: { decision: allow }\n`),
    )
    assert.equal(wrong.code, 3)
    assert.equal(wrong.failures[0]?.place.line, 13)
    assert.equal(wrong.failures[0]?.place.column, 25)
    for (const word of ['GH_GATEWAY_CLIENT_INACTIVE', 'identity.clientStatus', 'profile', 'ais@'])
      assert.ok(wrong.failures[0]?.text.includes(word), wrong.failures[0]?.text)
    const other = await checked(
      t,
      good(
        `    client: { id: tpp-a, status: suspended }\n    expect: { decision: deny, code: GH_GATEWAY_SCOPE_MISSING, rule: authz.operations }\n`,
      ),
    )
    assert.deepEqual([other.code, other.failures.length], [3, 2])
    const right = await checked(
      t,
      good(
        `    client: { id: tpp-a, status: suspended }\n    expect: { decision: deny, code: GH_GATEWAY_CLIENT_INACTIVE, rule: identity.clientStatus }\n`,
      ),
    )
    assert.equal(right.code, 0, right.out)
  })

  test('an expectation about what the bank never sent tests nothing, and fails', async (t) => {
    const { code, failures } = await checked(
      t,
      good(
        '    answer: { body: { items: [] } }\n    expect: { decision: allow, drops: ["items[].secret"] }\n',
      ),
    )
    assert.deepEqual([code, failures.length], [3, 1])
    const nothing = await checked(
      t,
      good('    expect: { decision: allow, drops: ["items[].secret"] }\n'),
    )
    assert.equal(nothing.code, 3)
  })

  const DENIED: readonly (readonly [name: string, rest: string, code: string])[] = [
    ['no token', '    claims: none\n', 'GH_GATEWAY_TOKEN_MISSING'],
    [
      'a token of nobody',
      '    claims: { issuer: https://nobody.example }\n',
      'GH_GATEWAY_TOKEN_ISSUER',
    ],
    [
      'a forged token',
      '    claims: { invalid: GH_GATEWAY_TOKEN_SIGNATURE }\n',
      'GH_GATEWAY_TOKEN_SIGNATURE',
    ],
    [
      'another audience',
      '    claims: { audience: https://elsewhere.example }\n',
      'GH_GATEWAY_TOKEN_AUDIENCE',
    ],
    [
      'an ended token',
      '    claims: { expiresAt: 2026-11-28T11:00:00Z }\n',
      'GH_GATEWAY_TOKEN_EXPIRED',
    ],
    [
      'a token to come',
      '    claims: { notBefore: 2026-11-28T13:00:00Z }\n',
      'GH_GATEWAY_TOKEN_EARLY',
    ],
    ['a revoked token', '    claims: { revoked: true }\n', 'GH_GATEWAY_TOKEN_REVOKED'],
    ['no scope', '    claims: { client: tpp-a }\n', 'GH_GATEWAY_SCOPE_MISSING'],
    [
      'no consent',
      '    claims: { client: tpp-a, subject: c, scopes: [pots.read] }\n',
      'GH_GATEWAY_CONSENT_MISSING',
    ],
    ['an old feed', '    claims: none\n    feedAgeSeconds: 4000\n', 'GH_GATEWAY_TOKEN_MISSING'],
  ]
  for (const [name, rest, code] of DENIED)
    test(`${name} is ${code}`, async (t) => {
      const text = `${HEAD}  - name: pots\n    request: { path: /v2/pot-accounts }\n${rest}    expect: { decision: deny, code: ${code} }\n`
      const { failures, mistakes } = await checked(t, text)
      assert.deepEqual([mistakes, failures], [[], []])
    })

  test('consents and clients by their id in the feed', async (t) => {
    const at = place(t)
    at.write(
      'policy-tests/pots.yaml',
      `${HEAD}  - name: pots\n    request: { path: /v2/pot-accounts/pot-1/balance }\n    claims: { scopes: [pots.read] }\n    consent: consent-1\n    expect: { decision: allow }\n`,
    )
    assert.equal((await check(at)).code, 0, (await check(at)).out)
    assert.equal((await at.run('consents', 'revoke', 'consent-1', '--reason', 'asked')).code, 0)
    assert.equal((await check(at)).code, 3)
  })
})

describe('files', () => {
  test('are those that policyTests names, beside the configuration or in patterns; one that fits nothing is a mistake', async (t) => {
    const config = meadowConfig('http://127.0.0.1:1')
    const at = place(t, `policyTests: [wanted/*.yaml, gone.yaml]\n${config}`)
    at.write('wanted/a.yaml', good('    expect: { decision: deny }\n'))
    at.write('policy-tests/b.yaml', good('    expect: { decision: deny }\n'))
    const { code, mistakes, results } = await check(at)
    assert.deepEqual(
      [code, mistakes.map((one) => [one.code, one.place.line]), results.length],
      [4, [['GH_CONFIG_FILE_MISSING', 1]], 1],
    )
  })

  test('none, and none is asked for: nothing to run, and no mistake', async (t) => {
    const { code, results } = await check(place(t))
    assert.deepEqual([code, results], [0, []])
  })

  test('--only tests runs them alone, and takes nothing else', async (t) => {
    const at = place(t)
    at.write('policy-tests/a.yaml', good('    expect: { decision: deny }\n'))
    assert.equal((await check(at, '--only', 'tests')).code, 3)
    assert.equal((await at.run('check', '--only', 'feed')).code, 4)
  })

  const MISTAKES: readonly (readonly [
    name: string,
    text: string,
    code: string,
    line: number,
    nearest?: string,
  ])[] = [
    [
      'an unknown key',
      good('    expect: { decison: deny }\n'),
      'GH_CONFIG_UNKNOWN_KEY',
      12,
      'decision',
    ],
    [
      'an unknown rule',
      good('    expect: { decision: deny, rule: authz.consnet }\n'),
      'GH_CONFIG_VALUE_INVALID',
      12,
      'authz.consent',
    ],
    [
      'an unknown code',
      good('    expect: { decision: deny, code: GH_GATEWAY_TOKEN_MISING }\n'),
      'GH_CONFIG_VALUE_INVALID',
      12,
      'GH_GATEWAY_TOKEN_MISSING',
    ],
    ['no expectation', good(''), 'GH_CONFIG_KEY_MISSING', 4],
    ['no time', 'tests: []\n', 'GH_CONFIG_KEY_MISSING', 1],
    [
      'a time without a zone',
      `now: 2026-11-28T12:00:00\n${good('    expect: { decision: deny }\n')
        .split('\n')
        .filter((line) => !line.startsWith('now'))
        .join('\n')}`,
      'GH_CONFIG_VALUE_INVALID',
      1,
    ],
    ['no YAML', 'tests: [\n', 'GH_CONFIG_SYNTAX', 2],
    [
      'a consent that the feed has not',
      `${HEAD}  - name: p\n    request: { path: /v2 }\n    consent: consent-2\n    expect: { decision: deny }\n`,
      'GH_CONFIG_REFERENCE_UNKNOWN',
      6,
      'consent-1',
    ],
    [
      'a real token',
      `${HEAD}  - name: p\n    request: { path: /v2, headers: { authorization: "Bearer eyJhbGciOiJQUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZy1lbm91Z2g" } }\n    expect: { decision: deny }\n`,
      'GH_CONFIG_SECRET_LITERAL',
      5,
    ],
  ]
  for (const [name, text, code, line, nearest] of MISTAKES)
    test(`${name} is a mistake with its place, exit 4, and no test of the file is run`, async (t) => {
      const { code: exit, mistakes, results } = await checked(t, text)
      assert.equal(exit, 4)
      const found = mistakes.find((one) => one.code === code)
      assert.ok(found !== undefined, JSON.stringify(mistakes))
      assert.equal(found.place.line, line)
      if (nearest !== undefined) assert.equal(found.nearest, nearest)
      assert.deepEqual(results, [])
    })
})

describe('the example bank', () => {
  const BANK = join(ROOT, 'examples', 'bank')

  test('has policy tests, and they hold', async () => {
    const { code, out } = await gatehouse(['check', join(BANK, 'gatehouse.yaml'), '--json'])
    const { tests } = JSON.parse(out) as { tests: { results: readonly { passed: boolean }[] } } // sound: our own output
    assert.equal(code, 0, out)
    assert.ok(tests.results.length >= 10 && tests.results.every(({ passed }) => passed))
  })

  test('and they notice when the policy is weakened', async (t) => {
    const at = installation(t, '', {})
    cpSync(BANK, at.dir, { recursive: true, filter: (name) => !name.includes('.gatehouse') })
    at.write(
      'gatehouse.yaml',
      `${readFileSync(join(BANK, 'gatehouse.yaml'), 'utf8')}    permissions: { GetAccountsAccountIdStatements: [] }\n`,
    )
    const { code, failures } = await check(at)
    assert.equal(code, 3)
    assert.deepEqual(
      failures.map(({ text }) => /statements/.test(text)),
      [true],
    )
  })
})

describe('the published schema', () => {
  const schema = Compile(policyTestsSchema(words))

  test('is the one that the reader is made of', () => {
    assert.equal(
      readFileSync(TESTS_SCHEMA_FILE, 'utf8'),
      testsSchemaText(),
      'write it anew: node test/config/write-schema.ts',
    )
  })

  test('accepts what the reader accepts, and refuses what an editor should underline', () => {
    const text = readFileSync(
      join(ROOT, 'examples', 'bank', 'policy-tests', 'accounts.yaml'),
      'utf8',
    )
    assert.ok(Compile(JSON.parse(testsSchemaText()) as object).Check(parseYaml(text)))
    assert.ok(schema.Check(parseYaml(good('    expect: { decision: deny }\n'))))
    for (const wrong of [
      '    expect: { decison: deny }\n',
      '    expect: { decision: perhaps }\n',
      '',
    ])
      assert.ok(!schema.Check(parseYaml(good(wrong))), wrong)
  })
})

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const read = (text: string): ReturnType<typeof parsePolicyTests> =>
  parsePolicyTests({ file: 'x.yaml', text, env: { vocabulary: words, fileExists: () => false } })

test('property: a spoilt file is refused with places inside it, never with an exception, and runs no test', () => {
  const sound = good(
    '    answer: { status: 200, body: { items: [] } }\n    expect: { decision: deny, rule: authz.consent, keeps: [a] }\n',
  )
  assert.deepEqual(read(sound).diagnostics, [])
  const piece = fc.constantFrom(
    '',
    ' ',
    '\n',
    ':',
    '-',
    '[',
    '}',
    '"',
    '&a',
    '*a',
    '!!x',
    '#',
    'null',
    '1e999',
    '\u0000',
    '…',
    'name:',
    '    ',
    '~',
    '{a: b}',
    '|',
    '<<',
  )
  let refused = 0
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 6 }), piece), { minLength: 1, maxLength: 4 }),
      (cuts) => {
        let text = sound
        for (const [at, length, put] of cuts) {
          const from = at % text.length
          text = text.slice(0, from) + put + text.slice(from + length)
        }
        const { tests, diagnostics } = read(text)
        if (diagnostics.length === 0) return
        refused++
        assert.deepEqual(tests, [])
        for (const {
          place: { line, column },
        } of diagnostics)
          assert.ok(line >= 1 && column >= 1 && line <= text.split('\n').length)
      },
    ),
    { numRuns: RUNS },
  )
  assert.ok(refused > RUNS / 4, `${refused} of ${RUNS} were refused`)
})

test('`holdsMember` finds a member in any item, and nothing in what is no JSON', () => {
  const text = '{"a":[{"b":1},{"c":{"d":null}}],"x.y":1}'
  for (const [path, held] of [
    ['a[].b', true],
    ['a[].c.d', true],
    ['a[].e', false],
    ['a.b', false],
    ['a[]', true],
    ['constructor', false],
    ['a.length', false],
  ] as const)
    assert.equal(holdsMember(text, memberPath(path)), held, path)
  assert.equal(holdsMember('no json', ['a']), false)
  assert.equal(holdsMember(undefined, ['a']), false)
})
