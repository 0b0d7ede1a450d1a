/** What of the bank's answer leaves, and what never does. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type ActiveApi,
  type Allow,
  type ConsentFact,
  type Facts,
  type Kernel,
  prepare,
  type Respond,
  type ResponseHead,
} from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { bankApi, bankPlan, CONSENT, goodFacts, OPERATIONS, RULES, withRule } from './bank-plan.ts'

const env = { regex: linearRegex }
const bank = prepare(bankPlan(), env)
const kernelOf = (api: ActiveApi): Kernel => prepare(bankPlan(api), env)

function allowed(kernel: Kernel, facts: Facts): Allow {
  const verdict = kernel.next(facts)
  assert.equal(verdict.kind, 'allow', JSON.stringify(verdict))
  return verdict
}

interface Came extends Partial<ResponseHead> {
  readonly path?: string
  readonly facts?: Partial<Facts>
  readonly kernel?: Kernel
}

function respond(came: Came): Respond {
  const { path = '/accounts', facts = {}, kernel = bank, ...head } = came
  const all = goodFacts(path, facts)
  return kernel.respond(allowed(kernel, all), all, {
    status: 200,
    mediaType: 'application/json',
    contentEncoding: '',
    headers: ['content-type'],
    ...head,
  })
}

/** What leaves of a text: the text itself, or why nothing does. */
function leaves(text: unknown, came: Came): string {
  const answer = respond(came)
  assert.equal(answer.kind, 'project', JSON.stringify(answer))
  if (answer.kind !== 'project') return ''
  const projected = answer.apply(typeof text === 'string' ? text : JSON.stringify(text))
  return projected.ok ? projected.text : `refused: ${projected.reason}`
}

const consent = (changes: Partial<ConsentFact & { readonly kind: 'known' }>): Partial<Facts> => ({
  consent: { ...CONSENT, ...changes },
})

