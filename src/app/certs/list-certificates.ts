/** `gatehouse certs list`: every certificate that a configuration names, and how long it still counts. */
import {
  certificateRegister,
  daysLeft,
  type Registered,
  type RegisteredCertificate,
} from '../transport/certificate-register.ts'

export interface ListedCertificate extends Omit<RegisteredCertificate, 'notAfter'> {
  /** RFC 3339. */
  readonly notAfter: string
  /** Whole days; negative: it has ended. */
  readonly daysLeft: number
}

/** The one that ends first comes first. */
export async function listCertificates(
  config: Registered,
  now: number,
): Promise<readonly ListedCertificate[]> {
  const register = certificateRegister(config)
  await register.check()
  return register.entries.map((one) => ({
    ...one,
    notAfter: new Date(one.notAfter).toISOString(),
    daysLeft: daysLeft(one, now),
  }))
}
