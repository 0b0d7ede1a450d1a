/** What is paid is what was authenticated (RTS Art. 5): the table of `docs/design/payments.md`, read anew for what occurs here. */
export type Said = ReadonlyMap<string, string>

/** In the order in which a difference is told. */
const FIELDS = [
  'amount',
  'currency',
  'creditorAccount',
  'creditorName',
  'debtorAccount',
  'remittance',
  'endToEndId',
]
const CODES: Readonly<Record<string, string>> = {
  amount: 'AMOUNT',
  currency: 'CURRENCY',
  creditorAccount: 'PAYEE',
  creditorName: 'PAYEE_NAME',
  debtorAccount: 'DEBTOR',
  remittance: 'REMITTANCE',
  endToEndId: 'REFERENCE',
}
const DIGITS: Readonly<Record<string, number>> = { GBP: 2, EUR: 2, JPY: 0 }
/** Zero width, directions, soft hyphen, controls: what nobody sees. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

type Nested = { readonly [name: string]: unknown }
const at = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (here, name) =>
      typeof here === 'object' && here !== null ? (here as Nested)[name] : undefined,
    value,
  ) // sound: an object has names

/** The payment of a UK body; `undefined`: nobody can say for certain what it is. */
export function ofBody(body: unknown): Said | undefined {
  const order = at(body, 'Data', 'Initiation')
  const unstructured = at(order, 'RemittanceInformation', 'Unstructured')
  return said({
    amount: at(order, 'InstructedAmount', 'Amount'),
    currency: at(order, 'InstructedAmount', 'Currency'),
    creditorAccount: accountOf(at(order, 'CreditorAccount'), 'SchemeName', 'Identification'),
    creditorName: at(order, 'CreditorAccount', 'Name'),
    debtorAccount: accountOf(at(order, 'DebtorAccount'), 'SchemeName', 'Identification'),
    remittance: unstructured,
    endToEndId: at(order, 'EndToEndIdentification'),
  })
}

/** The payments of `authorization_details` (RFC 9396). */
export function ofDetails(details: unknown): readonly Said[] | undefined {
  if (!Array.isArray(details)) return undefined
  const found: Said[] = []
  for (const one of details as readonly unknown[]) {
    if (typeof at(one, 'type') !== 'string') return undefined
    if (at(one, 'instructedAmount') === undefined) continue
    const payment = said({
      amount: at(one, 'instructedAmount', 'amount'),
      currency: at(one, 'instructedAmount', 'currency'),
      creditorAccount: accountOf(at(one, 'creditorAccount'), 'schemeName', 'identification'),
      creditorName: at(one, 'creditorName'),
      debtorAccount: accountOf(at(one, 'debtorAccount'), 'schemeName', 'identification'),
      remittance: at(one, 'remittanceInformationUnstructured'),
      endToEndId: at(one, 'endToEndIdentification'),
    })
    if (payment === undefined) return undefined
    found.push(payment)
  }
  return found
}

function said(raw: Readonly<Record<string, unknown>>): Said | undefined {
  const fields = new Map<string, string>()
  for (const name of FIELDS) {
    const value = raw[name]
    if (value === undefined || value === '') continue
    const plain = READ[name]?.(value, raw)
    if (plain === undefined) return undefined
    if (plain !== '') fields.set(name, plain)
  }
  return ['amount', 'currency', 'creditorAccount'].every((name) => fields.has(name))
    ? fields
    : undefined
}

const READ: Readonly<Record<string, (value: unknown, raw: Nested) => string | undefined>> = {
  amount(value, raw) {
    const digits = DIGITS[String(raw['currency']).toUpperCase()]
    if (typeof value !== 'string' || digits === undefined) return undefined
    if (!/^(?:0|[1-9]\d{0,17})(?:\.\d{1,5})?$/.test(value)) return undefined
    const [whole = '', part = ''] = value.split('.')
    if (Number(part.slice(digits)) !== 0) return undefined
    const minor = BigInt(whole + part.padEnd(digits, '0').slice(0, digits))
    return minor === 0n ? undefined : String(minor)
  },
  currency: (value) =>
    String(value).toUpperCase() in DIGITS ? String(value).toUpperCase() : undefined,
  creditorAccount: (value) => (typeof value === 'string' ? value : undefined),
  debtorAccount: (value) => (typeof value === 'string' ? value : undefined),
  creditorName(value) {
    if (typeof value !== 'string' || UNSEEN.test(value)) return undefined
    return value
      .normalize('NFKC')
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
      .replaceAll(/\p{Zs}+/gu, ' ')
      .trim()
  },
  remittance(value) {
    const lines = [value].flat()
    if (lines.some((line) => typeof line !== 'string' || UNSEEN.test(line))) return undefined
    return lines
      .map((line) =>
        String(line)
          .normalize('NFC')
          .replaceAll(/\p{Zs}+/gu, ' ')
          .trim(),
      )
      .filter((line) => line !== '')
      .join('\n')
  },
  endToEndId: (value) =>
    typeof value === 'string' && !UNSEEN.test(value) && value.trim() === value ? value : undefined,
}

/** `false`: there is an account, and it cannot be told which. */
function accountOf(
  value: unknown,
  scheme: string,
  identification: string,
): string | false | undefined {
  if (value === undefined) return undefined
  const [name, number] = [at(value, scheme), at(value, identification)]
  if (typeof name !== 'string' || typeof number !== 'string') return false
  const kind = name.toLowerCase().replace(/^uk\.obie\./, '')
  if (/^[ -]|[ -]$|[ -]{2}/.test(number)) return false
  if (kind === 'iban') {
    const plain = number.replaceAll(' ', '').toUpperCase()
    if (!/^(GB\d{2}[A-Z]{4}\d{14}|DE\d{20})$/.test(plain)) return false
    const digits = (plain.slice(4) + plain.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) =>
      String(letter.charCodeAt(0) - 55),
    )
    return BigInt(digits) % 97n === 1n ? `iban ${plain}` : false
  }
  const plain = number.replaceAll(/[ -]/g, '')
  return kind === 'sortcodeaccountnumber' && /^\d{14}$/.test(plain) ? `sort ${plain}` : false
}

/** The code for what differs, judged by the authenticated payment that it is most like. */
export function difference(
  authenticated: readonly Said[],
  asked: Said,
  free: readonly string[],
): string | undefined {
  const lists = authenticated.map((was) =>
    FIELDS.filter((name) => {
      const [a, b] = [was.get(name), asked.get(name)]
      if (a === b) return false
      if (a === undefined) return !free.includes(name)
      return b !== undefined || name !== 'debtorAccount'
    }),
  )
  const fewest = Math.min(...lists.map(({ length }) => length))
  const [first] = lists.find(({ length }) => length === fewest) ?? []
  return first === undefined ? undefined : `GH_GATEWAY_PAYMENT_${CODES[first]}`
}