describe('projection', () => {
  const account = (id: string, more: object = {}): object => ({
    AccountId: id,
    Identification: `GB29-${id}`,
    Internal: 'x',
    ...more,
  })
  const accounts = { Data: { Account: [account('22289'), account('99999'), account('31820')] } }

  test('an account outside the consent does not leave in a collection', () => {
    const text = leaves(accounts, {})
    assert.deepEqual(JSON.parse(text), {
      Data: { Account: [{ AccountId: '22289' }, { AccountId: '31820' }] },
    })
  })

  test('a Detail field leaves only under the Detail permission', () => {
    const detail = consent({ permissions: new Set(['ReadAccountsDetail']) })
    assert.match(leaves(accounts, { facts: detail }), /GB29-22289/)
    assert.doesNotMatch(leaves(accounts, {}), /GB29/)
    // Whichever came first: what is kept for one set of permissions is not used for another.
    assert.match(leaves(accounts, { facts: detail }), /GB29-22289/)
  })

  test('what the template drops never leaves, nor what the schema does not declare', () => {
    const detail = consent({ permissions: new Set(['ReadAccountsDetail']) })
    const text = leaves(
      { Data: { Account: [account('22289', { Secret: 1 })] }, Debug: {} },
      { facts: detail },
    )
    for (const never of ['Internal', 'Secret', 'Debug']) assert.ok(!text.includes(never), text)
  })

  const transaction = (direction: string, booked: string, id = '22289'): object => ({
    AccountId: id,
    CreditDebitIndicator: direction,
    BookingDateTime: booked,
    Amount: '10.00',
    Balance: '99.00',
  })
  const june = '2025-06-01T00:00:00Z'
  const transactions = {
    Data: {
      Transaction: [
        transaction('Credit', june),
        transaction('Debit', june),
        transaction('Credit', '2024-12-31T23:59:59Z'),
        transaction('Credit', '2025-12-31T23:59:59Z'),
        transaction('Credit', '2026-01-01T00:00:00Z'),
        transaction('Credit', june, '99999'),
      ],
    },
  }
  const read = { path: '/accounts/22289/transactions' }
  const left = (came: Came): readonly string[] => {
    // Sound: the shape is the one that was sent in.
    const answer = JSON.parse(leaves(transactions, came)) as {
      Data: { Transaction: { CreditDebitIndicator: string; BookingDateTime: string }[] }
    }
    return answer.Data.Transaction.map(
      (row) => `${row.CreditDebitIndicator} ${row.BookingDateTime}`,
    )
  }

  test('under credits only, inside the dates and the accounts of the consent, the rest of the rows is gone', () => {
    assert.deepEqual(left(read), [`Credit ${june}`, 'Credit 2025-12-31T23:59:59Z'])
    assert.doesNotMatch(leaves(transactions, read), /Balance|99\.00/)
  })

  test('credits and debits leave under both permissions, neither under none', () => {
    const both = ['ReadAccountsBasic', 'ReadTransactionsCredits', 'ReadTransactionsDebits']
    const debits = ['ReadAccountsBasic', 'ReadTransactionsDebits']
    assert.equal(left({ ...read, facts: consent({ permissions: new Set(both) }) }).length, 3)
    assert.deepEqual(left({ ...read, facts: consent({ permissions: new Set(debits) }) }), [
      `Debit ${june}`,
    ])
    assert.deepEqual(
      left({ ...read, facts: consent({ permissions: new Set(['ReadAccountsBasic']) }) }),
      [],
    )
  })

  test('a consent without dates is open at both ends', () => {
    const { transactionsFrom: _from, transactionsTo: _to, ...open } = CONSENT
    assert.equal(left({ ...read, facts: { consent: open } }).length, 4)
  })

  test('a row that does not say its day leaves only where the consent has no period', () => {
    const { transactionsFrom: _from, transactionsTo: _to, ...open } = CONSENT
    const pending = {
      Data: { Transaction: [{ AccountId: '22289', CreditDebitIndicator: 'Credit' }] },
    }
    const left = (facts: Partial<Facts>): string => leaves(pending, { ...read, facts })
    assert.match(left({ consent: open }), /22289/)
    assert.doesNotMatch(left({ consent: { ...open, transactionsFrom: 0 } }), /22289/)
    assert.doesNotMatch(left({ consent: { ...open, transactionsTo: Date.UTC(2030, 0) } }), /22289/)
  })

  test('where no permission tells directions apart, the plan says whether both leave', () => {
    const params = RULES.find(({ name }) => name === 'response.fields')?.params
    const kernel = kernelOf(
      // Sound: the parameters of that rule, and one more.
      withRule('response.fields', { params: { ...params, directionsWhenNone: 'all' } as never }),
    )
    const under = (...codes: readonly string[]): number =>
      left({
        ...read,
        kernel,
        facts: consent({ permissions: new Set(['ReadAccountsBasic', ...codes]) }),
      }).length
    assert.equal(under(), 3)
    assert.equal(under('ReadTransactionsDebits'), 1)
    // A row that does not say its direction is hidden only from a consent that was asked for one.
    const silent = { Data: { Transaction: [{ AccountId: '22289', BookingDateTime: june }] } }
    for (const [codes, seen] of [
      [[], true],
      [['ReadTransactionsDebits'], false],
    ] as const)
      assert.equal(
        leaves(silent, {
          ...read,
          kernel,
          facts: consent({ permissions: new Set(['ReadAccountsBasic', ...codes]) }),
        }).includes('22289'),
        seen,
      )
    // Without the caller's own consent there is nothing to hold none of.
    const rows = params !== undefined && 'rows' in params ? params.rows.slice(2, 3) : []
    const loose = withRule('response.fields', {
      params: { ...params, rows, directionsWhenNone: 'all' } as never, // sound: as above
    })
    const rules = loose.rules.map((rule) =>
      rule.name === 'authz.consent' ? { ...rule, mode: 'off' as const } : rule,
    )
    const strange = { ...read, kernel: kernelOf({ ...loose, rules }) }
    assert.equal(left({ ...strange, facts: consent({ permissions: new Set() }) }).length, 6)
    assert.deepEqual(left({ ...strange, facts: consent({ clientId: 'tpp-2' }) }), [])
  })

  test('a foreign consent opens nothing, even where `authz.consent` only observes', () => {
    const kernel = kernelOf(withRule('authz.consent', { mode: 'observe' }))
    for (const foreign of [{ clientId: 'tpp-2' }, { subject: 'customer-2' }, { id: 'consent-2' }])
      assert.deepEqual(
        left({ ...read, kernel, facts: consent(foreign) }),
        [],
        JSON.stringify(foreign),
      )
    const unknown = {
      ...read,
      kernel,
      path: '/accounts',
      facts: { consent: { kind: 'unknown' } },
    } as const
    assert.deepEqual(JSON.parse(leaves(accounts, unknown)), { Data: { Account: [] } })
  })

  for (const [what, text] of [
    ['no JSON', 'nothing'],
    ['two values', '{"Data":{}}{"Data":{}}'],
    ['a duplicate key', '{"Data":{"Account":[]},"Data":{}}'],
    ['nothing at all', ''],
    ['another type', '[]'],
  ] as const)
    test(`nothing of ${what} leaves`, () => {
      assert.match(leaves(text, {}), /^refused: /)
    })

  test('numbers and untouched texts leave as they came', () => {
    const text = ' { "Data" : { "Account" : [ { "AccountId" : "22289" } ] } } '
    assert.equal(leaves(text, {}), text)
  })

  test('a signed body leaves whole or not at all', () => {
    const came = {
      path: '/accounts/22289',
      headers: ['content-type', 'x-jws-signature'],
    }
    const whole = '{"Data":{"Account":[{"AccountId":"22289"}]}}'
    assert.equal(leaves(whole, came), whole)
    assert.equal(leaves(accounts, came), 'refused: signed')
    // Where the signature is not declared it does not leave, so nothing lies.
    assert.doesNotMatch(leaves(accounts, { ...came, path: '/accounts' }), /refused/)
  })

  test('a hundred sets of permissions are each answered by their own', () => {
    const unless = Array.from({ length: 7 }, (_, at) => ({
      permission: `P${at}`,
      drop: [['Data', 'Account', '*', at === 6 ? 'Identification' : `F${at}`]],
    }))
    const params = { freeForm: 'strip', drop: [], unless, rows: [], directions: {} } as const
    const kernel = kernelOf(withRule('response.fields', { params }))
    for (const round of [1, 2])
      for (let set = 0; set < 128; set++) {
        const held = unless.filter((_, at) => Math.floor(set / 2 ** at) % 2 === 1)
        const permissions = new Set(['ReadAccountsBasic', ...held.map((one) => one.permission)])
        const text = leaves(accounts, { kernel, facts: consent({ permissions }) })
        assert.equal(text.includes('GB29'), set >= 64, `${round} ${set}`)
      }
  })

  test('fifty permissions can be told apart, fifty-one close the API', () => {
    const params = (count: number) =>
      ({
        freeForm: 'strip',
        drop: [],
        unless: Array.from({ length: count }, (_, at) => ({ permission: `P${at}`, drop: [] })),
        rows: [],
        directions: {},
      }) as const
    const facts = goodFacts('/accounts')
    const kernel = (count: number): Kernel =>
      kernelOf(withRule('response.fields', { params: params(count) }))
    assert.equal(kernel(50).next(facts).kind, 'allow')
    const closed = kernel(51).next(facts)
    assert.equal(closed.kind === 'deny' && closed.code, 'GH_GATEWAY_API_CLOSED')
  })
})

