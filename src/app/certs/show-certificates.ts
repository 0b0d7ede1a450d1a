/** `gatehouse certs show`: what is in a file of certificates, as the gateway reads it. */
import { readFileSync } from 'node:fs'
import { GatehouseError } from '../../lib/index.ts'
import { type Certificate, MAX_PEM_CHARS, readCertificate, readPem } from '../../proof/index.ts'

export interface ShownCertificate {
  readonly subject: string
  readonly issuer: string
  /** Lower-case hex. */
  readonly serial: string
  /** RFC 3339. */
  readonly notBefore: string
  readonly notAfter: string
  /** RFC 8705: as in `cnf` of a token and in revocations of the feed. */
  readonly thumbprint: string
  readonly organizationIdentifier: string | null
  readonly qcCompliant: boolean
  /** `web`: QWAC; `eseal`: QSEAL. */
  readonly qcTypes: readonly string[]
  readonly psd2: {
    readonly roles: readonly string[]
    readonly authority: string
    readonly authorityId: string
  } | null
  readonly dns: readonly string[]
  readonly ocsp: readonly string[]
  readonly crl: readonly string[]
  readonly ca: boolean
}

/** @throws GH_CLI_IO; GH_GATEWAY_CERTIFICATE_MALFORMED, with what is wrong with which of them */
export function showCertificates(file: string): readonly ShownCertificate[] {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new GatehouseError('GH_CLI_IO', file, { cause })
  }
  if (bytes.length > MAX_PEM_CHARS) throw malformed(file, `more than ${MAX_PEM_CHARS} bytes`)
  // PEM begins with a dash somewhere, DER of a certificate with a SEQUENCE.
  const blocks = bytes[0] === 0x30 ? [bytes] : readPem('CERTIFICATE', bytes.toString('latin1'))
  if (blocks === undefined || blocks.length === 0) throw malformed(file, 'no certificate is in it')
  return blocks.map((der, at) => {
    const read = readCertificate(der)
    if (!read.ok) throw malformed(file, `certificate ${at + 1}: ${read.fault}`)
    return shown(read.certificate)
  })
}

function malformed(file: string, fault: string): GatehouseError {
  return new GatehouseError('GH_GATEWAY_CERTIFICATE_MALFORMED', `${file}: ${fault}`)
}

function shown(one: Certificate): ShownCertificate {
  const { qualified } = one
  const psd2 = qualified?.psd2
  return {
    subject: one.subject.text,
    issuer: one.issuer.text,
    serial: one.serial,
    notBefore: new Date(one.notBefore).toISOString(),
    notAfter: new Date(one.notAfter).toISOString(),
    thumbprint: one.thumbprint,
    organizationIdentifier: one.organizationIdentifier ?? null,
    qcCompliant: qualified?.compliant ?? false,
    qcTypes: qualified?.types ?? [],
    psd2:
      psd2 === undefined
        ? null
        : { roles: psd2.roles, authority: psd2.authorityName, authorityId: psd2.authorityId },
    dns: one.subjectAltNames.dns,
    ocsp: one.ocsp,
    crl: one.crlDistributionPoints,
    ca: one.ca,
  }
}
