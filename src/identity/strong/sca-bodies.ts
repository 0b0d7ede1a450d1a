/** What `/sca/v1` takes, said in the parts that consents are said in: the first thing that is wrong, and where. */
import {
  canonicalAccountText,
  DETAIL_MEMBERS,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ordersInDetails,
  type Result,
} from '../../lib/index.ts'
import type { Answer, AskedAct, Purpose } from '../../sca/index.ts'
import {
  count,
  type Fault,
  flag,
  listOf,
  object,
  objectAt,
  oneOf,
  type Shape,
  text,
  textAt,
} from '../consents/shape.ts'
import { CHANGE } from './register-bodies.ts'
import { ACCOUNT, AMOUNT, MAX_LISTED, NAME } from './sca-shapes.ts'

const WHAT = oneOf(
  'trusted-payees',
  'series',
  'limits',
  'contact-data',
  'new-device',
  'credentials',
  'other',
)
const anything: Shape = () => undefined

const ACTS: ReadonlyMap<string, Shape> = new Map([
  [
    'account-access',
    object(
      {
        kind: NAME,
        through: oneOf('customer', 'third-party'),
        asks: oneOf('balance-and-history', 'more'),
      },
      { client: NAME, account: NAME },
    ),
  ],
  [
    'remote-payment',
    object(
      {
        kind: NAME,
        instrument: oneOf('card', 'credit-transfer'),
        amount: AMOUNT,
        payees: listOf(ACCOUNT, 1, MAX_LISTED),
      },
      {
        payments: count(1, MAX_LISTED),
        debtor: ACCOUNT,
        payeeName: NAME,
        beginsSeries: flag,
        series: NAME,
        process: NAME,
      },
    ),
  ],
  ['contactless-payment', object({ kind: NAME, amount: AMOUNT, device: NAME })],
  [
    'unattended-terminal-payment',
    object({ kind: NAME, amount: AMOUNT, purpose: oneOf('transport', 'parking', 'other') }),
  ],
  ['risky-act', object({ kind: NAME, what: WHAT }, { change: CHANGE })],
])
const DETAIL = Object.fromEntries(['type', ...DETAIL_MEMBERS].map((name) => [name, anything]))
/** What it says beyond that nobody would be shown, and nobody would sign. */
const PAYMENT = object({}, { ...DETAIL, payments: listOf(object({}, DETAIL), 1, MAX_LISTED) })
const PURPOSES: ReadonlyMap<string, Shape> = new Map([
  ['payment', object({ kind: NAME, payments: listOf(PAYMENT, 1, MAX_LISTED) })],
  ['account-access', object({ kind: NAME })],
  ['risky-act', object({ kind: NAME, what: WHAT }, { change: CHANGE })],
])

const byKind =
  (shapes: ReadonlyMap<string, Shape>): Shape =>
  (value, path) => {
    const kind = isJsonObject(value) ? textAt(value, 'kind') : ''
    const shape = shapes.get(kind)
    return shape === undefined ? { path: `${path}.kind`, kind: 'invalid' } : shape(value, path)
  }

/** It stands in the path of its settlement. */
const ID = text(128, /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/)
export const DECISION = object({ id: ID, subject: NAME, act: byKind(ACTS) })
export const SETTLEMENT = object({ as: oneOf('done', 'void') })
export const TRANSACTION = object(
  { subject: NAME, audience: NAME, purpose: byKind(PURPOSES) },
  { consentId: NAME, decisionId: NAME },
)
export const QUESTION = object({ kind: NAME })
/** `signed`: a compact JWS. */
export const DEVICE_ANSWER = object({ signed: text(8_192) })
export const ANSWERS = object({
  network: NAME,
  answers: listOf(object({ kind: NAME, value: anything }), 1, 2),
})
export const REDEMPTION = object(
  { code: text(8_192), subject: NAME, audience: NAME, purpose: byKind(PURPOSES) },
  { consentId: NAME },
)

/** An account that no payment could have: its member, and why. */
export interface AccountFault {
  readonly path: string
  readonly reason: string
}
/** Of what `DECISION` took, with its accounts as payments have them, however they are written: what differs fits no payment. */
export function actOf(body: JsonObject): Result<AskedAct, readonly AccountFault[]> {
  // Sound: its shape was checked, member by member.
  const act = objectAt(body, 'act') as unknown as AskedAct
  if (act.kind !== 'remote-payment') return { ok: true, value: act }
  const faults: AccountFault[] = []
  const read = (text: string, path: string): string => {
    const account = canonicalAccountText(text)
    if (account.ok) return account.value
    faults.push({ path, reason: account.reason })
    return ''
  }
  const { payees, debtor, beginsSeries, ...rest } = act
  const value: AskedAct = {
    ...rest,
    payees: payees.map((one, at) => read(one, `act.payees/${at}`)),
    ...(debtor === undefined ? {} : { debtor: read(debtor, 'act.debtor') }),
    // Written as `false` it is not said.
    ...((beginsSeries as boolean | undefined) === true ? { beginsSeries: true } : {}),
  }
  return faults.length === 0 ? { ok: true, value } : { ok: false, error: faults }
}

/** Of what `TRANSACTION` or `REDEMPTION` took. */
export function purposeOf(body: JsonObject): Purpose | Fault {
  const purpose = objectAt(body, 'purpose')
  if (purpose['kind'] !== 'payment') return purpose as unknown as Purpose // sound: its shape was checked
  const payments = ordersInDetails(listIn(purpose['payments']))
  return payments === undefined
    ? { path: 'purpose.payments', kind: 'invalid' }
    : { kind: 'payment', payments }
}
export const isFault = (value: Purpose | Fault): value is Fault => 'path' in value

/** Of what `ANSWERS` took; a kind that there is not is judged by the desk, as every answer is. */
export function answersOf(body: JsonObject): readonly Answer[] {
  return listIn(body['answers'])
    .filter(isJsonObject)
    .map(({ kind, value = null }) => ({ kind, value }) as Answer) // sound but for the kind: see above
}

function listIn(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}
