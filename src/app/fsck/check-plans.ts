import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from '../../decide/index.ts'
import { canonicalJson } from '../../lib/index.ts'
import { readInstallationKey } from '../installation-key.ts'
import { type PlanArchive, planArchive } from '../plan-archive.ts'
import type { CheckParts, CheckResult, Finding } from './check.ts'

const MEND =
  'Restore the file from a backup: events that name this plan cannot be explained without it.'

/** Every archived plan is the one that its name says, `sha256:` over the canonical JSON of what it holds, and what this installation signed. */
export function checkPlans({ config, progress }: CheckParts): Promise<CheckResult> {
  const dir = join(config.dataDir, 'plans')
  const names = namesIn(dir)
  const findings: Finding[] = []
  const signed = readInstallationKey(config.dataDir) !== undefined
  const archive = planArchive(config.dataDir)
  for (const [i, name] of names.entries()) {
    progress(i, names.length)
    const wrong =
      name === 'active.json'
        ? whyNotMarker(dir, name)
        : (whyNotPlan(readFileSync(join(dir, name)), name) ??
          (signed ? whyNotSigned(archive, name) : null))
    if (wrong !== null)
      findings.push({ place: `plans/${name}:${wrong.at}`, what: wrong.what, mend: MEND })
  }
  return Promise.resolve({
    name: 'plans',
    looked: `${names.length} files`,
    findings,
    skipped: [
      ...(names.length === 0 ? ['there is no archive yet'] : []),
      ...(names.length > 0 && !signed ? ['signatures: no key was made here yet'] : []),
    ],
  })
}

interface Wrong {
  /** Byte of the file. */
  readonly at: number
  readonly what: string
}

function whyNotPlan(bytes: Buffer, name: string): Wrong | null {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1]
    return { at: Number(at ?? 0), what: 'it is not JSON' }
  }
  const plan =
    typeof value === 'object' && value !== null && 'plan' in value ? value.plan : undefined
  if (typeof plan !== 'object' || plan === null) return { at: 0, what: 'it holds no plan' }
  const { digest, ...content } = plan as Plan // sound: only its members' text is looked at
  const own = `sha256:${hash('sha256', canonicalJson(content))}`
  if (digest !== own) return { at: 0, what: 'the plan is not the one that its digest names' }
  return name === `${own.slice('sha256:'.length)}.json`
    ? null
    : { at: 0, what: 'the plan is under the name of another' }
}

function whyNotSigned(archive: PlanArchive, name: string): Wrong | null {
  const looked = archive.look(`sha256:${name.slice(0, -'.json'.length)}`)
  return looked.ok
    ? null
    : { at: 0, what: `${looked.error}: it is not as this installation signed it` }
}

function whyNotMarker(dir: string, name: string): Wrong | null {
  const hex = /"digest":"sha256:([0-9a-f]{64})"/.exec(readFileSync(join(dir, name), 'utf8'))?.[1]
  if (hex === undefined) return { at: 0, what: 'it names no plan' }
  return namesIn(dir).includes(`${hex}.json`)
    ? null
    : { at: 0, what: 'it names a plan that is not there' }
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
