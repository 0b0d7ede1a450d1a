/**
 * Passkeys in a page (WebAuthn Level 3): has the browser sign what the customer saw, or make a key, and says in the page's own words what went wrong.
 * It sends nothing itself: what was signed goes back with the form of the page, or to whoever called. Loaded, it looks after each
 * `<form data-passkey>`; without it such a form is what it was before. JavaScript as it stands is what browsers get, so that its digest is one everywhere.
 */

/**
 * Why there is no answer. `cancelled`: by the customer, or it took too long, which browsers do not tell apart; `stopped`: by the page.
 * `taken`: the device has a key of this customer's already; `elsewhere`: the page is not of the domain that the keys are for.
 * @typedef {'cancelled' | 'elsewhere' | 'failed' | 'over' | 'stopped' | 'taken' | 'unable' | 'unsupported'} Reason
 */
/** @typedef {{ readonly type: 'public-key', readonly id: string }} Descriptor */
/**
 * What `/sca/v1` gives as `questions.passkey` (PublicKeyCredentialRequestOptionsJSON).
 * @typedef {object} PasskeyQuestion
 * @property {string} challenge base64url
 * @property {string} rpId
 * @property {number} timeout milliseconds
 * @property {UserVerificationRequirement} userVerification
 * @property {readonly Descriptor[]} allowCredentials
 */
/**
 * What an enrolment that was begun gives (PublicKeyCredentialCreationOptionsJSON).
 * @typedef {object} NewPasskey
 * @property {string} challenge base64url
 * @property {{ readonly id: string, readonly name: string }} rp
 * @property {{ readonly id: string, readonly name: string, readonly displayName: string }} user `id` in base64url
 * @property {readonly { readonly type: 'public-key', readonly alg: number }[]} pubKeyCredParams
 * @property {number} timeout milliseconds
 * @property {readonly Descriptor[]} excludeCredentials
 * @property {AuthenticatorSelectionCriteria} authenticatorSelection
 * @property {AttestationConveyancePreference} attestation
 */
/**
 * The answer, as JSON takes it (WebAuthn §5.1.8): the `value` of `{ kind: 'passkey', value }`.
 * @typedef {object} PasskeyAnswer
 * @property {string} id
 * @property {string} rawId
 * @property {string} type
 * @property {string | null} authenticatorAttachment
 * @property {Readonly<Record<string, string | readonly string[]>>} response each member in base64url
 * @property {object} clientExtensionResults
 */

/** Seconds before the end at which it is said aloud; in between it can be read. */
const ANNOUNCED = [60, 30, 10]

export class PasskeyFailure extends Error {
  /** @param {Reason} reason */
  constructor(reason) {
    super(reason)
    this.name = 'PasskeyFailure'
    /** @readonly */
    this.reason = reason
  }
}

/** Whether this browser can be asked at all. */
export function passkeysWork() {
  return typeof globalThis.PublicKeyCredential === 'function' && globalThis.isSecureContext
}

/**
 * Has the customer's device sign the challenge.
 * @param {PasskeyQuestion} question
 * @param {{ readonly signal?: AbortSignal | undefined }} [how]
 * @returns {Promise<PasskeyAnswer>}
 * @throws {PasskeyFailure}
 */
export async function usePasskey(question, { signal } = {}) {
  const { allowCredentials, challenge, ...rest } = question
  const publicKey = {
    ...rest,
    challenge: bytesOf(challenge),
    allowCredentials: allowCredentials.map(descriptor),
  }
  const { response, ...answer } = await ceremony(() =>
    navigator.credentials.get({ publicKey, ...(signal ? { signal } : {}) }),
  )
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new PasskeyFailure('failed')
  const { clientDataJSON, authenticatorData, signature, userHandle } = response
  return {
    ...answer,
    response: {
      clientDataJSON: textOf(clientDataJSON),
      authenticatorData: textOf(authenticatorData),
      signature: textOf(signature),
      ...(userHandle === null ? {} : { userHandle: textOf(userHandle) }),
    },
  }
}

/**
 * Has the customer's device make a key.
 * @param {NewPasskey} asked
 * @param {{ readonly signal?: AbortSignal | undefined }} [how]
 * @returns {Promise<PasskeyAnswer>}
 * @throws {PasskeyFailure}
 */
export async function createPasskey(asked, { signal } = {}) {
  const { challenge, user, excludeCredentials, pubKeyCredParams, ...rest } = asked
  const publicKey = {
    ...rest,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: excludeCredentials.map(descriptor),
    pubKeyCredParams: [...pubKeyCredParams],
  }
  const { response, ...answer } = await ceremony(() =>
    navigator.credentials.create({ publicKey, ...(signal ? { signal } : {}) }),
  )
  if (!(response instanceof AuthenticatorAttestationResponse)) throw new PasskeyFailure('failed')
  return {
    ...answer,
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject),
      transports: response.getTransports(),
    },
  }
}

/** @param {() => Promise<Credential | null>} ask */
async function ceremony(ask) {
  if (!passkeysWork()) throw new PasskeyFailure('unsupported')
  const found = await ask().catch((/** @type {unknown} */ error) => {
    throw new PasskeyFailure(reasonOf(error))
  })
  if (!(found instanceof PublicKeyCredential)) throw new PasskeyFailure('failed')
  const { id, rawId, type, response, authenticatorAttachment } = found
  const clientExtensionResults = found.getClientExtensionResults()
  const names = { id, rawId: textOf(rawId), type, authenticatorAttachment, clientExtensionResults }
  return { ...names, response }
}

