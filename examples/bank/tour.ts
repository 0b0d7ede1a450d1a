/** The journey that `npm start` plays, from a third party's registration to its end, in the words of a newcomer; and what is tried on the way. */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ResponseBodyError } from 'oauth4webapi'
import { type Authorization, authorizationAt, type Tokens } from '../third-party/authorization.ts'
import { identityIn } from '../third-party/bank.ts'
import { type Call, type CallResult, member, send } from '../third-party/calls.ts'
import { initiation, once, order, PAYMENTS } from '../third-party/payment.ts'
import { signedBy, signer } from '../third-party/proofs.ts'
import { ACCOUNTS, type ThirdParty, thirdParty } from '../third-party/third-party.ts'
import { exempts, paysAtHome, paysLittle } from './tour-authentication.ts'
import { type Journey, type Log, SAID, type Step, type TourParts } from './tour-parts.ts'

const RENT = '950.00'
/** Whom answers are signed by (`answerSigning.issuer`). */
const SIGNER = 'Example Bank'
/** What ends counts within a second; a machine that is busy is waited for. */
const ENDS_WITHIN_MS = 10_000

/** @throws Error when what should be given is refused, or two answers to one payment differ or are not signed */
export async function tour(parts: TourParts): Promise<Journey> {
  const { bank, software } = parts
  const steps: Step[] = []
  const log: Log = {
    chapter: '',
    say: (title, status, note, code) =>
      steps.push({ ...SAID, chapter: log.chapter, title, status, note, code }),
    keep: (result, note) => steps.push({ ...result, chapter: log.chapter, note }),
  }
  const exempted = exempts(parts)
  // Awaited below; a failure of what comes first must not leave it unhandled.
  exempted.catch(() => undefined)
  const authorization = await authorizationAt(bank, software)
  log.chapter = 'Budget Buddy registers, and nobody at the bank has to be asked'
  const party = await registers(parts, authorization, log)
  log.chapter = 'Amira says what it may see'
  const accounts = await consents(parts, party, log)
  log.chapter = 'It reads, and is given no more than she allowed'
  await reads(parts, party, accounts, log)
  log.chapter = 'Two people at the bank decide which payments need no authentication'
  const decided = await exempted
  decided(log)
  log.chapter = 'It pays: a little without it, and what she authenticated, once'
  await paysLittle(parts, party, log)
  const payment = await pays(parts, party, log)
  log.chapter = "She pays in the bank's own web bank, and codes are stolen"
  await paysAtHome(parts, log)
  log.chapter = 'It ends: when she says so, and when the bank does'
  await ends(parts, party, { accounts, payment }, log)
  return { steps, party }
}

async function registers(
  { bank, software, certificates }: TourParts,
  authorization: Authorization,
  { say }: Log,
): Promise<ThirdParty> {
  const { statement } = software
  const stranger = { ...software, identity: identityIn(certificates.folder, 'qwac-foreign') }
  const other = await authorizationAt(bank, stranger)
  const tried = async (title: string, attempt: Promise<unknown>): Promise<void> => {
    const { status, code } = await refusalOf(title, attempt)
    say(title, status, undefined, code)
  }
  await tried('A statement that was altered on the way', authorization.register(altered(statement)))
  await tried('A certificate that no trust store vouches for', other.register())
  const registration = await authorization.register()
  say('Certificate, statement and register agree', 201, `client ${registration.client}`)
  await tried('The same statement once more', authorization.register())
  return thirdParty(bank, software, authorization, registration)
}

async function consents({ amira }: TourParts, party: ThirdParty, { say }: Log) {
  const consent = await party.askForAccounts()
  say(
    'It asks for accounts, balances and transactions',
    201,
    'a consent that waits for its customer',
  )
  const before = amira.seen.length
  const tokens = await party.authorise(consent, 'accounts', amira.approve)
  const page = amira.seen[before] ?? ''
  say('She authenticates at her bank, and picks two accounts', 200, `“${page}”`)
  return { consent, tokens }
}

