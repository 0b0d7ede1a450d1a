/** The part of the journey that is about strong customer authentication: who may be spared it, who was, and what a stolen code is good for. */
import { member } from '../third-party/calls.ts'
import type { ThirdParty } from '../third-party/third-party.ts'
import { scaClient } from './sca.ts'
import type { Log, TourParts } from './tour-parts.ts'
import { type Shown, webBank, type WebPayment } from './web-payment.ts'

const TICKET = '12.50'
const DAY_MS = 86_400_000
/** The next audit of what is put into force here (RTS Art. 3). */
const AUDITED_IN_DAYS = 300
/** What Amira pays in the web bank. */
const HELMET: WebPayment = {
  subject: 'cust-amira',
  debtor: 'GB29NWBK60161331926819',
  amount: '25.00',
  currency: 'GBP',
  payee: 'GB33BUKB20201555555555',
  payeeName: 'Mersey Bikes',
}
const SECOND_PERSON_STATUS = 403

/**
 * Exemptions are off until one person proposed them and another approved, with the monitoring that they rest on. Gives what is to be said of it, so
 * that these people need not wait for the third party. @throws Error when they do not come into force
 */
export async function exempts({ operate }: TourParts): Promise<(log: Log) => void> {
  const due = new Date(Date.now() + AUDITED_IN_DAYS * DAY_MS).toISOString().slice(0, 10)
  const change = async (...words: string[]): Promise<string> => {
    const outcome = await operate('sca', 'exemptions', ...words)
    const said = [member(outcome, 'code'), member(outcome, 'after')]
    return said.find((word) => typeof word === 'string') ?? ''
  }
  const propose = (name: string, reason: string, ...settings: string[]): Promise<string> => {
    const dated = ['--audit-due', due, '--as', 'Ines Moreau', '--reason', reason]
    return change('propose', name, ...settings, ...dated)
  }
  const approve = (name: string, who: string): Promise<string> =>
    change('approve', name, '--as', who, '--reason', 'read and agreed')
  const proposed = await Promise.all([
    propose('monitoring', 'RTS Art. 2', '--engine', 'a rule for examples'),
    propose('low-value', 'RTS Art. 16', '--counter', 'payments'),
  ])
  expect(proposed, 'proposed')
  const [alone, monitoring] = await Promise.all([
    approve('low-value', 'ines moreau'),
    approve('monitoring', 'Tom Okafor'),
  ])
  expect([monitoring, await approve('low-value', 'Tom Okafor')], 'approved')
  return ({ say }) => {
    say('Ines proposes it for small ones, and the monitoring', 200, `audit due ${due}`)
    say('She approves it herself', SECOND_PERSON_STATUS, undefined, alone)
    say('Tom approves it', 200, 'gatehouse sca exemptions list')
  }
}

function expect(outcomes: readonly string[], wanted: string): void {
  const other = outcomes.find((one) => one !== wanted)
  if (other !== undefined) throw new Error(`an exemption is not ${wanted}: ${other}`)
}

/** @throws Error when the customer is asked for more than her login */
export async function paysLittle(
  { amira }: TourParts,
  party: ThirdParty,
  { say, keep }: Log,
): Promise<void> {
  const consent = await party.askForPayment(TICKET, 'ticket')
  say(`A museum ticket, €${TICKET}, asked for`, 201, 'a consent to this payment alone')
  const before = amira.authenticated
  const { access } = await party.authorise(consent, 'payments', amira.approve)
  if (amira.authenticated !== before) throw new Error('a small payment was not exempt')
  say('She logs in and says yes; no code is asked for', 200, 'exempt: low value')
  const ticket = party.pay('The ticket', access, consent, TICKET, { bill: 'ticket' })
  keep(await party.callOnceKnown(ticket))
}

/** @throws Error when what she authenticated is refused, or needed no authentication */
export async function paysAtHome(
  { bank, certificates, elements, order }: TourParts,
  { say }: Log,
): Promise<void> {
  const program = async (id: string) => webBank(await scaClient(bank, id, `${certificates.folder}/${id}-key.json`)) // prettier-ignore
  const [web, other] = await Promise.all([program('web-bank'), program('card-desk')])
  const authenticate = async (): Promise<{ readonly shown: Shown; readonly code: string }> => {
    const shown = await web.begin(HELMET)
    if (!('question' in shown)) throw new Error('a payment above every limit was exempt')
    return { shown, code: await web.verify(shown, elements) }
  }
  const { shown, code } = await authenticate()
  const redeemed = await web.redeem(HELMET, code)
  if (redeemed.status !== 200) throw new Error(`a good code was refused: ${redeemed.status}`)
  await web.settle(shown.decision, 'done')
  order(HELMET)
  say('A helmet, by passcode and a code of her device', 200, `“${shown.text}”`)
  const stolen = async (title: string, by: typeof web, payment: WebPayment) => {
    const attempt = await authenticate()
    const { status, body } = await by.redeem(payment, attempt.code)
    await web.settle(attempt.shown.decision, 'void')
    say(title, status, undefined, String(body['code']))
  }
  const again = await web.redeem(HELMET, code)
  say('The code, a second time', again.status, undefined, String(again.body['code']))
  await stolen('A code of hers, for ten times as much', web, { ...HELMET, amount: '250.00' })
  const thief = { payee: 'GB94BARC10201530093459', payeeName: 'Somebody Else' }
  await stolen('A code of hers, for another payee', web, { ...HELMET, ...thief })
  await stolen('A code of hers, brought by another program', other, HELMET)
}
