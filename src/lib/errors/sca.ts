import type { ErrorEntry } from './catalog.ts'

export const scaErrors = {
  GH_SCA_QUESTION: {
    status: 400,
    title: 'The question about strong customer authentication cannot be decided as it was asked',
    mend: 'The detail names the member: an amount is a decimal above zero with an ISO 4217 code, accounts and ids are not empty and not too long.',
  },
  GH_SCA_ACCOUNT: {
    status: 400,
    title: 'An account is not named so that a payment could have it',
    mend: 'Name it as scheme and identification, such as iban:DE89370400440532013000 or UK.OBIE.SortCodeAccountNumber:08080021325698; the answer says which member, and what is wrong with it.',
  },
  GH_SCA_REGISTER: {
    status: 400,
    title: 'What exemptions rest on cannot be changed as it was asked',
    mend: 'Name accounts as scheme and identification, such as iban:DE89370400440532013000, and give names without hidden characters; the detail says which member.',
  },
  GH_SCA_REGISTER_FULL: {
    status: 409,
    title: 'The customer has as many entries of this kind as one may have',
    mend: 'Take entries off first: 500 trusted payees, 500 series, 20 corporate processes.',
  },
  GH_SCA_REGISTER_UNAUTHENTICATED: {
    status: 409,
    title: 'The customer was not authenticated for exactly this change within ten minutes',
    mend: 'Decide the change, have the customer authenticate it in a transaction that names the decision, and bring its code with the same change, once.',
  },
  GH_SCA_ID_REUSED: {
    status: 409,
    title: 'Another act was decided under this id',
    mend: 'Give each act an id of its own; the same id with the same act is answered as before.',
  },
  GH_SCA_PERSON_ERASED: {
    status: 410,
    title: 'The keys of this customer were destroyed',
    mend: 'Nothing more can be decided for somebody who was erased; a customer who comes back gets a new identifier.',
  },
  // Factors, linking and limits: none tells which element was wrong (RTS Art. 4(3)(a)).
  GH_SCA_SEALED: {
    status: 500,
    title:
      'A record of strong customer authentication was sealed with another secret, or was altered',
    mend: 'Give it the secret that it was written with; customers enrol anew what nobody can open.',
  },
  GH_SCA_ARGON2: {
    status: 500,
    title: 'This Node has no Argon2, so that no passcode can be kept or checked',
    mend: 'Run it with Node 24.7 or later, built with OpenSSL 3.2 or later.',
  },
  GH_SCA_ENROLMENTS: {
    status: 500,
    title: 'The development enrolments cannot be used',
    mend: 'The detail names the file and the place: each enrolment has a subject, and elements that sca.factors has.',
  },
  GH_SCA_ROOTS: {
    status: 500,
    title: 'There is no certificate to judge the attestation of authenticators by',
    mend: 'Let sca.factors.passkeys.models.roots name a PEM file of certificates.',
  },
  GH_SCA_TRANSACTION_INVALID: {
    status: 400,
    title: 'What is to be authenticated cannot be read without doubt',
    mend: 'Mend the fields that the answer names.',
  },
  GH_SCA_DECISION_MISMATCH: {
    status: 409,
    title: 'The decision is not about what is to be authenticated',
    mend: 'Name the decision that was asked for by the same client, for the same customer, act, amount and payees; accounts as "iban:DE…", without spaces.',
  },
  GH_SCA_KEY_REUSED: {
    status: 422,
    title: 'Another transaction was created with this idempotency key',
    mend: 'Give each transaction a key of its own; the same key with the same body is answered as before.',
  },
  GH_SCA_TRANSACTION_OPEN: {
    status: 409,
    title: 'The customer has not answered yet',
    mend: 'Ask again a little later, until the transaction ends.',
  },
  GH_SCA_TRANSACTION_UNKNOWN: { status: 404, title: 'There is no such transaction' },
  GH_SCA_TRANSACTION_EXPIRED: {
    status: 410,
    title: 'The transaction was not authenticated in time',
    mend: 'Create another one.',
  },
  GH_SCA_TRANSACTION_SUPERSEDED: {
    status: 410,
    title: 'Newer transactions took the place of this one before it was authenticated',
    mend: 'Create another one, and finish one before beginning many.',
  },
  GH_SCA_TRANSACTION_REFUSED: { status: 403, title: 'The customer refused the transaction' },
  GH_SCA_TRANSACTION_SETTLED: {
    status: 409,
    title: 'The transaction is not open any more',
    mend: 'Create another one; a transaction is authenticated once.',
  },
  GH_SCA_FACTORS: {
    status: 400,
    title: 'The answers are not two independent elements that fit the transaction',
    mend: 'Answer with elements of two categories; a payment needs one that is bound to it.',
  },
  GH_SCA_FAILED: { status: 403, title: 'The customer could not be authenticated' },
  GH_SCA_BLOCKED: {
    status: 429,
    title: 'Too many attempts failed; authentication is blocked for a time',
  },
  GH_SCA_LOCKED: {
    status: 403,
    title: 'Authentication is blocked until the customer recovers it with the bank',
  },
  GH_SCA_THROTTLED: { status: 429, title: 'Too many attempts come from there' },
  GH_SCA_BUSY: {
    status: 503,
    title: 'Too many passcodes are being checked at once',
    mend: 'Try again in a moment.',
  },
  GH_SCA_BANK_UNREACHABLE: {
    status: 503,
    title:
      'A service of the bank that strong customer authentication asks or tells does not answer as it should',
    mend: 'The record names the key of the file; docs/openapi/sca-bank.json says what is asked there and what is answered.',
  },
  GH_SCA_RATES: {
    status: 500,
    title: 'The reference rates cannot be used as their file has them',
    mend: 'Put the whole eurofxref-hist.csv or eurofxref.csv there, in one step (mv); those of before go on until it can be read.',
  },
  GH_SCA_ENROLMENT_UNKNOWN: {
    status: 404,
    title: 'There is no such enrolment, or its time is over',
    mend: 'Begin another one.',
  },
  GH_SCA_ENROLMENT_INVALID: {
    status: 400,
    title: 'This cannot be enrolled',
    mend: 'Mend what the answer names.',
  },
  GH_SCA_NOT_CONFIGURED: {
    status: 404,
    title: 'This installation has no elements of customers',
    mend: 'Give the configuration a section "sca" beside "identity".',
  },
  GH_SCA_ELEMENT_REQUEST: {
    status: 400,
    title: 'A code for a customer, or the removal of an element, was not asked for as it must be',
    mend: 'The detail names what is missing or wrong; "gatehouse sca elements CUSTOMER" shows what the customer has.',
  },
  GH_SCA_CUSTOMER_UNKNOWN: {
    status: 404,
    title: 'The bank has no such customer',
    mend: 'Name the customer as the "sub" of tokens and the directory of customers ("identity.customers") do.',
  },
  GH_SCA_ONE_CHANNEL: {
    status: 400,
    title: 'One channel would give all elements of the customer',
    mend: 'Name two channels, the first for what is known and the second for what is had: --channel post --channel message. In the branch one is enough where --identity says how the customer was known.',
  },
  GH_SCA_CODES_UNPROPOSED: {
    status: 409,
    title: 'No codes for this customer wait for a second person',
    mend: 'Propose them first with "gatehouse sca enrol"; a proposal waits for a week.',
  },
  GH_SCA_ELEMENT_UNKNOWN: {
    status: 404,
    title: 'The customer has no such element in use',
    mend: 'Use an id that "gatehouse sca elements CUSTOMER" shows.',
  },
  GH_SCA_CODE_INVALID: {
    status: 403,
    title: 'The authentication code is not one that may be redeemed here',
  },
  GH_SCA_CODE_SPENT: { status: 403, title: 'The authentication code was used or voided before' },
  GH_SCA_LINK_MISMATCH: {
    status: 403,
    title: 'The code is linked to another amount or payee, and is void now',
  },
  GH_SCA_PROPOSAL: {
    status: 400,
    title: 'An exemption cannot be proposed like this',
    mend: 'Each detail names what is missing or does not belong to it; "gatehouse sca exemptions list" shows the exemptions.',
  },
  GH_SCA_NOTHING_PROPOSED: {
    status: 409,
    title: 'No proposal of this name waits for a second person',
    mend: 'Propose it first with "gatehouse sca exemptions propose".',
  },
  GH_SCA_SECOND_PERSON: {
    status: 403,
    title: 'Nobody approves what they proposed',
    mend: 'Let another person read the proposal and approve it.',
  },
  GH_SCA_DECISION_UNKNOWN: {
    status: 404,
    title: 'No decision about strong customer authentication has this id',
    mend: 'Use the id that the decision gave; decisions whose retention has ended are gone.',
  },
  GH_SCA_FRAUD_REPORT: {
    status: 400,
    title: 'Fraud cannot be reported of this decision as it was said',
    mend: 'Report a payment that took place, with no more than was paid; the detail names what is wrong.',
  },
  GH_SCA_PERIOD: {
    status: 400,
    title: 'This is no calendar quarter or half-year',
    mend: 'Write it as 2026Q4 or 2026H2.',
  },
  GH_SCA_REBUILT_OTHERWISE: {
    status: 409,
    title: 'Evidence of strong customer authentication does not say what its record says',
    mend: 'Restore the store from a backup of before, and find out who wrote to it.',
  },
  GH_SCA_UNAUTHENTICATED: {
    status: 403,
    title: 'The act is neither exempt nor was the customer authenticated for it',
    mend: 'Let the customer authenticate; "gatehouse sca explain ID" says why no exemption holds.',
  },
} as const satisfies Record<string, ErrorEntry>
