/** What the bank answers: mostly what it promised, with more in it than may leave; now and then something else. */
import type { BankAnswer } from './rules/answer.ts'
import { BASE, ORIGIN, UPSTREAM } from './house.ts'
import { OPERATIONS } from './rules/operations.ts'

export function bankAnswer(operation: string, target: string, chance: () => number): BankAnswer {
  const one = <T>(...list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T // sound: never empty
  const facts = OPERATIONS[operation]
  const mediaType = 'application/json'
  if (chance() < 0.12) {
    const status = one(400, 400, 401, 404, 408, 429, 500, 503, 302, 418)
    return {
      status,
      mediaType: one(mediaType, mediaType, 'text/html'),
      body: one(
        '{"Code":"x","Message":"no","Trace":"at Foo.java:7","Errors":[1]}',
        '{"Code":"x","Message":"ORA-00942: table or view does not exist"}',
      ),
    }
  }
  if (chance() < 0.06)
    return one(
      {
        status: one(200, 202, 206),
        mediaType,
        body: operation === 'GetAtms' ? '{"Data":[]}' : '{"Data":{}}',
      },
      {
        status: facts?.status ?? 200,
        mediaType,
        body: one('{"Data":', '{"Data":{},"Data":{}}', ''),
      },
      { status: facts?.status ?? 200, mediaType: 'text/csv', body: 'a,b' },
    )
  const status = facts?.status ?? 200
  if (operation === 'GetAtms')
    return { status, mediaType, body: '{"Data":["one","two"],"Secret":true}' }
  const { rows } = facts ?? {}
  if (rows === undefined)
    return {
      status,
      mediaType,
      body: '{"Data":{"ConsentId":"pay","Status":"AUTH","Internal":{"x":[1]}},"Meta":{},"Hidden":"10.00"}',
    }
  const list = Array.from({ length: Math.floor(chance() * 5) }, () => row(rows.list, one))
  return {
    status,
    mediaType,
    body: `{"Data":{"${rows.list}":[${list.join()}],"More":[]},"Links":${links(target, one)},"Meta":{"TotalPages":${one('1', '1', '1', '1', '1', '1', '1', '"1"')},"Host":"db7"},"debug":null}`,
  }
}

/** As the bank calls itself, or as it is called outside, or as nobody should be told. */
function links(target: string, one: <T>(...values: readonly T[]) => T): string {
  const [path = '', query] = target.split('?')
  const below = path.slice(BASE.accounts.length)
  const base = one(
    ORIGIN + BASE.accounts,
    `${UPSTREAM}/bank`,
    `${UPSTREAM}/bank`,
    `${UPSTREAM}/admin`,
    'https://evil.example',
  )
  const page = Number(/page=(\d+)/.exec(query ?? '')?.[1] ?? 1)
  const next = one(true, true, false) ? `,"Next":"${base}${below}?page=${page + 1}"` : ''
  return `{"Self":"${base}${below}"${next}}`
}

const DATES = [
  '2025-05-31T23:59:59Z',
  '2025-06-01T00:00:00Z',
  '2025-09-30T23:00:00-01:00',
  '2025-10-01T00:00:00Z',
  '2025-12-31T00:00:00Z',
  '2025-12-31T00:00:01Z',
  '2026-01-04T10:00:00+02:00',
]

function row(list: string, one: <T>(...values: readonly T[]) => T): string {
  const account = one('"AccountId":"A1",', '"AccountId":"A2",', '"AccountId":"A3",', '')
  const sum = one(
    '"10.00"',
    '"10.00"',
    '"10.00"',
    '"10.00"',
    '"10.00"',
    '"10.00"',
    '"10.00"',
    '"10.00"',
    '10.00',
  )
  const amount = `"Amount":{"Amount":${sum},"Currency":"GBP","Minor":1000}`
  if (list === 'Account')
    return `{${account}"Currency":"GBP","Nickname":"n","Account":[{"SchemeName":"IBAN","Identification":"1","Extra":1}],"Owner":{"Name":"x"}}`
  if (list === 'Balance')
    return `{${account}${amount},"Type":"Expected","Count":${one('1.50', '20', '1e2', '12345678901234567890')},"x":1}`
  const direction = one(
    '"CreditDebitIndicator":"Credit",',
    '"CreditDebitIndicator":"Debit",',
    '"CreditDebitIndicator":"Debit",',
    '',
  )
  return `{${account}${direction}"BookingDateTime":"${one(...DATES)}",${amount},"TransactionInformation":"t","Balance":{${amount}},"Raw":{}}`
}
