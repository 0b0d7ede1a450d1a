/** Verification of payee at an address of the bank: whether the account is of whom the payer named. */
import { isJsonObject, type JsonValue } from '../../../lib/index.ts'
import type { FoundPayee, PayeeCheck, PayeeCheckPort } from '../../../sca/index.ts'
import type { BankService } from './bank-service.ts'

const RESULTS: readonly JsonValue[] = [
  'match',
  'close',
  'no-match',
  'unavailable',
] satisfies PayeeCheck['result'][]
/** Of the name of who answered, which stands in the evidence. */
const MAX_SOURCE_CHARS = 70

/** Of the name of whose the account is, as ISO 20022 has it. */
const MAX_NAME_CHARS = 140

/** It rejects where the service does not answer: the ledger takes that for unavailable. */
export function bankPayeeCheck(service: Pick<BankService, 'ask'>): PayeeCheckPort {
  return async ({ name, account }) => {
    const colon = account.indexOf(':')
    const [scheme, identification] =
      colon < 0 ? ['', account] : [account.slice(0, colon), account.slice(colon + 1)]
    const found = readPayeeCheck(await service.ask({ name, account: { scheme, identification } }))
    if (found === undefined) throw new TypeError('no result')
    return found
  }
}

/** `undefined`: it is not as the document has it. */
export function readPayeeCheck(answer: JsonValue): FoundPayee | undefined {
  if (!isJsonObject(answer)) return undefined
  const { result, source, name, ...rest } = answer
  if (Object.keys(rest).length > 0 || result === undefined || !RESULTS.includes(result))
    return undefined
  if (!isText(source, MAX_SOURCE_CHARS)) return undefined
  const found = { result: result as FoundPayee['result'], source } // sound: one of `RESULTS`
  if (name === undefined) return found
  // Whose the account is is told to nobody whose payee is not nearly that.
  return result === 'close' && isText(name, MAX_NAME_CHARS) ? { ...found, name } : undefined
}

function isText(value: JsonValue | undefined, most: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= most &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value)
  )
}
