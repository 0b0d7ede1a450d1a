/** The reference rates of strong customer authentication: whether they can be read, and of which day they are. */
import { formatDiagnostic } from '../../lib/index.ts'
import { ageProblem, readRatesFile } from '../sca/watched-rates.ts'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'

const NAME = 'exchange rates'

export async function exchangeRates({ assembly, now }: DoctorParts): Promise<Diagnosis> {
  const rates = assembly.config.sca?.rates ?? null
  if (rates === null) return healthy(NAME, 'the configuration names no file of them')
  const found = await readRatesFile(rates.file, now())
  if (!found.ok)
    return ailing(
      NAME,
      'fail',
      found.error.map(formatDiagnostic).join('; '),
      'Mend the file: payments in other currencies are exempt from nothing for their amount, and in no sum, once the rates of before are too old.',
    )
  const old = ageProblem(found.value, rates.file, now())
  return old === undefined
    ? healthy(
        NAME,
        `${found.value.days} days, the newest ${new Date(found.value.newest).toISOString().slice(0, 10)}`,
      )
    : ailing(NAME, 'fail', old, 'See to it that the file is fetched on each working day.')
}
