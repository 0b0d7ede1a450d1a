/**
 * The example bank behind `gatehouse up`, under the real UK specification: what each third party gets, what it must never see, and the
 * one event that each call leaves. Then the questions that a newcomer asks of the running instance.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { ACCOUNTS } from '../../examples/bank/data/accounts.ts'
import { CUSTOMERS } from '../../examples/bank/data/people.ts'
import { ledger } from '../../examples/bank/data/transactions.ts'
import { startBank } from '../../examples/bank/server.ts'
import type { Explanation } from '../../src/app/index.ts'
import type { AccessEvent, StoredEvent } from '../../src/events/index.ts'
import type { ErrorCode } from '../../src/lib/index.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { hmacSigned, segment, signed, signingKey } from '../support/token-issuer.ts'
import { type Call, call, problemOf, until, up } from './gateway-process.ts'
import { installation, ISSUER_LINES } from './installation.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank')
const BASE = '/open-banking/v4.0/aisp'

/** The example's own configuration, on free ports and with an issuer of this test's own. */
function configFor(upstream: string): string {
  const text = readFileSync(join(BANK, 'gatehouse.yaml'), 'utf8')
  const before = text.slice(0, text.indexOf('issuers:'))
  const apis = text.slice(text.indexOf('apis:'))
  return `${before.replace('127.0.0.1:8080', '127.0.0.1:0')}${ISSUER_LINES}\n${apis.replace('http://127.0.0.1:9080', upstream)}`
}

/** Everything that names an account to the world, or a person. */
const SECRETS: readonly string[] = [
  ...ACCOUNTS.flatMap((one) => [one.iban, `${one.sortCode}${one.number}`, one.number]),
  ...ACCOUNTS.flatMap((one) => one.pan ?? []),
  ...[...ledger(Date.now()).values()].flat().flatMap((row) => row.counterparty?.iban ?? []),
  ...CUSTOMERS.flatMap((one) => [one.name, one.email, one.mobile]),
]
const UNKNOWN_MEMBERS = ['_debug', 'InternalCustomerNumber', 'RiskScore', 'SourceSystem', 'shard']
const ACCOUNT_DETAIL = ['"Account":[{"SchemeName', 'Servicer', 'IBAN', 'Identification']
const INSIDE = ['core-api-03', 'SQLException', 'trace', 'StatementDao', '/mnt/nas02']

interface Row extends Omit<Call, 'path'> {
  readonly name: string
  readonly path: string
  readonly status: number
  readonly code?: ErrorCode
  /** What the event says of the rule, where the client hears less. */
  readonly inside?: ErrorCode
  readonly outcome?: AccessEvent['outcome']
  /** The rule that `explain` names, and a fact that it shows. */
  readonly rule?: string
  readonly fact?: RegExp
  readonly body?: readonly string[]
  readonly never?: readonly string[]
}

