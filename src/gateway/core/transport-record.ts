/** Certificate, connection and register entry for the event. */
import type { ClientFact, TransportFact } from '../../decide/index.ts'
import type { FactsRecord, TransportRecord } from '../../events/index.ts'
import { recordedText, recordedTexts } from './recorded-text.ts'

const PLAIN: TransportRecord = { tls: null, certificate: null }

export type RecordTransport = (fact: TransportFact) => TransportRecord

/** A recorder that makes each record once: the fact lives as long as the connection. */
export function createTransportRecorder(): RecordTransport {
  const known = new WeakMap<TransportFact, TransportRecord>()
  return (fact) => {
    let record = known.get(fact)
    if (record === undefined) known.set(fact, (record = recordOf(fact)))
    return record
  }
}

function recordOf({ tls, certificate }: TransportFact): TransportRecord {
  if (certificate.kind === 'absent') return tls === undefined ? PLAIN : { tls, certificate: null }
  if (certificate.kind === 'untrusted') return { tls: tls ?? null, certificate: { ...certificate } }
  const { organization, roles, ...rest } = certificate
  return {
    tls: tls ?? null,
    certificate: {
      ...rest,
      ...(organization !== '' && { organization: recordedText(organization) }),
      roles: recordedTexts(roles),
    },
  }
}

type Known = Extract<ClientFact, { readonly kind: 'known' }>

export function recordRegister({
  organization,
  register,
}: Known): Pick<FactsRecord, 'clientOrganization' | 'clientRegister'> | undefined {
  if (organization === undefined && register === undefined) return undefined
  const { status, roles } = register ?? {}
  return {
    ...(organization !== undefined && { clientOrganization: recordedText(organization) }),
    ...(register !== undefined && {
      clientRegister: {
        ...(status !== undefined && { status }),
        ...(roles !== undefined && { roles: recordedTexts(roles) }),
      },
    }),
  }
}
