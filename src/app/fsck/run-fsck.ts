/** `gatehouse fsck`: every check that was asked for, one after the other, each whatever the others found. */
import type { GatehouseConfig } from '../../config/index.ts'
import type { Check, CheckName, CheckResult } from './check.ts'
import { checkFeed } from './check-feed.ts'
import { checkIndex } from './check-index.ts'
import { checkPlans } from './check-plans.ts'
import { checkSpool } from './check-spool.ts'
import { checkStore } from './check-store.ts'

const CHECKS: ReadonlyMap<CheckName, Check> = new Map([
  ['spool', checkSpool],
  ['store', checkStore],
  ['index', checkIndex],
  ['plans', checkPlans],
  ['feed', checkFeed],
])

export const CHECK_NAMES: readonly CheckName[] = [...CHECKS.keys()]

export interface FsckReport {
  readonly results: readonly CheckResult[]
  /** No finding anywhere. */
  readonly sound: boolean
}

export async function runFsck(
  config: GatehouseConfig,
  names: readonly CheckName[],
  progress: (name: CheckName, done: number, total: number) => void,
): Promise<FsckReport> {
  const results: CheckResult[] = []
  for (const [name, check] of CHECKS) {
    if (!names.includes(name)) continue
    results.push(await check({ config, progress: (done, total) => progress(name, done, total) }))
  }
  return { results, sound: results.every(({ findings }) => findings.length === 0) }
}