/** What came, and in short what is done about it. */
const ROWS: readonly (readonly [what: string, came: Came, want: string])[] = [
  ['a declared answer', {}, 'project'],
  ['a declared range', { path: '/accounts/22289', status: 203 }, 'project'],
  ['identity, said aloud', { contentEncoding: 'identity' }, 'project'],
  ['an encoded body', { contentEncoding: 'gzip' }, 'refuse'],
  ['an undeclared media type', { mediaType: 'text/html' }, 'refuse'],
  ['no media type', { mediaType: '' }, 'refuse'],
  ['JSON that no schema describes', { mediaType: 'application/vnd.bare+json' }, 'refuse'],
  ['an encrypted form of the body', { mediaType: 'application/jose+jwe' }, 'refuse'],
  ['an undeclared 2xx', { status: 201 }, 'refuse'],
  ['204 without a declaration', { status: 204, mediaType: '' }, 'pass'],
  ['304, which nobody asked for', { status: 304, mediaType: '' }, 'refuse'],
  ['206, which nobody asked for', { status: 206 }, 'refuse'],
  ['an undeclared redirect', { status: 301, mediaType: '' }, 'refuse'],
  ['a declared redirect', { status: 302, mediaType: '' }, 'project'],
  ['switching protocols', { status: 101, mediaType: '' }, 'refuse'],
  ['a declared error', { status: 400 }, 'project'],
  ['a declared error that is encoded', { status: 400, contentEncoding: 'gzip' }, 'replace 400'],
  ['an error page', { status: 404, mediaType: 'text/html' }, 'replace 404'],
  ['an error without a type', { status: 403, mediaType: '' }, 'replace 403'],
  ['an undeclared error', { path: '/accounts/22289/transactions', status: 429 }, 'replace 429'],
  ['a declared error without a schema', { path: '/accounts/22289', status: 409 }, 'replace 409'],
  ["the bank's own 401", { status: 401 }, 'replace 502'],
  ['407', { status: 407 }, 'replace 502'],
  ['500', { status: 500 }, 'replace 502'],
  ['503', { status: 503, mediaType: 'text/html' }, 'replace 502'],
  ['a number that is no status', { status: 999 }, 'replace 502'],
  [
    'a PDF statement',
    {
      path: '/accounts/22289/statements/1/file',
      mediaType: 'application/pdf',
      contentEncoding: 'gzip',
    },
    'pass',
  ],
  [
    'a media type in a declared range',
    { path: '/accounts/22289/statements/1/file', mediaType: 'text/csv' },
    'pass',
  ],
  [
    'JSON where a PDF was declared',
    { path: '/accounts/22289/statements/1/file', mediaType: 'application/json' },
    'refuse',
  ],
]

