/** Of a call of the bank API that was not made: what was found there, for the bank's own people. */
import type { AccessEvent, UpstreamFault } from '../events/index.ts'

const FAULTS: Readonly<Record<UpstreamFault, string>> = {
  'address-refused': 'its name leads where no call may go',
  'certificate-expired': 'its certificate has EXPIRED: renew it',
  'certificate-not-yet-valid':
    'its certificate is NOT VALID YET: look at its first day, and at the clock of the gateway',
  'certificate-name':
    'its certificate does NOT NAME it: compare its subjectAltNames with the host of "upstream", or with serverName and uri of "upstreamTls"',
  'certificate-revoked': 'its certificate is REVOKED',
  'certificate-untrusted':
    'nobody whom the gateway believes vouches for its certificate: compare who issued it with the anchors of "upstreamTls"',
  'ours-refused':
    'it REFUSED the gateway: look at certificate and minVersion of "upstreamTls", and at what the bank asks for',
}

/** Name and value, where there is something to say. */
export function upstreamLine({ upstream }: AccessEvent): readonly [string, string] | undefined {
  if (upstream === undefined) return undefined
  const { address, fault, resolved } = upstream
  const leads = resolved === undefined ? '' : ` (${resolved})`
  return ['the bank was not called', `${address}${leads}: ${FAULTS[fault] ?? fault}`]
}
