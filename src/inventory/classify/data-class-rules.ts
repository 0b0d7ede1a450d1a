/**
 * Which keys carry which data class. Each row: the class, the key's words (`=`: the whole key; else words in a row), and what must
 * hold around it. The first row that matches gives a class to a value; one value may have several classes. The classes and what they
 * mean are `objectiveModel.dataClasses` of the controls catalogue; this table is ours and errs towards the more sensitive class.
 */
import type { Area } from './areas.ts'

/**
 * `instruction`: what somebody asks for (a request, and its echo in the answers of payments and consents); `record`: what the bank
 * tells of what it holds. An amount is a payment instruction in one and a transaction or a price in the other.
 */
export type Side = 'instruction' | 'record'

export interface DataClassRule {
  readonly dataClass: string
  readonly key: string
  /** Below at least one of these areas. */
  readonly in?: readonly Area[]
  readonly notIn?: readonly Area[]
  readonly side?: Side
  /** Words that take the meaning away: `otpMaxLength` is no one-time code. */
  readonly unless?: string
  /** A key that must stand beside it. */
  readonly beside?: string
  readonly type?: 'boolean'
  readonly confidence: 'high' | 'medium' | 'low'
}

const NOT_A_VALUE =
  'type, scheme, length, format, method, status, uri, url, link, endpoint, version, max, min, size, count, flag, code list, required, supported, required indicator'

