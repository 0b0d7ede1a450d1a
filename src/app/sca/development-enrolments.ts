/** Elements of customers that nobody is, with their secrets written down: for tests and for a first look. What a customer has already stays. */
import { readFileSync, statSync } from 'node:fs'
import { GatehouseError, isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import type { GivenElement, GivenElements } from '../../sca/index.ts'

export const MAX_ENROLMENTS_FILE_BYTES = 1_048_576
/** 16 bytes at least (RFC 4226 §4), in base64url. */
const SEED = /^[A-Za-z0-9_-]{22,172}$/

export interface DevelopmentEnrolment {
  readonly subject: string
  readonly elements: readonly GivenElement[]
}

/**
 * Of a file `{"enrolments": [{"subject", "passcode"?, "transactionCode"?: {"seed"}, "totp"?: {"seed"}}]}`; seeds are base64url.
 * @throws GH_SCA_ENROLMENTS, which names the place and never what is in it
 */
export function readEnrolments(file: string): readonly DevelopmentEnrolment[] {
  const refuse = (why: string): never => {
    throw new GatehouseError('GH_SCA_ENROLMENTS', `${file} ${why}`)
  }
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) return refuse('is no file')
  if (stats.size > MAX_ENROLMENTS_FILE_BYTES) return refuse('is too large')
  let value: JsonValue
  try {
    value = JSON.parse(readFileSync(file, 'utf8')) as JsonValue // sound: JSON is a JSON value
  } catch {
    return refuse('is no JSON') // the parser would quote it
  }
  const list = isJsonObject(value) ? value['enrolments'] : undefined
  if (!Array.isArray(list)) return refuse('holds no list of enrolments')
  const seen = new Set<string>()
  return (list as readonly JsonValue[]).map((one, at) => {
    const place = `enrolments[${at}]`
    if (!isJsonObject(one)) return refuse(`holds no object in ${place}`)
    const { subject } = one
    if (typeof subject !== 'string' || subject === '') return refuse(`lacks subject in ${place}`)
    if (seen.has(subject)) return refuse(`names the customer of ${place} twice`)
    seen.add(subject)
    const elements = elementsOf(one)
    if (typeof elements === 'string') return refuse(`${elements} in ${place}`)
    return { subject, elements }
  })
}

/** Or what is wrong. */
function elementsOf(one: JsonObject): readonly GivenElement[] | string {
  const elements: GivenElement[] = []
  for (const [key, value] of Object.entries(one))
    switch (key) {
      case 'subject':
        break
      case 'passcode':
        if (typeof value !== 'string') return 'holds a passcode that is no text'
        elements.push({ kind: 'passcode', passcode: value })
        break
      case 'totp':
      case 'transactionCode': {
        const seed = isJsonObject(value) ? value['seed'] : undefined
        if (typeof seed !== 'string' || !SEED.test(seed))
          return `holds no seed of ${key} of 16 bytes or more in base64url`
        elements.push({ kind: key === 'totp' ? 'totp' : 'transaction-code', seed })
        break
      }
      default:
        return 'holds a key that is none of subject, passcode, transactionCode, totp'
    }
  return elements
}

/** @throws GH_SCA_ENROLMENTS: the bank does not have such an element, or the passcode is one that many people have */
export async function putEnrolments(
  given: GivenElements,
  enrolments: readonly DevelopmentEnrolment[],
): Promise<void> {
  for (const { subject, elements } of enrolments)
    for (const element of elements) {
      const outcome = await given.put(subject, element)
      if (outcome !== 'put' && outcome !== 'there')
        throw new GatehouseError('GH_SCA_ENROLMENTS', `${element.kind} of ${subject}: ${outcome}`)
    }
}
