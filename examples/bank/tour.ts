/** The calls that `npm start` plays, in the words of a newcomer: what a third party does on its first morning, and what is tried at its expense. */
import { createPublicKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Call, type CallResult, type Origins, send } from '../third-party/calls.ts'
import { initiation, once, order, PAYMENTS, proposal } from '../third-party/payment.ts'
import { proofKey, signedBy, signer } from '../third-party/proofs.ts'
import { type Certificates, SIGNING_KEY_ID } from './certificates.ts'
import type { DevelopmentIssuer, TokenRequest } from './issuer/development-issuer.ts'

const ACCOUNTS = '/open-banking/v4.0/aisp'
const AMIRA = { client: 'budget-buddy', subject: 'cust-amira', consent: 'consent-amira-budget' }
const PRIYA = { client: 'lendwise', subject: 'cust-priya', consent: 'consent-priya-lending' }
const TOM = { client: 'budget-buddy', subject: 'cust-tom', consent: 'consent-tom-expired' }
const CHIDI = { client: 'paperplane', subject: 'cust-chidi', consent: 'consent-chidi-paperplane' }
const RENT = '950.00'
/** Whom answers are signed by (`answerSigning.issuer`). */
const BANK = 'Example Bank'
/** A consent counts within a second of its file. */
const FEED_WAIT_MS = 10_000

export interface TourParts {
  readonly origins: Origins
  readonly issuer: DevelopmentIssuer
  readonly certificates: Certificates
  readonly clock: () => number
}

