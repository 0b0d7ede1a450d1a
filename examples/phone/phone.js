/**
 * A page that plays the bank's app on a customer's phone. Its key (ES256) is made here and never leaves the browser; it signs what it showed and the
 * number that the customer copied from the other screen. What is signed is in docs/design/sca.md.
 */
const at = (id) => document.getElementById(id)
const say = (words) => (at('words').textContent = words)

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return answer.ok ? answer.json() : undefined
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const segment = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)))

/** A compact JWS. */
async function sign({ privateKey }, header, payload) {
  const input = `${segment({ alg: 'ES256', ...header })}.${segment(payload)}`
  const how = { name: 'ECDSA', hash: 'SHA-256' }
  const made = await crypto.subtle.sign(how, privateKey, new TextEncoder().encode(input))
  return `${input}.${base64url(made)}`
}

/** The key cannot be exported; a real app keeps it in the phone's own key store, behind its lock. */
let phone
let question

async function enrol() {
  const { challenge } = await call('POST', '/enrolment')
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  const keys = await crypto.subtle.generateKey(curve, false, ['sign', 'verify'])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const proof = await sign(keys, { typ: 'gatehouse-device+jws' }, { challenge })
  const made = await call('PUT', '/enrolment', {
    jwk: { kty, crv, x, y },
    label: 'Phone of the example',
    proof,
  })
  if (made === undefined) return say('This phone could not be set up.')
  phone = { ...keys, id: made.id }
  say('This phone is set up.')
}

async function look() {
  question = await call('GET', '/question')
  at('question').hidden = question === undefined
  if (question === undefined) return say('Nothing waits for you.')
  say('')
  at('number').value = ''
  // Text, never markup: it is somebody else's.
  const rows = question.shown.payments.flatMap(({ amount, currency, payeeName, payeeAccount }) => [
    ['Amount', `${amount} ${currency}`],
    ['Payee', payeeName ?? ''],
    ['Account', payeeAccount ?? ''],
  ])
  at('shown').replaceChildren(
    ...rows.flatMap(([name, value]) => {
      const [term, text] = [document.createElement('dt'), document.createElement('dd')]
      term.textContent = name
      text.textContent = value
      return [term, text]
    }),
  )
}

async function answer(decision) {
  const { id, challenge } = question
  const number = decision === 'approve' ? { number: at('number').value.trim() } : {}
  const header = { typ: 'gatehouse-approval+jws', kid: phone.id }
  const signed = await sign(phone, header, { transaction: id, challenge, decision, ...number })
  const said = await call('POST', '/answer', { id, signed })
  at('question').hidden = true
  if (said === undefined) return say('It was not approved: it is over, or the number was wrong.')
  say(said.decision === 'approve' ? 'You approved.' : 'You refused.')
}

at('enrol').addEventListener('click', () => void enrol())
at('look').addEventListener('click', () => void look())
at('refuse').addEventListener('click', () => void answer('refuse'))
at('question').addEventListener('submit', (event) => {
  event.preventDefault()
  void answer('approve')
})
