/** An event of the authorization server, as one sentence and the facts around it. */
import type { Explanation } from '../api/index.ts'
import type { IdentityAction, IdentityEvent } from '../events/index.ts'

const ACTS: Readonly<Record<IdentityAction, string>> = {
  login: 'a customer logged in',
  'authorization-request': 'an authorization was asked for',
  'authorization-code': 'an authorization code was given',
  'decoupled-request': 'a customer was asked on their own device',
  token: 'a token was issued',
  'token-revoke': 'a token was revoked',
  introspection: 'somebody asked about a token',
  'consent-request': 'a consent resource was called',
  'consent-create': 'a consent was made',
  'consent-authorise': 'a customer authorised a consent',
  'consent-refuse': 'a customer refused a consent',
  'consent-withdraw': 'a customer withdrew a consent',
  'consent-cancel': 'the third party gave a consent up',
  'consent-terminate': 'the bank ended a consent',
  'consent-expire': 'a consent expired',
  'consent-consume': 'the payment of a consent was sent',
  'client-register': 'a third party registered',
  'client-change': 'a third party changed its registration',
  'client-remove': 'a third party removed its registration',
  'client-manage': 'a third party read its registration',
  'client-status': 'the register of organisations changed what a third party may do',
  'client-keys': 'other keys of a third party count',
  'element-code': 'the bank made a code with which a customer adds an element',
  'element-add': 'an element of a customer counts from now on',
  'element-remove': 'an element of a customer was removed',
  'register-change': 'what exemptions of a customer rest on was changed',
  'key-make': 'a signing key was made',
  'key-sign': 'another key signs from now on',
  'key-end': 'a signing key was taken away',
  'secret-seal': 'another secret seals from now on',
  'secret-end': 'nothing is sealed under a secret of before any more',
}

export function identitySentence({ action, outcome, client, error, why }: IdentityEvent): string {
  const who = client === null ? '' : ` (${client})`
  if (outcome === 'done') return `At the authorization server${who}: ${ACTS[action]}.`
  const word = error === null ? '' : `: ${error}`
  return `The authorization server${who} refused that ${ACTS[action]}${word}${why === null ? '' : `, ${why}`}.`
}

export function identityFacts(event: IdentityEvent): Explanation['facts'] {
  const {
    by,
    client,
    subject,
    consent,
    purpose,
    before,
    after,
    keys,
    caller,
    authentication = null,
  } = event
  const facts: readonly (readonly [string, string | null])[] = [
    ['by', by],
    ['client', client],
    ['authenticated by', authentication],
    ['certificate of', caller],
    ['customer', subject === null ? null : `${subject} (a keyed hash)`],
    ['consent', consent === null ? null : `${consent} (a keyed hash)`],
    ['purpose', purpose],
    ['before', before],
    ['after', after],
    ['keys', keys.length === 0 ? null : keys.join(', ')],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
}
