/** When the certificates of the configuration end: ours, those of the authorities that we trust, those of proxies and issuers. */
import {
  certificateRegister,
  daysLeft,
  expiryText,
  LATE_DAYS,
  RENEW_BEFORE_DAYS,
} from '../transport/certificate-register.ts'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'

export async function certificates({ assembly, now }: DoctorParts): Promise<Diagnosis> {
  const register = certificateRegister(assembly.config)
  await register.check()
  const { entries } = register
  const [first] = entries
  const at = now()
  if (first === undefined) return healthy('certificates', 'the configuration names none')
  const due = entries.filter((one) => daysLeft(one, at) < RENEW_BEFORE_DAYS)
  if (due.length === 0)
    return healthy('certificates', `${entries.length}; the first: ${expiryText(first, at)}`)
  return ailing(
    'certificates',
    daysLeft(first, at) < LATE_DAYS ? 'fail' : 'warn',
    due.map((one) => expiryText(one, at)).join('; '),
    'Put the new file in the place of the old, whole: it counts within a second. gatehouse certs list shows all of them.',
  )
}