export const DATA_CLASS_RULES: readonly DataClassRule[] = [
  // — card —
  {
    dataClass: 'card-sad',
    key: 'cvv, cvc, cvv 2, cvc 2, csc, card verification, pin block, =pin, track data, track 1, track 2, magnetic stripe, card security code',
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  {
    dataClass: 'account-reference',
    key: 'masked pan, masked number, masked card, masked account, masked iban, =pan last 4, last 4, last four, truncated pan, pan suffix',
    confidence: 'high',
  },
  {
    dataClass: 'card-pan',
    key: 'pan, card number, primary account number, numero cartao, numero tarjeta, numero carte, kartennummer, numero carta',
    unless: `masked, truncated, last, suffix, tokenized, ${NOT_A_VALUE}`,
    confidence: 'high',
  },
  {
    dataClass: 'card-pan',
    key: '=number, =numero',
    in: ['card'],
    notIn: ['account'],
    confidence: 'medium',
  },
  // — credential —
  {
    dataClass: 'credential',
    key: 'password, passwort, senha, contrasena, mot passe, passphrase, passcode, otp, one time code, one time password, authentication data, access token, refresh token, id token, session token, client secret, private key, api key, authorization code, auth code, =tan, =token, =secret, =pwd, session id, security answer',
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  // — account identifier —
  {
    dataClass: 'account-identifier',
    key: 'iban, bban, rib, clabe, account number, acct number, account no, numero conta, conta numero, numero cuenta, numero compte, kontonummer, nuban',
    unless: `masked, last, ${NOT_A_VALUE}`,
    confidence: 'high',
  },
  {
    // Half of an account number beside an account, but the public address of a branch.
    dataClass: 'account-identifier',
    key: 'sort code, routing number',
    notIn: ['product'],
    unless: `masked, last, ${NOT_A_VALUE}`,
    confidence: 'high',
  },
  {
    dataClass: 'account-identifier',
    key: '=identification, secondary identification',
    notIn: ['agent'],
    beside: 'scheme name',
    confidence: 'high',
  },
  {
    dataClass: 'account-identifier',
    key: '=number, =numero',
    in: ['account'],
    beside: '=ispb, =issuer, =bsb, =bank code, =agencia',
    confidence: 'high',
  },
  {
    dataClass: 'account-identifier',
    key: '=identification, =number, =numero, =bsb, =other account identification',
    in: ['account'],
    notIn: ['agent', 'card'],
    confidence: 'medium',
  },
  {
    dataClass: 'account-identifier',
    key: 'pix key, chave pix, =proxy, =pay id, alias',
    in: ['account', 'beneficiary', 'payment'],
    unless: NOT_A_VALUE,
    confidence: 'medium',
  },
  {
    dataClass: 'account-identifier',
    key: 'pay id',
    in: ['beneficiary'],
    unless: NOT_A_VALUE,
    confidence: 'medium',
  },
  // — account reference —
  {
    dataClass: 'account-reference',
    key: 'account id, account reference, resource id, account type, account sub type, account category, account status, account description, id conta, id cuenta',
    confidence: 'high',
  },
  {
    dataClass: 'account-reference',
    key: 'nickname, display name, =usage, =cash account type',
    in: ['account'],
    confidence: 'medium',
  },
  // — balance —
  {
    dataClass: 'balance',
    key: 'current balance, available balance, closing balance, opening balance, booked balance, balance amount, credit limit, overdraft limit, available credit, available fund, saldo, solde, kontostand',
    unless: `type, date, ${NOT_A_VALUE}`,
    confidence: 'high',
  },
  {
    dataClass: 'balance',
    key: 'amount, value, betrag, valor, montant, importe, kwota',
    in: ['balance'],
    unless: 'type, date',
    confidence: 'high',
  },
  { dataClass: 'balance', key: '=balance', confidence: 'medium' },
  // — funds answer: before transaction words —
  {
    dataClass: 'funds-answer',
    key: 'funds available, fund available, funds confirmed, sufficient fund',
    confidence: 'high',
    type: 'boolean',
  },
  {
    dataClass: 'funds-answer',
    key: 'funds available result, funds confirmation id',
    confidence: 'medium',
  },
  // — transaction —
  {
    dataClass: 'transaction',
    key: 'transaction id, transaction amount, transaction information, transaction reference, transaction description, booking date, merchant name, merchant category, merchant code, remittance information, statement reference',
    side: 'record',
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  {
    dataClass: 'transaction',
    key: 'amount, value date, date time, posting, description, reference, information, remittance, narrative, mcc, merchant, betrag, valor, montant, importe, verwendungszweck, descricao',
    in: ['transaction'],
    side: 'record',
    unless: 'type',
    confidence: 'high',
  },
  {
    dataClass: 'transaction',
    key: 'scheduled payment, instructed amount, next payment amount, payment amount, previous payment amount, debit amount',
    side: 'record',
    in: ['transaction'],
    confidence: 'medium',
  },
  // — beneficiary —
  {
    dataClass: 'beneficiary',
    key: 'creditor name, payee name, beneficiary name, counterparty name, ultimate creditor, nome credor, nome favorecido, creditor account, payee account, creditor iban, payee id, beneficiary id',
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  {
    dataClass: 'beneficiary',
    key: 'name, nome, nombre, nom, identification, iban, bban, account number, pan, cpf, cnpj, address, nickname',
    in: ['beneficiary'],
    notIn: ['agent'],
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  {
    dataClass: 'beneficiary',
    key: '=number, =id, =reference, email, e mail, phone',
    in: ['beneficiary'],
    notIn: ['agent'],
    confidence: 'medium',
  },
  {
    dataClass: 'beneficiary',
    key: 'debtor name, payer name',
    in: ['transaction'],
    side: 'record',
    confidence: 'medium',
  },
  // — party identity —
  {
    dataClass: 'party-identity',
    key: 'first name, last name, full name, given name, family name, middle name, maiden name, surname, legal name, birth date, date birth, birth, dob, born, ssn, social security, national id, national identifier, tax id, tax number, passport, driving licence, cpf, cnpj, nif, nino, bvn, nome completo, nome social, nome mae, filiacao, nascimento, apellido, prenom, vorname, nachname, geburtsdatum, naissance, fecha nacimiento, codice fiscale, pesel, personnummer',
    notIn: ['beneficiary', 'agent', 'product'],
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  {
    dataClass: 'party-identity',
    key: 'email, e mail, mail address, phone, mobile, telephone, telefone, telefono, celular, telefon, correo',
    notIn: ['beneficiary', 'agent', 'product', 'consent'],
    unless: `device, ${NOT_A_VALUE}`,
    confidence: 'high',
  },
  {
    dataClass: 'party-identity',
    key: 'postal address, address line, street, building number, post code, postcode, postal code, zip code, town name, mailing address, residential address, endereco, direccion, adresse, indirizzo, strasse, plz',
    notIn: ['beneficiary', 'agent', 'product', 'transaction'],
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  {
    dataClass: 'party-identity',
    key: '=line, line 1, line 2, line 3, city, town, cidade, ville, ciudad, ort, bairro, municipio, =zip',
    in: ['address'],
    notIn: ['beneficiary', 'agent', 'product', 'transaction'],
    confidence: 'high',
  },
  {
    dataClass: 'party-identity',
    key: 'owner name, account holder, holder name, party name, customer name, psu name, party id, party number, psu id, customer id, customer number, titular, inhaber',
    unless: NOT_A_VALUE,
    confidence: 'high',
  },
  {
    dataClass: 'party-identity',
    key: '=name, =nome, =nombre, =nom, gender, nationality, marital status, occupation, =lei, =title, =address',
    in: ['party'],
    notIn: ['beneficiary', 'agent', 'product'],
    confidence: 'high',
  },
  {
    dataClass: 'party-identity',
    key: '=name, =nome',
    in: ['account'],
    notIn: ['beneficiary', 'agent', 'product'],
    beside: 'scheme name, identification, iban',
    confidence: 'medium',
  },
  {
    dataClass: 'party-identity',
    key: '=identification, =number',
    in: ['party'],
    notIn: ['beneficiary', 'agent', 'account'],
    confidence: 'medium',
  },
  // — consent —
  { dataClass: 'consent', key: '=consent id, consent status, =consent', confidence: 'high' },
  {
    dataClass: 'consent',
    key: 'permission, valid until, frequency per day, recurring indicator, expiration date, transaction from date, transaction to date, all psd, authorised account',
    in: ['consent'],
    confidence: 'high',
  },
  // — payment instruction —
  {
    dataClass: 'payment-instruction',
    key: 'instructed amount, equivalent amount, instruction identification, end to end identification, end to end id, requested execution, local instrument, remittance information, first payment amount, recurring payment amount, valor pagamento, betrag, qr code',
    side: 'instruction',
    confidence: 'high',
  },
  {
    dataClass: 'payment-instruction',
    key: 'amount, valor, montant, importe, currency, frequency, day of execution, start date, end date, remittance, reference',
    in: ['payment'],
    notIn: ['balance', 'product'],
    side: 'instruction',
    unless: 'type',
    confidence: 'high',
  },
  // — client identity —
  {
    dataClass: 'client-identity',
    key: 'client id, software statement, software id, redirect uri, tpp id, tpp name, org id, jwks uri, software client, token endpoint auth method, client name',
    confidence: 'high',
  },
  // — special category (GDPR art. 9(1)) —
  {
    dataClass: 'special-category',
    key: 'religion, religious, ethnic, ethnicity, health, medical, disability, political, trade union, union member, sexual, biometric, genetic, vulnerability, vulnerable',
    // A `healthStatus` or a `vulnerabilityFlag` is the very thing; `biometricMethod` is a way to log in.
    unless:
      'scheme, length, format, method, uri, url, link, endpoint, version, max, min, size, count, code list, required, supported',
    confidence: 'medium',
  },
  // — anti-money-laundering casework —
  {
    dataClass: 'aml-casework',
    key: 'suspicious, sanction hit, sanction match, screening hit, screening result, aml alert, aml case, pep status, politically exposed, fraud alert',
    confidence: 'medium',
  },
  // — public reference —
  {
    dataClass: 'public-reference',
    key: 'name, description, fee, rate, tariff, opening hour, latitude, longitude, geo location, address, brand, feature, eligibility, amount',
    in: ['product'],
    notIn: ['transaction', 'balance', 'party', 'beneficiary', 'payment', 'agent'],
    side: 'record',
    confidence: 'high',
  },
  {
    dataClass: 'public-reference',
    key: 'atm id, branch id, product id, branch name, opening hour, interest rate, brand name',
    side: 'record',
    confidence: 'medium',
  },
  // — the bank's own —
  {
    dataClass: 'operational',
    key: '=name, =value, actor, rule, limit, enabled',
    in: ['admin'],
    notIn: ['product', 'account', 'transaction', 'party'],
    confidence: 'low',
  },
  {
    dataClass: 'pseudonymised',
    key: 'hashed, pseudonym, pseudonymous, pseudonymised, anonymised, tokenised',
    confidence: 'low',
  },
]

/** Classes by `format`, whatever the key is called. */
export const FORMAT_RULES: Readonly<
  Record<string, { readonly dataClass: string; readonly notIn: readonly Area[] }>
> = {
  password: { dataClass: 'credential', notIn: [] },
  // The mailbox of a branch is the bank's own, as its telephone is above.
  email: { dataClass: 'party-identity', notIn: ['agent', 'product'] },
  iban: { dataClass: 'account-identifier', notIn: [] },
}

/** Classes by the shape of `pattern`: the text of an expression that only an IBAN needs (ISO 20022 `IBAN2007Identifier` and its kin). */
export const PATTERN_RULES: readonly {
  readonly text: RegExp
  readonly dataClass: string
  readonly rule: string
}[] = [
  {
    text: /^\^?\[A-Z\]\{2(,2)?\}(\[0-9\]|\\d)\{2(,2)?\}(\[a-zA-Z0-9\]|\[A-Z0-9\]|\[A-Za-z0-9\])\{\d{1,2},3\d\}\$?$/,
    dataClass: 'account-identifier',
    rule: 'pattern:iban',
  },
]
