/**
 * One payment by hand, while `npm start` runs: `npm run -s pay AMOUNT [AMOUNT]`. The customer authenticates the first amount; the
 * second, or the same, is what is ordered then. Prints each answer.
 */
import { join } from 'node:path'
import { type Call, type CallResult, send } from './calls.ts'
import { initiation, once, order, PAYMENTS, proposal } from './payment.ts'
import { signer } from './proofs.ts'

const ISSUER = 'http://127.0.0.1:9081/DEVELOPMENT-ONLY'
const WAIT_MS = 5_000

const [amount = '12.50', ordered = amount] = process.argv.slice(2)
const certs = join(import.meta.dirname, '..', 'bank', 'certs')
const origins = {
  plain: 'http://127.0.0.1:8080',
  tls: 'https://127.0.0.1:8443',
  bank: 'http://127.0.0.1:9080',
  named: 'https://127.0.0.1:8443',
  authority: join(certs, 'ca.pem'),
}
const tls = { certificate: join(certs, 'qwac-pis.pem'), key: join(certs, 'qwac-pis-key.pem') }
const qseal = signer(join(certs, 'qseal-key.pem'), 'budget-buddy-qseal', 'budget-buddy', () =>
  Date.now(),
)

/** Asks for a token that is bound to the certificate. */
async function token(query: string): Promise<string> {
  return (await fetch(`${ISSUER}/token?certificate=qwac-pis&${query}`)).text()
}

async function post(title: string, path: string, body: string, of: string): Promise<CallResult> {
  const headers = { ...once(qseal, body) }
  const call: Call = { title, path: PAYMENTS + path, method: 'POST', token: of, body, headers, tls }
  for (const end = performance.now() + WAIT_MS; ;) {
    const result = await send(origins, call)
    // The customer's yes counts within a second.
    if (result.code === 'GH_GATEWAY_CONSENT_MISSING' && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      continue
    }
    process.stdout.write(`${title}: ${result.status} ${JSON.stringify(result.body)}\n`)
    return result
  }
}

const own = await token('client=budget-buddy-pay&scope=payments')
const proposed = await post(
  'proposed',
  '/domestic-payment-consents',
  proposal(initiation(amount)),
  own,
)
// Sound: members are read as optional.
const { Data } = (proposed.body ?? {}) as { readonly Data?: { readonly ConsentId?: string } }
const consent = Data?.ConsentId
if (consent === undefined) process.exitCode = 1
else {
  const yes = await token(`subject=cust-amira&payment=${consent}`)
  const { status } = await post(
    'ordered',
    '/domestic-payments',
    order(consent, initiation(ordered)),
    yes,
  )
  if (status !== 201) process.exitCode = 1
}
