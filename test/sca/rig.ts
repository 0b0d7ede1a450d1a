/** Strong customer authentication over a real store, and customers with devices of their own. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { JsonValue, PaymentOrder } from '../../src/lib/index.ts'
import {
  APPROVAL_TYPE,
  type CodeMessage,
  ENROLMENT_TYPE,
  type FactorKind,
  openSca,
  type PayerNotice,
  type Sca,
  type ScaOptions,
  type TransactionRequest,
} from '../../src/sca/index.ts'
import { keysOfSecret, type Store } from '../../src/store/index.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const PASSCODE = 'correct horse'
export const AUDIENCE = 'https://gateway.bank.example'
export const CLIENT = 'third-party'
const SECRET = randomBytes(32).toString('base64url')
/** Of a process that is killed, and of the one that looks afterwards. */
export const KILLED_SECRET = 'kept-by-both-processes'.repeat(2)

export interface Rig {
  /** A customer whom no other test knows. */
  readonly anna: string
  readonly sca: Sca
  readonly store: Store
  readonly clock: FakeClock
  readonly notices: PayerNotice[]
  readonly pushes: { readonly transaction: string }[]
  readonly messages: CodeMessage[]
  /** Another process over the same store. */
  readonly another: (changes?: Partial<ScaOptions>) => Sca
}

export function rigOver(store: Store, changes: Partial<ScaOptions> = {}): Rig {
  const clock = new FakeClock()
  const notices: PayerNotice[] = []
  const pushes: { readonly transaction: string }[] = []
  const messages: CodeMessage[] = []
  const another = (more: Partial<ScaOptions> = {}): Sca =>
    openSca({
      keys: keysOfSecret(SECRET),
      issuer: 'https://sca.bank.example',
      store,
      clock,
      randomBytes,
      alertPayer: (notice) => {
        notices.push(notice)
        return Promise.resolve()
      },
      devices: {
        push: (message) => {
          pushes.push(message)
          return Promise.resolve()
        },
      },
      sender: {
        send: (message) => {
          messages.push(message)
          return Promise.resolve()
        },
      },
      passkeys: { rpId: 'bank.example', rpName: 'Bank', origins: ['https://pay.bank.example'] },
      ...changes,
      ...more,
    })
  const anna = `anna-${randomBytes(6).toString('hex')}`
  return { anna, sca: another(), store, clock, notices, pushes, messages, another }
}

export const PAYMENT: PaymentOrder = {
  amount: '120.50',
  currency: 'EUR',
  creditorName: 'Bäckerei Müller',
  creditorAccount: { scheme: 'iban', identification: 'DE89 3704 0044 0532 0130 00' },
  debtorAccount: { scheme: 'iban', identification: 'FR14 2004 1010 0505 0001 3M02 606' },
  remittance: ['Invoice 7'],
}
export function paymentOf(
  subject: string,
  changes: Partial<PaymentOrder> = {},
): TransactionRequest {
  const payments = [{ ...PAYMENT, ...changes }]
  return {
    subject,
    client: CLIENT,
    audience: AUDIENCE,
    consentId: 'consent-1',
    purpose: { kind: 'payment', payments },
  }
}

export interface Device {
  readonly id: string
  /** What the device signs when its customer decides. */
  readonly sign: (payload: Readonly<Record<string, JsonValue>>, header?: object) => string
}

/** The bank lets a customer enrol, and the customer does. */
export async function enrol(
  { sca }: Pick<Rig, 'sca'>,
  subject: string,
  kind: FactorKind,
  answer: (options: Readonly<Record<string, JsonValue>>) => JsonValue,
  given: Readonly<Record<string, JsonValue>> = {},
): Promise<string> {
  const code = await sca.enrolment.activation({
    subject,
    kind,
    channel: 'post',
    lifeMs: 86_400_000,
    // Whatever the customer has already.
    recovers: true,
  })
  const begun = await sca.enrolment.begin({
    subject,
    kind,
    channel: 'app',
    given,
    authorisation: { kind: 'activation', code, network: '192.0.2.1' },
  })
  assert.ok(begun.ok, JSON.stringify(begun))
  const { id, options } = begun.value
  const finished = await sca.enrolment.finish({ subject, id, value: answer(options) })
  assert.ok(finished.ok, JSON.stringify(finished))
  return finished.value.id
}

export const enrolPasscode = (rig: Pick<Rig, 'sca'>, subject: string): Promise<string> =>
  enrol(rig, subject, 'passcode', () => PASSCODE)

export function jws(key: KeyObject, header: object, payload: object): string {
  const segment = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${segment(header)}.${segment(payload)}`
  const ec = key.asymmetricKeyType === 'ec'
  const signature = ec
    ? sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
    : sign(null, Buffer.from(input), key)
  return `${input}.${signature.toString('base64url')}`
}

export async function enrolDevice(
  rig: Pick<Rig, 'sca'>,
  subject: string,
  algorithm: 'ES256' | 'EdDSA' = 'ES256',
): Promise<Device> {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519')
  const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>
  const id = await enrol(rig, subject, 'approval', ({ challenge = '' }) => ({
    jwk,
    label: 'Telephone',
    proof: jws(privateKey, { alg: algorithm, typ: ENROLMENT_TYPE }, { challenge }),
  }))
  return {
    id,
    sign: (payload, header = {}) =>
      jws(privateKey, { alg: algorithm, typ: APPROVAL_TYPE, kid: id, ...header }, payload),
  }
}

/** What the customer's device shows and signs. */
export async function approve(
  { sca }: Pick<Rig, 'sca'>,
  device: Device,
  id: string,
  more: Readonly<Record<string, JsonValue>> = {},
): Promise<string> {
  const shown = await sca.transactions.present(id)
  assert.ok(shown.ok, JSON.stringify(shown))
  const challenge = shown.value.questions.approval?.['challenge'] ?? ''
  return device.sign({ transaction: id, challenge, decision: 'approve', ...more })
}

export async function createTransaction(
  { sca }: Pick<Rig, 'sca'>,
  request: TransactionRequest,
): Promise<string> {
  const created = await sca.transactions.create(request)
  assert.ok(created.ok, JSON.stringify(created))
  return created.value.id
}

/** A transaction, authenticated with passcode and device, and its code. */
export async function codeFor(
  rig: Pick<Rig, 'sca'>,
  device: Device,
  request: TransactionRequest,
): Promise<{ id: string; code: string }> {
  const id = await createTransaction(rig, request)
  const verified = await rig.sca.transactions.verify({
    id,
    network: '192.0.2.1',
    answers: [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'approval', value: await approve(rig, device, id) },
    ],
  })
  assert.ok(verified.ok, JSON.stringify(verified))
  const issued = await rig.sca.transactions.issue(verified.value)
  assert.ok(issued.ok, JSON.stringify(issued))
  return { id, code: issued.value.code }
}
