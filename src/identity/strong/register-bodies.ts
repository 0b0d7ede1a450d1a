/** What `/sca/v1` takes of lists, series, accounts and processes. */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import type { RegisterChange } from '../../sca/index.ts'
import {
  flag,
  listOf,
  object,
  objectAt,
  oneOf,
  type Shape,
  text,
  textAt,
} from '../consents/shape.ts'
import { ACCOUNT, AMOUNT, MAX_LISTED, NAME } from './sca-shapes.ts'

const PAYEE = object({ name: NAME, account: ACCOUNT })
const LIST = object({ as: oneOf('trust', 'distrust'), payees: listOf(PAYEE, 1, MAX_LISTED) })
const SERIES = object({
  as: oneOf('series'),
  series: NAME,
  payee: PAYEE,
  amount: AMOUNT,
})

/** Of a risky act: exactly what is changed. */
export const CHANGE: Shape = (value, path) =>
  isJsonObject(value) && textAt(value, 'as') === 'series' ? SERIES(value, path) : LIST(value, path)

export const REGISTERS = object({ subject: NAME })
export const CHANGED = object({ subject: NAME, audience: NAME, code: text(8_192), change: CHANGE })
export const SERIES_END = object({ subject: NAME, series: NAME })
export const OWN_ACCOUNTS = object({ subject: NAME, accounts: listOf(ACCOUNT, 0, 500) })
export const PROCESS = object({ subject: NAME, process: NAME, given: flag })

/** Of what `CHANGE` took. */
export const changeOf = (body: JsonObject): RegisterChange =>
  objectAt(body, 'change') as unknown as RegisterChange // sound: its shape was checked, member by member
