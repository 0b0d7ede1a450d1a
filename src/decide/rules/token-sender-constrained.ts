/** Control `token-sender-constrained`: who presents a token proves to be the one it was issued to (RFC 8705 §3, RFC 9449 §7). */
import { believedToken } from '../believed-token.ts'
import { NOT_BOUND, otherCertificate } from '../certificate-binding.ts'
import { needlessProof, otherProof } from '../key-binding.ts'
import type { RuleKind } from '../rule.ts'

export const rule: RuleKind<'token.senderConstrained'> = {
  name: 'token.senderConstrained',
  prepare({ params }, { api }) {
    const byCertificate = params.methods.includes('mtls')
    const byKey = params.methods.includes('dpop')
    const origins = api.publicOrigins ?? []
    return {
      needs: ['token'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const { confirmation } = token
        if (confirmation === undefined) return needlessProof(facts) ?? NOT_BOUND
        const { certificate, key } = confirmation
        if (!(byCertificate && certificate !== undefined) && !(byKey && key !== undefined))
          return {
            code: 'GH_GATEWAY_TOKEN_BINDING',
            detail: 'the token is bound in a way that this API does not take',
          }
        // Bound in two ways: both must hold.
        return (
          (certificate === undefined ? undefined : otherCertificate(facts, certificate)) ??
          (key === undefined ? needlessProof(facts) : otherProof(facts, key, params, origins))
        )
      },
    }
  },
}
