/** Who registers, by the certificate of the connection (eIDAS, ETSI TS 119 495): nothing that a request says can be more than that. */
import type { IncomingMessage } from 'node:http'
import { type Certificate, readCertificate } from '../../proof/index.ts'
import type { Presented } from '../certificates.ts'
import { RegistrationRefused } from './refused.ts'

export interface Caller {
  /** Number of the organisation at its authority; `undefined`: the certificate names none. */
  readonly organization: string | undefined
  /** The same for every certificate of one holder. */
  readonly identity: string
  /** PSD2 roles of its certificate; `undefined`: it says nothing of PSD2. */
  readonly roles: ReadonlySet<string> | undefined
  readonly certificate: Certificate
}

/** @throws RegistrationRefused invalid_client */
export function callerOf(presented: Presented, request: IncomingMessage): Caller {
  const refuse = (why: string): never => {
    throw new RegistrationRefused('invalid_client', why)
  }
  const shown = presented.of(request)
  if (shown === undefined) return refuse('registration needs a client certificate')
  if (!presented.trusted(request)) refuse('the client certificate is not trusted')
  const read = readCertificate(shown.raw)
  if (!read.ok) return refuse('the client certificate cannot be read')
  const { certificate } = read
  const { qualified: statements, organizationIdentifier: organization, subject } = certificate
  // EN 319 412-5: a seal is not for connections.
  if (statements !== undefined && statements.types.length > 0 && !statements.types.includes('web'))
    refuse('the client certificate is not for websites')
  if (statements?.psd2 !== undefined && organization === undefined)
    refuse('the client certificate names no organisation')
  return {
    organization,
    identity: organization ?? `subject:${subject.text}`,
    roles: statements?.psd2 === undefined ? undefined : new Set(statements.psd2.roles),
    certificate,
  }
}

/** A QSEAL of the same holder. */
export function isSealOf(seal: Certificate, { organization }: Caller): boolean {
  return (
    organization !== undefined &&
    seal.organizationIdentifier === organization &&
    seal.qualified?.types.includes('eseal') === true
  )
}
