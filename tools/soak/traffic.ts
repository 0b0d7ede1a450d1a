/** What third parties ask while the gateway is soaked, and what must come of each: reads, payments, and what must be refused. */
import { createPrivateKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { initiation, once, order, PAYMENTS, proposal } from '../../examples/third-party/payment.ts'
import { type ProofKey, proofKey, type Signer, signer } from '../../examples/third-party/proofs.ts'
import { digestOfHeld } from '../../src/proof/index.ts'
import { type JsonObject, readAuthorizationDetails } from '../../src/lib/index.ts'
import {
  PAYER,
  paymentConsent,
  PUBLIC_ORIGIN,
  READER,
  SIGNING_KEY_ID,
  type SoakedBank,
  SUBJECT,
} from './bank.ts'
import { type Asked, type Came, patiently, type ThirdParty } from './third-party.ts'
import { thumbprintOf } from './thumbprint.ts'

const ACCOUNTS = '/open-banking/v4.0/aisp'
const AMOUNT = '12.50'
const TOO_MUCH = '9500.00'
const EXCEEDED = '403 GH_GATEWAY_PAYMENT_AMOUNT'
/** Payments that customers authenticated and nobody ordered yet: more than are ordered while the feed is read. */
const STOCK = 64
/** What was ordered stays in the feed until so many more were. */
const KEPT_SPENT = 64
/** A token is asked for anew so often: as many as a client would. */
const TOKEN_MS = 20_000
/** Far more than what is written into the feed needs to count. */
const FEED_MS = 10_000

export interface Kind {
  readonly name: string
  /** Of a hundred requests. */
  readonly share: number
  readonly expected: readonly string[]
  ask(): Promise<Came>
}

/** The kinds of requests, once payments have been proposed and are in the feed. */
export async function traffic(bank: SoakedBank, party: ThirdParty): Promise<readonly Kind[]> {
  const { home, payments, pem } = bank
  const key: ProofKey = proofKey(Date.now)
  const qseal: Signer = signer(
    createPrivateKey(readFileSync(pem('qseal-key'))),
    SIGNING_KEY_ID,
    PAYER,
    Date.now,
  )
  const bound = (name: string): object => ({ cnf: { 'x5t#S256': thumbprintOf(pem(name)) } })
  const reader = {
    client_id: READER,
    sub: SUBJECT,
    consent_id: 'consent-reader',
    scope: 'accounts',
  }
  const payer = { client_id: PAYER, scope: 'payments', ...bound('qwac-pis') }
  const token = kept((claims: object) => home.token({ jti: randomUUID(), ...claims }))
  let nonce: string | undefined
  let turn = 0

  const read = async (path: string, of: string, more: Partial<Asked> = {}): Promise<Came> =>
    party.ask({
      path: ACCOUNTS + path,
      certificate: 'qwac-ais',
      ...more,
      headers: { ...PRESENT, authorization: `Bearer ${of}`, ...more.headers },
    })
  const mine = (): string => token('reader', { ...reader, ...bound('qwac-ais') })
  const keyed = (): string => token('keyed', { ...reader, cnf: { jkt: key.thumbprint } })
  const proved = async (path: string, of: string, proof: string): Promise<Came> => {
    const came = await read(path, '', { headers: { authorization: `DPoP ${of}`, dpop: proof } })
    nonce = came.nonce ?? nonce
    return came
  }
  const proof = (path: string, of: string): string =>
    key.proof('GET', `${PUBLIC_ORIGIN}${ACCOUNTS}${path}`, of, nonce)
  const withProof = async (path: string): Promise<Came> => {
    const of = keyed()
    const came = await proved(path, of, proof(path, of))
    // A gateway that has just started asks for a nonce (RFC 9449 §9), and nonces age.
    return came.word.endsWith('GH_GATEWAY_PROOF_NONCE') ? proved(path, of, proof(path, of)) : came
  }

  const send = (path: string, body: string, of: string, headers: Asked['headers']): Promise<Came> =>
    party.ask({
      path: PAYMENTS + path,
      method: 'POST',
      certificate: 'qwac-pis',
      body,
      headers: { authorization: `Bearer ${of}`, 'content-type': 'application/json', ...headers },
    })
  const propose = async (): Promise<string> => {
    const came = await send('/domestic-payment-consents', PROPOSAL, token('payer', payer), {
      ...once(qseal, PROPOSAL),
    })
    const id = /"ConsentId":"([^"]+)"/.exec(came.body)?.[1]
    if (id === undefined) throw new Error(`a payment could not be proposed: ${came.word}`)
    return id
  }
  const pay = (
    id: string,
    idempotency: string,
    what: object = initiation(AMOUNT),
  ): Promise<Came> => {
    const body = order(id, what)
    const { authorizationDetails } = paymentConsent(payments, id) as {
      readonly authorizationDetails: readonly JsonObject[]
    } // sound: made so beside this
    const digest = digestOfHeld(readAuthorizationDetails(authorizationDetails))
    const of = token(id, {
      ...payer,
      sub: SUBJECT,
      consent_id: id,
      authorization_details: authorizationDetails,
      sca: { outcome: 'authenticated', decision: id, digest },
    })
    return send('/domestic-payments', body, of, { ...once(qseal, body, idempotency) })
  }
  /** Proposed, authenticated and in the feed. */
  const agree = async (): Promise<string> => {
    const id = await patiently(propose)
    home.write(`feed/consents/${id}.json`, paymentConsent(payments, id))
    // Asked for more than was authenticated: who is told so is known, and nothing is used.
    for (const until = Date.now() + FEED_MS; ;) {
      const { word } = await patiently(() => pay(id, randomUUID(), initiation(TOO_MUCH)))
      if (word === EXCEEDED) return id
      if (word === 'no answer' || Date.now() > until) throw new Error(`${id} did not come: ${word}`)
      await wait(200)
    }
  }
  const idle = await agree()
  const spent: string[] = []
  const stock = Array.from({ length: STOCK }, agree)
  /** A payment is ordered once: whoever takes one has another made. */
  const agreed = async (): Promise<string> => {
    const id = await (stock.shift() ?? agree())
    const next = agree()
    // What fails here fails where it is taken.
    next.catch(() => undefined)
    stock.push(next)
    spent.push(id)
    if (spent.length > KEPT_SPENT) home.remove(`feed/consents/${spent.shift()}.json`)
    return id
  }
  await Promise.all(stock)
  const paths = [
    '/accounts',
    '/balances',
    '/accounts/22289/transactions',
    '/accounts/22426/balances',
  ]
  const path = (): string => paths[turn++ % paths.length] ?? ''

  return [
    {
      name: 'read, token of the certificate',
      share: 30,
      expected: OK,
      ask: () => read(path(), mine()),
    },
    {
      name: 'read, new connection',
      share: 3,
      expected: OK,
      ask: () => read(path(), mine(), { cold: true }),
    },
    { name: 'read, DPoP', share: 22, expected: OK, ask: () => withProof(path()) },
    {
      name: 'read, proof sent twice',
      share: 3,
      expected: ['401 GH_GATEWAY_PROOF_REPLAYED'],
      async ask() {
        const [where, of] = [path(), keyed()]
        const twice = proof(where, of)
        await proved(where, of, twice)
        return proved(where, of, twice)
      },
    },
    {
      name: 'read, nobody there',
      share: 3,
      expected: ['200', '429 GH_GATEWAY_UNATTENDED_EXCEEDED'],
      ask: () => read('/balances', mine(), { headers: { 'x-fapi-customer-ip-address': '' } }),
    },
    {
      name: 'read, account of others',
      share: 4,
      expected: ['403 GH_GATEWAY_OBJECT_FORBIDDEN'],
      ask: () => read('/accounts/22563/balances', mine()),
    },
    {
      name: 'read, expired',
      share: 3,
      expected: ['401 GH_GATEWAY_TOKEN_EXPIRED'],
      ask: () => read('/accounts', home.token({ ...reader, ...bound('qwac-ais'), exp: 1 })),
    },
    {
      name: 'read, of another certificate',
      share: 3,
      expected: ['401 GH_GATEWAY_TOKEN_BINDING'],
      ask: () => read('/accounts', mine(), { certificate: 'qwac' }),
    },
    {
      name: 'unknown path',
      share: 3,
      expected: ['404 GH_GATEWAY_ROUTE_UNKNOWN'],
      ask: () => read('/nothing', mine()),
    },
    {
      name: 'revoked certificate',
      share: 1,
      expected: ['no answer'],
      ask: () => read('/accounts', mine(), { certificate: 'qwac-revoked', cold: true }),
    },
    {
      name: 'payment proposed',
      share: 3,
      expected: ['201'],
      ask: () =>
        send('/domestic-payment-consents', PROPOSAL, token('payer', payer), {
          ...once(qseal, PROPOSAL),
        }),
    },
    {
      name: 'payment',
      share: 12,
      expected: ['201'],
      ask: async () => pay(await agreed(), randomUUID()),
    },
    {
      name: 'payment, once more under another key',
      share: 2,
      expected: ['403 GH_GATEWAY_PAYMENT_CONSENT_USED'],
      async ask() {
        const id = await agreed()
        await pay(id, randomUUID())
        return pay(id, randomUUID())
      },
    },
    {
      name: 'payment, the same twice at once',
      share: 4,
      expected: ['201'],
      async ask() {
        const [id, idempotency] = [await agreed(), randomUUID()]
        const [first, second] = await Promise.all([pay(id, idempotency), pay(id, idempotency)])
        return first.body === second.body ? first : { ...first, word: `${first.word} and another` }
      },
    },
    {
      name: 'payment, another under the same key',
      share: 2,
      expected: ['422 GH_GATEWAY_IDEMPOTENCY_KEY_REUSED'],
      async ask() {
        const [id, idempotency] = [await agreed(), randomUUID()]
        await pay(id, idempotency)
        return pay(id, idempotency, { ...initiation(AMOUNT), InstructionIdentification: 'OTHER' })
      },
    },
    {
      name: 'payment, more than was authenticated',
      share: 2,
      expected: [EXCEEDED],
      ask: () => pay(idle, randomUUID(), initiation(TOO_MUCH)),
    },
  ]
}

const OK: readonly string[] = ['200']
const PRESENT = { 'x-fapi-customer-ip-address': '203.0.113.7' }
const PROPOSAL = proposal(initiation(AMOUNT))

/** A token by its name, made anew when it is `TOKEN_MS` old. */
function kept(make: (claims: object) => string): (name: string, claims: object) => string {
  const all = new Map<string, { readonly token: string; readonly until: number }>()
  return (name, claims) => {
    const now = Date.now()
    const found = all.get(name)
    if (found !== undefined && now < found.until) return found.token
    const token = make(claims)
    all.set(name, { token, until: now + TOKEN_MS })
    return token
  }
}
