/** `gatehouse doctor`: everything that commonly goes wrong with an installation, looked at; works with and without a running instance. */
import { type ErrorCode, errorEntry, GatehouseError } from '../../lib/index.ts'
import type { Assembly } from '../assemble.ts'
import { connect } from '../connect.ts'
import { backup } from './backup-check.ts'
import { certificates } from './certificate-check.ts'
import { clockSkew, feed, index, retention, spool } from './data-checks.ts'
import { ailing, type Diagnosis, type DoctorParts, type Examination } from './diagnosis.ts'
import { fileSystem, freeSpace, permissions, syncLatency } from './disk-checks.ts'
import { instance, plan, port, specifications } from './instance-checks.ts'
import { issuerKeys } from './key-checks.ts'
import { clock, memory, node, openFiles } from './machine-checks.ts'
import { exchangeRates } from './rates-check.ts'

const EXAMINATIONS: readonly (readonly [name: string, examine: Examination])[] = [
  ['node', node],
  ['memory', memory],
  ['open files', openFiles],
  ['clock', clock],
  ['data directory', permissions],
  ['file system', fileSystem],
  ['free space', freeSpace],
  ['disk sync', syncLatency],
  ['instance', instance],
  ['port', port],
  ['policy', plan],
  ['specifications', specifications],
  ['issuer keys', issuerKeys],
  ['certificates', certificates],
  ['exchange rates', exchangeRates],
  ['feed', feed],
  ['spool', spool],
  ['clock skew', clockSkew],
  ['event index', index],
  ['retention', retention],
  ['backup', backup],
]

export interface DoctorReport {
  readonly live: boolean
  readonly diagnoses: readonly Diagnosis[]
  /** Nothing failed; warnings may be there. */
  readonly sound: boolean
}

export async function runDoctor(assembly: Assembly, now: () => number): Promise<DoctorReport> {
  const running = await connect(assembly.config)
    .status()
    .catch(() => undefined)
  const parts: DoctorParts = { assembly, running, now }
  const diagnoses: Diagnosis[] = []
  for (const [name, examine] of EXAMINATIONS) diagnoses.push(await examined(name, examine, parts))
  return {
    live: running !== undefined,
    diagnoses,
    sound: diagnoses.every(({ result }) => result !== 'fail'),
  }
}

const HARMLESS: readonly ErrorCode[] = ['GH_AUDIT_INDEX_MISSING', 'GH_AUDIT_INDEX_NOT_READY']

async function examined(
  name: string,
  examine: Examination,
  parts: DoctorParts,
): Promise<Diagnosis> {
  try {
    return await examine(parts)
  } catch (error) {
    if (error instanceof GatehouseError) {
      // An index that is missing or being made is no damage: nothing was lost with it.
      const result = HARMLESS.includes(error.code) ? 'warn' : 'fail'
      const { title, mend = 'See gatehouse fsck.' } = errorEntry(error.code)
      return ailing(name, result, `${error.code} ${title}: ${error.message}`, mend)
    }
    const reason = error instanceof Error ? error.message : String(error)
    return ailing(name, 'fail', reason, 'It could not be looked at: check the rights of this user.')
  }
}
