/** What a customer authenticated goes into the registers: on record before it counts; what then came out otherwise is corrected there. */
import { GatehouseError } from '../../lib/index.ts'
import type { RegisterChange, ScaRegisters } from '../../sca/index.ts'
import type { Evidence } from '../evidence.ts'

interface Who {
  readonly subject: string
  readonly client: string
}
export async function onRecord<T>(
  evidence: Pick<Evidence, 'write'>,
  of: Who & { readonly by: 'bank' | 'customer'; readonly purpose: string },
  change: () => Promise<T>,
): Promise<T> {
  const entry = { action: 'register-change', ...of } as const
  const id = await evidence.write({ ...entry, outcome: 'done' })
  try {
    return await change()
  } catch (error) {
    const code = error instanceof GatehouseError ? error.code : 'failed'
    await evidence.write({ ...entry, outcome: 'refused', error: code }, id)
    throw error
  }
}

/** `decision`: of exactly this change, for which he was authenticated. @throws GH_SCA_REGISTER_FULL, GH_SCA_REGISTER_UNAUTHENTICATED */
export async function enterChange(
  { registers, evidence }: { registers: ScaRegisters; evidence: Pick<Evidence, 'write'> },
  { subject, client }: Who,
  change: RegisterChange,
  decision: string,
): Promise<void> {
  await onRecord(evidence, { subject, client, by: 'customer', purpose: change.as }, async () => {
    const entered = await registers.enter(subject, change, { decision, client })
    if (entered === 'full') throw new GatehouseError('GH_SCA_REGISTER_FULL')
    if (entered === 'unauthenticated') throw new GatehouseError('GH_SCA_REGISTER_UNAUTHENTICATED')
  })
}
