/** Control `token-sender-constrained`: who presents a token proves to be the one it was issued to (RFC 8705 §3). */
import { believedToken } from '../believed-token.ts'
import type { RuleKind } from '../rule.ts'
import { NOT_BOUND, otherCertificate } from '../certificate-binding.ts'

export const rule: RuleKind<'token.senderConstrained'> = {
  name: 'token.senderConstrained',
  prepare({ params }) {
    const byCertificate = params.methods.includes('mtls')
    return {
      needs: ['token'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        const { confirmation } = token
        if (confirmation === undefined) return NOT_BOUND
        if (confirmation.certificate === undefined || !byCertificate)
          return {
            code: 'GH_GATEWAY_TOKEN_BINDING',
            detail: 'the token is bound in a way that this API does not take',
          }
        return otherCertificate(facts, confirmation.certificate)
      },
    }
  },
}