/** The calls that are worth showing, in their order. @throws Error when a payment cannot be proposed, or two answers to one differ or are not signed */
export async function tour(parts: TourParts): Promise<readonly CallResult[]> {
  const { origins, issuer, certificates, clock } = parts
  const results: CallResult[] = []
  const call = async (one: Call): Promise<CallResult> => {
    const result = await send(origins, one)
    results.push(result)
    return result
  }
  const { pem } = certificates
  // As `gatehouse answer keys` gives it to the directory.
  const bankKey = createPublicKey(readFileSync(pem('answer-key')))
  const key = proofKey(clock)
  const identity = (name: string): NonNullable<Call['tls']> => ({
    certificate: pem(name),
    key: pem(`${name}-key`),
  })
  const boundTo = (name: string): Pick<TokenRequest, 'certificate'> => {
    const certificate = certificates.thumbprint(name)
    return certificate === undefined ? {} : { certificate }
  }
  const qseal = signer(pem('qseal-key'), SIGNING_KEY_ID, 'budget-buddy', clock)
  const [amira, priya, tom, chidi, stolen, bound, keyed, own] = await Promise.all(
    [
      AMIRA,
      PRIYA,
      TOM,
      CHIDI,
      { ...AMIRA, client: 'lendwise' },
      { ...AMIRA, ...boundTo('qwac-ais') },
      { ...AMIRA, key: key.thumbprint },
      { client: 'budget-buddy-pay', scope: 'payments', ...boundTo('qwac-pis') },
    ].map((request) => issuer.issue(request)),
  )

  // Proposed first: while the customer's yes makes its way into the feed, there is something to read.
  const rent = proposal(initiation(RENT))
  const proposed = await call({
    title: "Amira's rent, proposed and signed",
    path: `${PAYMENTS}/domestic-payment-consents`,
    method: 'POST',
    ...(own !== undefined && { token: own }),
    body: rent,
    headers: { ...once(qseal, rent) },
    tls: identity('qwac-pis'),
  })
  const consent = consentOf(proposed.body)
  // Of two certificates, so that one can be tried where only the other may be used.
  const authorised = (name: string): Promise<string> =>
    issuer.authorise(consent, AMIRA.subject, certificates.thumbprint(name) ?? '')
  const [readOnly, yes] = [await authorised('qwac-ais'), await authorised('qwac-pis')]

  const read = (title: string, path: string, token?: string, more: Partial<Call> = {}) =>
    call({ title, path: ACCOUNTS + path, ...(token !== undefined && { token }), ...more })
  const transactions = `${ACCOUNTS}/accounts/22289/transactions`
  const keyedRead = (title: string, proof: string): Call => ({
    title,
    path: transactions,
    ...(keyed !== undefined && { token: keyed }),
    headers: { dpop: proof },
  })
  const proofWith = (nonce?: string): string =>
    key.proof('GET', origins.named + transactions, keyed ?? '', nonce)
  await read("Amira's accounts, basic consent", '/accounts', amira)
  await read("Amira's balances, a token of this certificate", '/balances', bound, {
    tls: identity('qwac-ais'),
  })
  const title = "Amira's transactions, a token of this DPoP key"
  let proof = proofWith()
  let answered = await send(origins, keyedRead(title, proof))
  // A gateway that has just started asks for a nonce, because it cannot know which proofs it saw before (RFC 9449 §9).
  if (answered.code === 'GH_GATEWAY_PROOF_NONCE') {
    proof = proofWith(answered.nonce)
    answered = await send(origins, keyedRead(title, proof))
  }
  results.push(answered)
  await read("Priya's transactions, full detail", '/accounts/22974/transactions', priya)

  await read("Priya's token on Amira's account", '/accounts/22289/balances', priya)
  await read("Amira's statements, which she did not share", '/accounts/22289/statements', amira)
  await read("Tom's balances, months after his consent ended", '/balances', tom)
  await read("Amira's consent in another client's hands", '/accounts', stolen)
  await read('A client that the register withdrew', '/accounts', chidi)
  await read('A path trick', '/accounts/22289%2f..%2f22700/balances', amira)
  await read('No client certificate', '/accounts', amira, { tls: {} })
  await read('A token stolen from another certificate', '/balances', bound, {
    tls: identity('qwac'),
  })
  await call(keyedRead('The DPoP proof once more', proof))

  const asked: Call = {
    title: 'Funds for it? Yes or no, and not how much',
    path: `${PAYMENTS}/domestic-payment-consents/${consent}/funds-confirmation`,
    token: yes,
    tls: identity('qwac-pis'),
  }
  results.push(await untilKnown(origins, asked))
  const pay = (title: string, body: string, headers: Call['headers']): Call => ({
    title,
    path: `${PAYMENTS}/domestic-payments`,
    method: 'POST',
    token: yes,
    body,
    ...(headers !== undefined && { headers }),
    tls: identity('qwac-pis'),
  })
  const body = order(consent, initiation(RENT))
  const key1 = randomUUID()
  const twin = pay('The rent, sent twice at once: one signed answer', body, once(qseal, body, key1))
  const [first, second] = await Promise.all([send(origins, twin), send(origins, twin)])
  // Whichever asked the bank: both got one answer.
  if (JSON.stringify(first.body) !== JSON.stringify(second.body))
    throw new Error('a payment was answered twice, and differently')
  // What a third party keeps as its proof of what the bank said.
  if (![first, second].every(({ text, signature }) => signedBy(bankKey, BANK, text, signature)))
    throw new Error('the answer to a payment is not signed by the bank')
  results.push(first)
  const more = order(consent, initiation('9500.00'))
  const other = order(consent, { ...initiation(RENT), InstructionIdentification: 'BB-2' })
  const forged = signer(pem('list-operator-key'), SIGNING_KEY_ID, 'budget-buddy', clock)
  await call(pay('Ten times what she authenticated', more, once(qseal, more)))
  await call(pay('Another payment under the same key', other, once(qseal, other, key1)))
  await call(pay('A payment that nobody signed', body, { 'x-idempotency-key': randomUUID() }))
  await call(pay('A payment that somebody else signed', body, once(forged, body)))
  await call({
    ...pay('A certificate for accounts alone, to pay', body, once(qseal, body)),
    token: readOnly,
    tls: identity('qwac-ais'),
  })
  await read("Straight to the bank, in Amira's name", '/accounts', undefined, {
    straight: true,
    headers: { 'x-gatehouse-subject': AMIRA.subject },
  })
  return results
}

/** The funds check, as soon as the gateway knows of the consent. */
async function untilKnown(origins: Origins, call: Call): Promise<CallResult> {
  const end = performance.now() + FEED_WAIT_MS
  for (;;) {
    const result = await send(origins, call)
    if (result.code !== 'GH_GATEWAY_CONSENT_MISSING' || performance.now() > end) return result
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function consentOf(body: unknown): string {
  // Sound: members are read as optional.
  const { Data } = (body ?? {}) as { readonly Data?: { readonly ConsentId?: string } }
  if (Data?.ConsentId === undefined) throw new Error('the payment could not be proposed')
  return Data.ConsentId
}
