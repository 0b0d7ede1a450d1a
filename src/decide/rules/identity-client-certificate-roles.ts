/**
 * Control `client-regulated-role`: the PSD2 roles of the certificate cover what the API is for (RTS Art. 34(3), ETSI TS 119 495), its
 * organisation is the one that the client of the token belongs to, and the register has not withdrawn the role since it was issued.
 */
import { believedToken } from '../believed-token.ts'
import type { ClientFact, Facts, TrustedCertificate } from '../facts.ts'
import { feedLimitMs, feedStale } from '../feed-age.ts'
import type { Failure, RuleKind } from '../rule.ts'

export const rule: RuleKind<'identity.clientCertificate.roles'> = {
  name: 'identity.clientCertificate.roles',
  prepare({ params: { roles, registered } }, context) {
    const limitMs = feedLimitMs(context)
    return {
      needs: registered ? ['token', 'client'] : [],
      judge(facts) {
        const certificate = facts.transport?.certificate
        if (certificate?.kind !== 'trusted')
          return fail('GH_GATEWAY_CERTIFICATE_ROLE', 'no client certificate that is trusted came')
        const missing = roles.find((role) => !certificate.roles.has(role))
        if (missing !== undefined)
          return fail('GH_GATEWAY_CERTIFICATE_ROLE', `the certificate does not hold ${missing}`)
        if (!registered) return undefined
        return feedStale(facts, limitMs) ?? judgeRegistered(facts, certificate, roles)
      },
    }
  },
}

function judgeRegistered(
  facts: Facts,
  certificate: TrustedCertificate,
  roles: readonly string[],
): Failure | undefined {
  const token = believedToken(facts)
  if ('detail' in token) return token
  const { client } = facts
  if (client?.kind !== 'known' || client.id !== token.clientId)
    return fail('GH_GATEWAY_CLIENT_UNKNOWN', 'client is not in the feed')
  if (client.organization === undefined || client.organization === '')
    return fail('GH_GATEWAY_CERTIFICATE_CLIENT', 'the feed names no organisation of the client')
  if (client.organization !== certificate.organization)
    return fail('GH_GATEWAY_CERTIFICATE_CLIENT', 'organizationIdentifier is not that of the client')
  return judgeRegister(client, roles)
}

/** States in which a register lets its entries act: an authorised institution, a registered account information service (PSD2 Art. 33). */
const LIVE: readonly string[] = ['authorised', 'registered']

function judgeRegister(
  { register }: Extract<ClientFact, { readonly kind: 'known' }>,
  roles: readonly string[],
): Failure | undefined {
  if (register?.status !== undefined && !LIVE.includes(register.status))
    return fail('GH_GATEWAY_REGISTER_STATUS', 'the register says that it is not authorised now')
  const missing = roles.find((role) => register?.roles?.has(role) === false)
  return missing === undefined
    ? undefined
    : fail('GH_GATEWAY_REGISTER_STATUS', `the register does not list ${missing}`)
}

function fail(code: Failure['code'], detail: string): Failure {
  return { code, detail }
}