describe('respond', () => {
  for (const [what, came, want] of ROWS)
    test(`\`respond\` says ${want} to ${what}`, () => {
      const answer = respond(came)
      assert.equal(answer.kind === 'replace' ? `replace ${answer.status}` : answer.kind, want)
      if (answer.kind === 'refuse') assert.equal(answer.code, 'GH_GATEWAY_RESPONSE_REFUSED')
      if (answer.kind === 'replace') assert.equal(answer.code, 'GH_GATEWAY_UPSTREAM_ERROR')
    })

  test('a declared answer without content leaves empty or not at all', () => {
    assert.equal(leaves('', { status: 202, mediaType: '' }), '')
    assert.equal(leaves('{"Data":{}}', { status: 202 }), 'refused: type')
  })

  test('a declared error leaves as far as its schema goes', () => {
    const error = { Code: 'x', Stack: 'at /srv/bank.java:1', Data: {} }
    assert.equal(leaves(error, { status: 400 }), '{"Code":"x"}')
  })

  test('headers leave by a short list and by declaration; those that tell or set something never', () => {
    const came = [
      'content-type',
      'content-length',
      'content-encoding',
      'server',
      'x-powered-by',
      'set-cookie',
      'etag',
      'x-next-page',
      'x-internal-host',
      'location',
      'x-fapi-interaction-id',
    ]
    const answer = respond({ headers: came })
    assert.deepEqual(answer.kind === 'project' && answer.headers, [
      'content-type',
      'etag',
      'x-next-page',
      'x-fapi-interaction-id',
    ])
    const redirect = respond({ status: 302, mediaType: '', headers: came })
    assert.ok(redirect.kind === 'project' && redirect.headers.includes('location'))
    const file = respond({
      path: '/accounts/22289/statements/1/file',
      mediaType: 'application/pdf',
      headers: came,
    })
    assert.ok(file.kind === 'pass' && file.headers.includes('content-encoding'))
    assert.ok(file.kind === 'pass' && !file.headers.includes('x-next-page'))
  })

  test('what describes the bytes of the bank does not leave with other bytes, nor without any', () => {
    const came = [
      'content-type',
      'etag',
      'last-modified',
      'accept-ranges',
      'content-range',
      'digest',
    ]
    const answer = respond({ headers: came })
    assert.ok(answer.kind === 'project')
    assert.deepEqual(answer.headers, ['content-type', 'etag', 'last-modified'])
    assert.deepEqual(answer.changedHeaders, ['content-type'])
  })

  for (const mode of ['off', 'observe'] as const)
    test(`with response.fields ${mode}, a body passes as it is; errors are still judged`, () => {
      const kernel = kernelOf(withRule('response.fields', { mode }))
      assert.equal(respond({ kernel }).kind, 'pass')
      assert.equal(
        respond({ kernel, mediaType: 'text/html', contentEncoding: 'gzip' }).kind,
        'pass',
      )
      assert.equal(respond({ kernel, status: 500 }).kind, 'replace')
      assert.equal(respond({ kernel, status: 301 }).kind, 'refuse')
    })

  test('with response.errors observing, errors pass as they are; bodies are still judged', () => {
    const kernel = kernelOf(withRule('response.errors', { mode: 'observe' }))
    assert.equal(respond({ kernel, status: 500, mediaType: 'text/html' }).kind, 'pass')
    assert.equal(respond({ kernel, status: 401 }).kind, 'pass')
    assert.equal(respond({ kernel }).kind, 'project')
  })

  test('a mandate projects whatever its mode says', () => {
    const origin = { level: 'mandate', source: 'organisation' } as const
    const kernel = kernelOf(withRule('response.fields', { mode: 'off', fraction: 0, origin }))
    assert.equal(respond({ kernel }).kind, 'project')
  })

  test('a fraction projects below its number of buckets', () => {
    const kernel = kernelOf(withRule('response.fields', { fraction: 5_000 }))
    assert.equal(respond({ kernel, facts: { bucket: 4_999 } }).kind, 'project')
    assert.equal(respond({ kernel, facts: { bucket: 5_000 } }).kind, 'pass')
  })

  test('an operation without response rules is read strictly: by its schema alone', () => {
    const left = /^(?!response|authz\.objects)/
    const rules = RULES.flatMap(({ name }, at) => (left.test(name) ? [at] : []))
    const kernel = kernelOf(
      bankApi({ operations: [{ ...OPERATIONS[0], rules } as never] }), // sound: the first operation with fewer rules
    )
    assert.equal(
      leaves({ Data: { Account: [{ AccountId: '1', Secret: 1 }] } }, { kernel }),
      '{"Data":{"Account":[{"AccountId":"1"}]}}',
    )
    assert.equal(respond({ kernel, status: 500 }).kind, 'replace')
  })

  test('HEAD is answered by its headers', () => {
    const [first] = OPERATIONS
    const kernel = kernelOf(
      bankApi({ operations: [{ ...first, id: 'Head', method: 'HEAD' } as never] }), // sound: as above
    )
    const request = { ...goodFacts('/accounts').request, method: 'HEAD' }
    assert.equal(respond({ kernel, facts: { request } }).kind, 'pass')
    assert.equal(respond({ kernel, facts: { request }, status: 500 }).kind, 'replace')
  })

  test('`respond` refuses an allow of another plan', () => {
    const facts = goodFacts('/accounts')
    const allow = allowed(bank, facts)
    const head: ResponseHead = { status: 200, mediaType: '', contentEncoding: '', headers: [] }
    for (const match of [
      { ...allow.match, api: 'constructor' },
      { ...allow.match, operation: '__proto__' },
    ])
      assert.equal(bank.respond({ ...allow, match }, facts, head).kind, 'refuse')
  })
})