async function reads(
  { bank, behind, software, certificates }: TourParts,
  party: ThirdParty,
  { tokens }: { readonly tokens: Tokens },
  { keep }: Log,
): Promise<void> {
  const { access } = tokens
  const read = async (title: string, path: string, more: Partial<Call> = {}): Promise<void> =>
    keep(await party.callOnceKnown({ title, path: ACCOUNTS + path, token: access, ...more }))
  await read('Her accounts', '/accounts')
  await read('Their balances', '/balances')
  await read('Her transactions, with a token of five minutes', '/accounts/22289/transactions')
  await read('The credit card that she did not pick', '/accounts/22563/balances')
  await read("Priya's account", '/accounts/22974/balances')
  await read('Her statements, which she did not share', '/accounts/22289/statements')
  await read('A path trick', '/accounts/22289%2f..%2f22700/balances')
  await read('The token with another certificate', '/accounts', {
    as: identityIn(certificates.folder, 'qwac-ais'),
  })
  await read('No client certificate', '/accounts', { as: null })
  const straight: Call = {
    title: "Past the gateway, in Amira's name",
    path: `${ACCOUNTS}/accounts`,
    headers: { 'x-gatehouse-subject': 'cust-amira' },
  }
  keep(await send(bank, software.identity, straight, behind))
}

async function pays(
  { bank, software, certificates, amira }: TourParts,
  party: ThirdParty,
  { say, keep }: Log,
): Promise<{ readonly path: string }> {
  const consent = await party.askForPayment(RENT)
  say(`Her rent, £${RENT} to Penrose Lettings, asked for`, 201, 'a consent to this payment alone')
  const before = amira.seen.length
  const tokens = await party.authorise(consent, 'payments', amira.approve)
  const shown = `“${amira.seen[before] ?? ''}”, passcode and a code of her device`
  say('She authenticates amount and payee at her bank', 200, shown)

  const { access } = tokens
  // While it can be renewed: a consent that paid is over.
  const readsOnly = { ...software, identity: identityIn(certificates.folder, 'qwac-ais') }
  const elsewhere = await authorizationAt(bank, readsOnly)
  const { client } = party.registration
  const token = (await elsewhere.refresh(client, tokens.refresh ?? '')).access
  const funds: Call = {
    title: 'Funds for it? Yes or no, and not how much',
    path: `${PAYMENTS}/domestic-payment-consents/${consent}/funds-confirmation`,
    token: access,
  }
  keep(await party.callOnceKnown(funds))
  const key = randomUUID()
  const rent = party.pay('The rent, sent twice at once', access, consent, RENT, { key })
  const [first, second] = await Promise.all([party.call(rent), party.call(rent)])
  // Whichever asked the bank: both got one answer.
  if (first.text !== second.text) throw new Error('a payment was answered twice, and differently')
  // What a third party keeps as its proof of what the bank said.
  const bankKey = createPublicKey(readFileSync(certificates.pem('answer-key')))
  if (![first, second].every(({ text, signature }) => signedBy(bankKey, SIGNER, text, signature)))
    throw new Error('the answer to a payment is not signed by the bank')
  keep(first, 'one payment, one answer, signed by the bank')

  keep(await party.call(party.pay('Ten times what she authenticated', access, consent, '9500.00')))
  const other = order(consent, { ...initiation(RENT), InstructionIdentification: 'BB-2' })
  const forge = createPrivateKey(readFileSync(certificates.pem('qseal-key')))
  const forged = signer(forge, software.key.kid, party.registration.client, () => Date.now())
  const again = (title: string, body: string, headers: Call['headers'], more: Partial<Call> = {}) =>
    party.call({ ...rent, title, body, ...(headers !== undefined && { headers }), ...more })
  const same = rent.body ?? ''
  keep(await again('Another payment under the same key', other, once(party.signs, other, key)))
  keep(await again('A payment that nobody signed', same, { 'x-idempotency-key': randomUUID() }))
  keep(await again('A payment that somebody else signed', same, once(forged, same)))
  const as = readsOnly.identity
  keep(
    await again('A certificate for accounts alone, to pay', same, once(party.signs, same), {
      token,
      as,
    }),
  )
  return { path: `${PAYMENTS}/domestic-payments/${idOf(first)}` }
}

