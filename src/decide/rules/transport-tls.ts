/** Control `tls-modern`: nothing of the API is said in the clear, nor over a version of TLS that is older than asked (BCP 195). */
import { NO_NEEDS, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'transport.tls'> = {
  name: 'transport.tls',
  prepare({ params }) {
    return {
      needs: NO_NEEDS,
      judge({ transport }) {
        const tls = transport?.tls
        if (tls === '1.3' || (tls === '1.2' && params.minVersion === '1.2')) return undefined
        const detail = tls === undefined ? 'the connection is not TLS' : `TLS ${tls} is too old`
        return { code: 'GH_GATEWAY_TLS_NEEDED', detail }
      },
    }
  },
}