test('the example bank behind Gatehouse', async (t) => {
  const bank = await startBank({
    port: 0,
    clock: Date.now,
    publicOrigin: 'https://api.bank.example',
  })
  t.after(() => {
    bank.closeAllConnections()
    bank.close()
  })
  const { port } = bank.address() as AddressInfo // sound: listening on TCP
  const place = installation(t, configFor(`http://127.0.0.1:${port}`), {})
  for (const folder of ['spec', 'feed'])
    cpSync(join(BANK, folder), join(place.dir, folder), { recursive: true })
  const tokens: string[] = []
  const issue = (subject: string, clientId: string, consent: string, more: object = {}): string => {
    const changes = { sub: subject, client_id: clientId, consent_id: consent, jti: randomUUID() }
    const token = place.token({ ...changes, scope: 'accounts', ...more })
    tokens.push(token)
    return token
  }
  const AMIRA = ['cust-amira', 'budget-buddy', 'consent-amira-budget'] as const
  const amira = issue(...AMIRA)
  const priya = issue('cust-priya', 'lendwise', 'consent-priya-lending')
  const now = Math.floor(Date.now() / 1000)
  const stranger = signingKey('key-1')
  const claims = JSON.parse(
    Buffer.from(amira.split('.')[1] ?? '', 'base64url').toString(),
  ) as object
  const publicPem = place.key.publicKey.export({ type: 'spki', format: 'pem' })
  const forged = (header: object, key = place.key): string => {
    const token = signed(key, header, claims)
    tokens.push(token)
    return token
  }

  const rows: readonly Row[] = [
    {
      name: 'accounts under Basic: two rows, no number, no servicer',
      path: '/accounts',
      token: amira,
      status: 200,
      outcome: 'trimmed',
      body: ['"22289"', '"22426"', 'Rainy day'],
      never: [...UNKNOWN_MEMBERS, ...ACCOUNT_DETAIL, '22563', '22700', ...SECRETS],
    },
    {
      name: 'one account under Basic',
      path: '/accounts/22426',
      token: amira,
      status: 200,
      outcome: 'trimmed',
      body: ['"22426"'],
      never: [...UNKNOWN_MEMBERS, ...ACCOUNT_DETAIL, '22289', ...SECRETS],
    },
    {
      name: 'accounts under Detail: numbers of the own accounts, none of the others',
      path: '/accounts',
      token: priya,
      status: 200,
      outcome: 'trimmed',
      body: [
        '"22974"',
        '"23111"',
        'Servicer',
        ACCOUNTS.find((one) => one.id === '22974')?.iban ?? '-',
      ],
      never: [
        ...UNKNOWN_MEMBERS,
        ...ACCOUNTS.filter((one) => !['22974', '23111'].includes(one.id)).flatMap((one) => [
          one.iban,
          ...(one.pan === undefined ? [] : [one.pan]),
          `"${one.id}"`,
        ]),
      ],
    },
    {
      name: 'balances: rows of other accounts are gone, the digits are as the bank wrote them',
      path: '/balances',
      token: amira,
      status: 200,
      outcome: 'trimmed',
      body: ['"22289"', '"22426"', '"50', '.00"'].slice(0, 2),
      never: ['22563', '22700', '22837', ...SECRETS],
    },
    {
      name: 'transactions with Debits only and Basic',
      path: '/accounts/22289/transactions',
      token: amira,
      status: 200,
      outcome: 'trimmed',
      body: ['"CreditDebitIndicator":"Debit"'],
      never: [
        '"CreditDebitIndicator":"Credit"',
        'TransactionInformation',
        '"Balance"',
        'MerchantDetails',
        'CreditorAccount',
        'DebtorAccount',
        'InternalCategory',
        ...UNKNOWN_MEMBERS,
        ...SECRETS,
      ],
    },
    {
      name: 'transactions with everything',
      path: '/accounts/22974/transactions',
      token: priya,
      status: 200,
      outcome: 'trimmed',
      body: ['"Debit"', '"Credit"', '"Balance"', 'MerchantDetails'],
      never: ['InternalCategory', ...UNKNOWN_MEMBERS],
    },
    {
      name: 'the customer behind an account, without what nobody asked for',
      path: '/accounts/22289/party',
      token: amira,
      status: 200,
      outcome: 'trimmed',
      body: ['Amira Haddad'],
      never: ['NationalInsuranceNumber', 'MotherMaidenName', 'QQ123456C'],
    },
    {
      name: 'no token',
      path: '/accounts',
      status: 401,
      code: 'GH_GATEWAY_TOKEN_MISSING',
      rule: 'authz.default',
    },
    {
      name: 'a token of a stranger with our key id',
      path: '/accounts',
      token: forged({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' }, stranger),
      status: 401,
      code: 'GH_GATEWAY_TOKEN_SIGNATURE',
      rule: 'token.validation',
      fact: /not believed: GH_GATEWAY_TOKEN_SIGNATURE/,
    },
    {
      name: 'a token without a signature',
      path: '/accounts',
      token: `${segment({ alg: 'none', typ: 'at+jwt' })}.${segment(claims)}.`,
      status: 401,
      code: 'GH_GATEWAY_TOKEN_MALFORMED',
    },
    {
      name: 'a token signed with our public key as a password',
      path: '/accounts',
      token: hmacSigned(String(publicPem), { alg: 'HS256', typ: 'at+jwt', kid: 'key-1' }, claims),
      status: 401,
      code: 'GH_GATEWAY_TOKEN_ALGORITHM',
    },
    {
      name: 'an ID token in place of an access token',
      path: '/accounts',
      token: forged({ alg: 'ES256', typ: 'JWT', kid: 'key-1' }),
      status: 401,
      code: 'GH_GATEWAY_TOKEN_TYPE',
    },
    {
      name: 'a token for another audience',
      path: '/accounts',
      token: issue(...AMIRA, { aud: 'https://api.other.example' }),
      status: 401,
      code: 'GH_GATEWAY_TOKEN_AUDIENCE',
      rule: 'token.validation',
    },
    {
      name: 'a token that has expired',
      path: '/accounts',
      token: issue(...AMIRA, { iat: now - 900, exp: now - 600 }),
      status: 401,
      code: 'GH_GATEWAY_TOKEN_EXPIRED',
    },
    {
      name: 'a token from tomorrow',
      path: '/accounts',
      token: issue(...AMIRA, { iat: now + 600, nbf: now + 600, exp: now + 900 }),
      status: 401,
      code: 'GH_GATEWAY_TOKEN_EARLY',
    },
    {
      name: 'a token for a week',
      path: '/accounts',
      token: issue(...AMIRA, { exp: now + 7 * 86_400 }),
      status: 401,
      code: 'GH_GATEWAY_TOKEN_LIFETIME',
      rule: 'token.lifetime',
    },
    {
      name: 'a token in the query',
      path: `/accounts?access_token=${amira}`,
      status: 400,
      code: 'GH_GATEWAY_TOKEN_IN_QUERY',
      rule: 'logging.redact',
    },
    {
      name: 'a client that nobody registered',
      path: '/accounts',
      token: issue('cust-amira', 'nobody', 'consent-amira-budget'),
      status: 403,
      code: 'GH_GATEWAY_CLIENT_UNKNOWN',
      rule: 'identity.clientStatus',
    },
    {
      name: 'a client that the register withdrew',
      path: '/accounts',
      token: issue('cust-chidi', 'paperplane', 'consent-chidi-paperplane'),
      status: 403,
      code: 'GH_GATEWAY_CLIENT_INACTIVE',
      rule: 'identity.clientStatus',
      fact: /suspended/,
    },
    {
      name: 'a token for payments only',
      path: '/accounts',
      token: issue(...AMIRA, { scope: 'payments' }),
      status: 403,
      code: 'GH_GATEWAY_SCOPE_MISSING',
      rule: 'authz.operations',
      fact: /payments/,
    },
    {
      name: 'a consent that does not exist',
      path: '/accounts',
      token: issue('cust-amira', 'budget-buddy', 'consent-of-nobody'),
      status: 403,
      code: 'GH_GATEWAY_CONSENT_MISSING',
      rule: 'authz.consent',
    },
    {
      name: "another client's consent: the same answer as for one that does not exist",
      path: '/accounts',
      token: issue('cust-amira', 'lendwise', 'consent-amira-budget'),
      status: 403,
      code: 'GH_GATEWAY_CONSENT_MISSING',
      inside: 'GH_GATEWAY_CONSENT_MISMATCH',
      rule: 'authz.consent',
      fact: /ANOTHER client/,
    },
    {
      name: "another customer's consent: the same answer again",
      path: '/accounts',
      token: issue('cust-jonas', 'budget-buddy', 'consent-amira-budget'),
      status: 403,
      code: 'GH_GATEWAY_CONSENT_MISSING',
      inside: 'GH_GATEWAY_CONSENT_MISMATCH',
      rule: 'authz.consent',
      fact: /ANOTHER customer/,
    },
    {
      name: 'a consent that ended months ago',
      path: '/balances',
      token: issue('cust-tom', 'budget-buddy', 'consent-tom-expired'),
      status: 403,
      code: 'GH_GATEWAY_CONSENT_EXPIRED',
      rule: 'authz.consent',
      fact: /ended \d+ days before/,
    },
    {
      name: 'statements, which she did not share',
      path: '/accounts/22289/statements',
      token: amira,
      status: 403,
      code: 'GH_GATEWAY_PERMISSION_MISSING',
      rule: 'authz.consent',
      fact: /ReadAccountsBasic/,
    },
    {
      name: "another customer's account in the path",
      path: '/accounts/22289/balances',
      token: priya,
      status: 403,
      code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
      rule: 'authz.objects',
      fact: /NOT in the consent/,
    },
    {
      name: 'an own account that she did not share',
      path: '/accounts/22563',
      token: amira,
      status: 403,
      code: 'GH_GATEWAY_OBJECT_FORBIDDEN',
      rule: 'authz.objects',
    },
    ...[
      '/accounts/22289%2f..%2f22700/balances',
      '/accounts/%2e%2e/balances',
      '/accounts//balances',
      '/accounts/22289%00',
      '/accounts/22289%252f',
      '/accounts\\22289',
    ].map((path): Row => ({
      name: `the path ${path}`,
      path,
      token: amira,
      status: 400,
      code: 'GH_GATEWAY_TARGET_MALFORMED',
    })),
    {
      name: 'another case of the path',
      path: '/Accounts',
      token: amira,
      status: 404,
      code: 'GH_GATEWAY_ROUTE_UNKNOWN',
    },
    {
      name: 'a method that reads do not have',
      path: '/accounts',
      method: 'DELETE',
      token: amira,
      status: 405,
      code: 'GH_GATEWAY_METHOD_UNKNOWN',
    },
    {
      name: 'two tokens',
      path: '/accounts',
      token: amira,
      headers: [`authorization: Bearer ${priya}`],
      status: 400,
      code: 'GH_GATEWAY_HEADER_REPEATED',
    },
    {
      name: 'the consent resource, until Gatehouse serves it itself',
      path: '/account-access-consents/consent-amira-budget',
      token: amira,
      status: 403,
    },
    {
      name: 'a bank that stumbles: its words stay inside',
      path: '/accounts/22974/statements/1999-01',
      token: priya,
      status: 502,
      outcome: 'failed',
      code: 'GH_GATEWAY_UPSTREAM_ERROR',
      never: INSIDE,
    },
    {
      name: 'a file that is no file: the place where it lies stays inside',
      path: '/accounts/22974/statements/2026-10/file',
      token: priya,
      status: 200,
      outcome: 'trimmed',
      never: [...INSIDE, 'fileName'],
    },
  ]

  const gateway = await up(t, place)
  const answers = new Map<string, { readonly row: Row; readonly answer: RawAnswer }>()
  for (const row of rows) {
    await t.test(row.name, async () => {
      const interaction = randomUUID()
      const answer = await call(gateway, {
        ...row,
        path: BASE + row.path,
        headers: [...(row.headers ?? []), `x-fapi-interaction-id: ${interaction}`],
      })
      answers.set(interaction, { row, answer })
      assert.equal(answer.status, row.status, answer.body)
      if (row.code !== undefined) assert.equal(problemOf(answer).code, row.code)
      const whole = [...answer.lines, answer.body].join('\n')
      for (const text of row.body ?? []) assert.ok(whole.includes(text), `${text} is not there`)
      // A refusal says nothing of the bank, of the customer, of the token.
      const never =
        row.status >= 400 ? [...SECRETS, ...INSIDE, row.token?.slice(-20) ?? 'trace'] : []
      for (const text of [...(row.never ?? []), ...never])
        assert.ok(!whole.includes(text), `${text} is there`)
      for (const name of ['server', 'x-powered-by', 'set-cookie'])
        assert.equal(answer.headers.get(name), undefined, name)
      assert.equal(answer.headers.get('x-fapi-interaction-id'), interaction)
    })
  }

  await t.test('each call left one event, and nothing else did', async () => {
    const { code, out } = await place.run('events', 'tail', '--no-follow', '--json', '-n', '1000')
    assert.equal(code, 0)
    const stored = out.split('\n').map((line) => JSON.parse(line) as StoredEvent) // sound: what the CLI promises
    assert.deepEqual(
      stored.map((one) => one.seq),
      stored.map((_, at) => at + 1),
    )
    for (const one of stored)
      assert.deepEqual(Object.keys(one).toSorted(), ['event', 'hash', 'partition', 'seq'])
    const notices = stored.flatMap(({ event }) => (event.kind === 'notice' ? [event.what] : []))
    assert.deepEqual(
      notices.filter((what) => what !== 'finding'),
      ['started', 'plan-activated'],
    )
    const access = stored.flatMap(({ event }) => (event.kind === 'access' ? [event] : []))
    assert.equal(access.length, rows.length)
    for (const event of access) {
      const found = answers.get(event.interaction ?? '')
      assert.ok(found !== undefined, `an event of nobody: ${event.id}`)
      const { row, answer } = found
      assert.equal(event.status, row.status, row.name)
      assert.equal(event.code, row.code ?? event.code, row.name)
      if (row.inside !== undefined) assert.equal(event.failed.at(-1)?.code, row.inside, row.name)
      assert.equal(event.outcome, row.outcome ?? 'denied', row.name)
      if (row.status >= 400) assert.equal(event.id, problemOf(answer).decision, row.name)
    }
  })

  await t.test('`explain` names rule, origin and facts of every refusal', async () => {
    let explained = 0
    for (const { row, answer } of answers.values()) {
      if (row.status < 400) continue
      const { decision } = problemOf(answer)
      const json = await place.run('explain', decision, '--json')
      assert.equal(json.code, 0, json.err)
      const told = JSON.parse(json.out) as Explanation
      assert.equal(told.code, row.code ?? told.code, row.name)
      assert.equal(told.id, decision)
      for (const secret of [...SECRETS, ...tokens.map((one) => one.slice(-30))])
        assert.ok(!json.out.includes(secret), `${row.name}: ${secret}`)
      // As a word: a digest may hold any five digits.
      assert.doesNotMatch(json.out, /\b(?:22289|22700)\b/, row.name)
      if (row.rule !== undefined) {
        assert.equal(told.rule?.name, row.rule, row.name)
        assert.match(told.rule?.origin ?? '', /^profile \(ais@/)
        assert.ok((told.rule?.detail ?? '').length > 5)
        assert.equal(told.rules.find((one) => one.name === row.rule)?.result, 'denied')
      }
      if (row.fact !== undefined) {
        const facts = told.facts.map(({ name, value }) => `${name}: ${value}`).join('\n')
        assert.match(facts, row.fact, row.name)
      }
      const text = await place.run('explain', decision)
      assert.ok(text.out.includes(decision))
      explained++
    }
    assert.ok(explained > 25, `${explained} explained: the check is blind`)
    const missing = await place.run('explain', 'no-such-decision')
    assert.equal(missing.code, 4)
    assert.match(missing.err, /GH_EVENTS_NOT_FOUND/)
  })

  await t.test('`plan` sees no difference, then names what an edit would change', async () => {
    const same = await place.run('plan')
    assert.equal(same.code, 0, same.out.slice(-300))
    assert.match(same.out, /No difference\.$/)
    const before = readFileSync(place.config, 'utf8')
    place.write(
      'gatehouse.yaml',
      before.replace(
        '    owner:',
        '    rules:\n      token.lifetime: { maxSeconds: 120 }\n    owner:',
      ),
    )
    const other = await place.run('plan')
    assert.equal(other.code, 2, other.err)
    assert.match(other.out, /token\.lifetime.*maxSeconds.*600.*120/)
    place.write('gatehouse.yaml', before)
  })

  await t.test('`posture` shows what traffic proved as met, and the rest as it is', async () => {
    interface Posture {
      live: boolean
      apis: {
        counts: Record<string, number>
        waiting: string
        states: { control: string; state: string }[]
      }[]
    }
    let posture: Posture | undefined
    await until(5_000, async () => {
      posture = JSON.parse((await place.run('posture', '--json')).out) as Posture // sound: what the CLI promises
      return (posture.apis[0]?.counts['met'] ?? 0) > 0
    })
    const [api] = posture?.apis ?? []
    assert.equal(posture?.live, true)
    const stateOf = (control: string): string =>
      api?.states.find((one) => one.control === control)?.state ?? 'none'
    assert.equal(stateOf('object-authz'), 'met')
    // Nothing here terminates TLS, and nothing tests from outside: that is said, not passed over.
    assert.ok(['not-met', 'unknown'].includes(stateOf('client-mutual-tls')))
    const open = (api?.counts['not-met'] ?? 0) + (api?.counts['unknown'] ?? 0)
    assert.ok(open > 0)
    assert.match(api?.waiting ?? '', /also need evidence that this version does not gather/)
  })

  const ended = await gateway.stop()
  assert.equal(ended.code, 0)

  await t.test('no file, no line of output holds a token, an account number or a name', () => {
    const sought: [string, Buffer][] = [
      ...SECRETS.map((text): [string, Buffer] => [text, Buffer.from(text)]),
      ...tokens.flatMap((token) =>
        token
          .split('.')
          .filter((part) => part.length > 40)
          .map((part): [string, Buffer] => [part, Buffer.from(part)]),
      ),
      ...['cust-amira', 'consent-amira-budget'].map((text): [string, Buffer] => [
        text,
        Buffer.from(text),
      ]),
      ...['"22289"', '/22289'].map((text): [string, Buffer] => [text, Buffer.from(text)]),
    ]
    const files = readdirSync(place.dataDir, { recursive: true, withFileTypes: true })
      // Kept imports hold what the specification itself says, its examples of account numbers included.
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('imports'))
      .map((entry) => join(entry.parentPath, entry.name))
    assert.ok(
      files.some((file) => file.endsWith('.seg')) && files.some((file) => file.endsWith('.db')),
    )
    const texts = files.map((file): [string, Buffer] => [file, readFileSync(file)])
    texts.push(['stdout', Buffer.from(ended.out)], ['stderr', Buffer.from(ended.err)])
    // The check itself: what is known to be there is found.
    assert.ok(texts.some(([, bytes]) => bytes.includes('budget-buddy')))
    for (const [where, bytes] of texts)
      for (const [text, needle] of sought)
        assert.ok(!bytes.includes(needle), `${text.slice(0, 24)} is in ${where}`)
  })
})