async function ends(
  { amira, operate }: TourParts,
  party: ThirdParty,
  of: {
    readonly accounts: { readonly consent: string; readonly tokens: Tokens }
    readonly payment: { readonly path: string }
  },
  { say, keep }: Log,
): Promise<void> {
  const { consent, tokens } = of.accounts
  const { client } = party.registration
  const { authorization } = party
  await amira.withdraw(consent)
  say('Amira ends her permission, on a page of the bank', 200, undefined)
  const accounts: Call = {
    title: 'Her accounts, right after it',
    path: `${ACCOUNTS}/accounts`,
    token: tokens.access,
  }
  const ended = await untilRefused(party, accounts)
  keep(ended.result, ended.waited)
  const renewal = 'Its token, to be renewed'
  const renewed = await refusalOf(renewal, authorization.refresh(client, tokens.refresh ?? ''))
  say(renewal, renewed.status, undefined, renewed.code)

  const payment: Call = {
    title: 'Where the payment stands',
    path: of.payment.path,
    token: await party.own('payments'),
  }
  keep(await party.call(payment))
  const why = ['--reason', 'keys reported stolen, INC-81', '--notice', 'told in the app']
  done(await operate('clients', 'suspend', client, ...why))
  say('The bank suspends Budget Buddy', 200, `gatehouse clients suspend ${client}`)
  const suspended = await untilRefused(party, { ...payment, title: 'The same, right after it' })
  keep(suspended.result, suspended.waited)
  const refused = await refusalOf('A new token', authorization.own(client, 'payments'))
  say('A new token', refused.status, undefined, refused.code)
  done(await operate('clients', 'resume', client, '--reason', 'new keys, INC-81 is over'))
  const back = { ...payment, title: 'The bank gives access back, and the same' }
  keep((await until(party, back, ({ status }) => status === 200)).result)
}

function done(outcome: unknown): void {
  if (member(outcome, 'outcome') !== 'done')
    throw new Error(`the bank's word did not count: ${JSON.stringify(outcome)}`)
}

const untilRefused = (party: ThirdParty, call: Call) =>
  until(party, call, ({ status }) => status !== 200)

/** The call, again and again, until its answer is as it should be, and how long that took. */
async function until(
  party: ThirdParty,
  call: Call,
  good: (result: CallResult) => boolean,
): Promise<{ readonly result: CallResult; readonly waited: string }> {
  for (const from = performance.now(); ;) {
    const result = await party.call(call)
    const waited = performance.now() - from
    if (good(result) || waited > ENDS_WITHIN_MS)
      return { result, waited: `after ${Math.ceil(waited)} ms` }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** What the authorization server answers to an attempt that it should refuse. @throws Error when it does not */
async function refusalOf(
  title: string,
  attempt: Promise<unknown>,
): Promise<{ status: number; code: string }> {
  try {
    await attempt
  } catch (error) {
    if (error instanceof ResponseBodyError) return { status: error.status, code: error.error }
    throw error
  }
  throw new Error(`the bank took what it should have refused: ${title}`)
}

/** The same statement, with other words in it and the signature that it had. */
function altered(statement: string): string {
  const [header = '', claims = '', signature = ''] = statement.split('.')
  const said = Buffer.from(claims, 'base64url').toString()
  const other = said.replace('Budget Buddy Ltd', 'Somebody Else Ltd')
  return [header, Buffer.from(other).toString('base64url'), signature].join('.')
}

function idOf({ body }: CallResult): string {
  const id = member(body, 'Data', 'DomesticPaymentId')
  if (typeof id !== 'string') throw new Error('the payment was not ordered')
  return id
}