/** By what WebAuthn §5.1.3 and §5.1.4 throw; who stops it may say why. @param {unknown} error @returns {Reason} */
function reasonOf(error) {
  if (error instanceof PasskeyFailure) return error.reason
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
      return 'cancelled'
    case 'AbortError':
      return 'stopped'
    case 'InvalidStateError':
      return 'taken'
    case 'SecurityError':
      return 'elsewhere'
    case 'ConstraintError':
    case 'NotSupportedError':
      return 'unable'
    default:
      return 'failed'
  }
}

/** @param {Descriptor} of */
function descriptor({ type, id }) {
  return { type, id: bytesOf(id) }
}
/** @param {string} text base64url */
function bytesOf(text) {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}
/** @param {ArrayBuffer} buffer */
function textOf(buffer) {
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/**
 * Looks after every form below that is marked, once each; the marks are in docs/design/sca.md.
 * @param {ParentNode} root
 */
export function lookAfterForms(root) {
  for (const form of root.querySelectorAll('form[data-passkey]'))
    if (form instanceof HTMLFormElement && form.dataset['looked'] === undefined) lookAfter(form)
}

/** @param {HTMLFormElement} form */
function lookAfter(form) {
  form.dataset['looked'] = ''
  /** @param {string} name @returns {HTMLElement | undefined} */
  const part = (name) => form.querySelector(`[data-part="${name}"]`) ?? undefined
  const [offer, words, left, again] = ['offer', 'words', 'left', 'again'].map(part)
  const button = offer?.querySelector('button')
  const typed = form.querySelector('fieldset[data-part="typed"]')
  const ends = form.dataset['seconds']
  let stop = new AbortController()
  let busy = false
  let over = false

  /** The words are the page's; without any nothing is said. @param {string} what */
  const say = (what, number = '') => {
    const text = form.getAttribute(`data-say-${what}`)?.replace('{0}', number)
    if (words !== undefined && text !== undefined) words.textContent = text
  }
  /** What can be typed is neither asked for nor sent where a passkey answers. @param {boolean} off */
  const setAside = (off) => {
    if (typed instanceof HTMLFieldSetElement) typed.disabled = off
  }

  async function answer() {
    const field = form.elements.namedItem('passkey')
    if (busy || over || !(field instanceof HTMLInputElement)) return
    setAside(true)
    // The rest of the form is asked for before the device is.
    if (!form.reportValidity()) return setAside(false)
    busy = true
    stop = new AbortController()
    say('waiting')
    try {
      const asked = JSON.parse(form.dataset['passkey'] ?? '')
      const how = { signal: stop.signal }
      const given = await ('rp' in asked ? createPasskey(asked, how) : usePasskey(asked, how))
      field.value = JSON.stringify(given)
      form.requestSubmit()
    } catch (error) {
      busy = false
      setAside(over)
      say(reasonOf(error))
    }
  }

  function end() {
    over = true
    stop.abort(new PasskeyFailure('over'))
    setAside(true)
    if (button) button.disabled = true
    say('over')
    if (again === undefined) return
    again.hidden = false
    // Where the focus was may be gone with what it was on.
    if (form.contains(document.activeElement) || document.activeElement === document.body)
      again.focus()
  }

  if (offer !== undefined && button) {
    if (passkeysWork()) offer.hidden = false
    else say('unsupported')
    button.addEventListener('click', () => void answer())
  }
  form.addEventListener('submit', (event) => {
    const field = form.elements.namedItem('passkey')
    // Enter, in a field of a form that has no other answer: as if the button had been pressed.
    if (typed !== null || !(field instanceof HTMLInputElement) || field.value !== '') return
    event.preventDefault()
    void answer()
  })
  // Another form is sent, such as the one that refuses, or the page is left: nobody waits for the device any more.
  const leave = () => stop.abort(new PasskeyFailure('stopped'))
  document.addEventListener('submit', (event) => event.target === form || leave())
  addEventListener('pagehide', leave)
  if (ends !== undefined) countDown(Number(ends), left, { say, end })
}

/**
 * @param {number} seconds
 * @param {HTMLElement | undefined} left
 * @param {{ say(what: string, number: string): void, end(): void }} tell
 */
function countDown(seconds, left, { say, end }) {
  // By the clock, and not by counting: a page that sleeps wakes up late.
  const until = Date.now() + seconds * 1000
  let before = seconds + 1
  const look = () => {
    const now = Math.max(0, Math.ceil((until - Date.now()) / 1000))
    const shown = left?.querySelector('[data-part="clock"]')
    if (shown) shown.textContent = `${Math.floor(now / 60)}:${String(now % 60).padStart(2, '0')}`
    const due = ANNOUNCED.find((at) => now <= at && at < before)
    before = now
    if (now > 0) {
      if (due !== undefined) say('left', String(now))
      return
    }
    clearInterval(timer)
    end()
  }
  const timer = setInterval(look, 1000)
  if (left !== undefined) left.hidden = false
  look()
}

if (globalThis.document !== undefined) lookAfterForms(document)
