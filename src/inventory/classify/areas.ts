/**
 * What a part of a message is about. A bare `Name` or `Amount` means nothing; below `Creditor` or `Balance` it does. An area is opened
 * by a property name, a component schema's name or the last fixed segment of the path, and holds for everything below it.
 */
import { matchesAny, type Words, type WordPattern, wordPattern } from './words.ts'

/** Several languages, since schemes are written in their own: English, Portuguese, Spanish, French, German, Italian, Polish. */
const AREA_WORDS = {
  account: 'account, acct, acc, conta, cuenta, compte, konto, conto, rachunek',
  balance: 'balance, saldo, solde, kontostand, salda',
  transaction:
    'transaction, booked, pending, transaccion, transacao, transacoe, umsatz, umsaetze, movimiento, operation history, standing order, scheduled payment, direct debit, statement, extrato, dauerauftrag, lastschrift',
  beneficiary:
    'beneficiary, creditor, payee, counterparty, ultimate creditor, credor, favorecido, beneficiario, beneficiaire, empfaenger, recebedor, merchant, biller',
  party:
    'party, customer, user, owner, psu, person, holder, individual, organisation, organization, debtor, cliente, client, titular, titulaire, kunde, inhaber, devedor, pagador, debiteur, deudor',
  address: 'address, endereco, direccion, adresse, indirizzo, anschrift, domicilio',
  agent: 'agent, servicer, bank, institution, aspsp, branch identification',
  card: 'card, cartao, tarjeta, carte, karte, carta',
  consent:
    'consent, consentimento, consentimiento, consentement, einwilligung, mandate consent, permission',
  payment:
    'payment, initiation, instruction, order, transfer, pix, pagamento, pago, paiement, zahlung, ueberweisung, virement, transferencia',
  product:
    'product, branch, atm, fee, rate, tariff, offer, exchange rate, produto, agencia bancaria, filiale',
  admin: 'policy, audit, configuration, config, setting, route',
  silent: 'error, link, meta, message, tpp message, pagination, response',
} as const satisfies Record<string, string>

export type Area = keyof typeof AREA_WORDS
/** A set of areas as bits: cheap to compare, so that a schema is looked at once per context. */
export type Areas = number

interface AreaRule {
  readonly bit: number
  readonly area: Area
  readonly patterns: readonly WordPattern[]
}

const TABLE: readonly AreaRule[] = Object.entries(AREA_WORDS).map(([area, words], index) => ({
  bit: 1 << index,
  area: area as Area, // sound: a key of the table
  patterns: words.split(', ').map(wordPattern),
}))

export function bitsOf(areas: readonly Area[]): Areas {
  return TABLE.reduce((bits, rule) => (areas.includes(rule.area) ? bits | rule.bit : bits), 0)
}

const SILENT = bitsOf(['silent'])

/** The areas a name opens. `silent` (links, paging, errors) only if the name says nothing else. */
export function areasOf(words: Words): Areas {
  let bits = 0
  for (const rule of TABLE) if (matchesAny(rule.patterns, words)) bits |= rule.bit
  return bits === SILENT || (bits & SILENT) === 0 ? bits : bits & ~SILENT
}

/** Nothing below links, paging and errors is customer data by its name. */
export function isSilent(areas: Areas): boolean {
  return (areas & SILENT) !== 0
}

/** `areas` without `silent`: what is true of a key is not true of a path or a schema's name. */
export function loud(areas: Areas): Areas {
  return areas & ~SILENT
}
