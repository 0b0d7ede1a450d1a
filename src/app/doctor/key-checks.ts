/** The keys of the issuers: whether they can be read, and whether the instance that runs has them and goes on reading them. */
import { setTimeout as delay } from 'node:timers/promises'
import { MAX_STALE_MS, URL_REFRESH_MS } from '../../proof/index.ts'
import { trustedKeys } from '../kernel-keys.ts'
import { systemClock, systemScheduler } from '../system-ports.ts'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'
import type { RunningStatus } from './instance-checks.ts'

const KEYS_WAIT_MS = 5_000
/** Three times as often as they are read anew. */
export const MAX_KEYS_AGE_MS = 3 * URL_REFRESH_MS

/** Asks each issuer as a start would, and looks at what the instance that runs has of them. */
export async function issuerKeys({ assembly, running, now }: DoctorParts): Promise<Diagnosis> {
  const keys = trustedKeys(
    assembly.policy.plan,
    systemClock,
    systemScheduler,
    assembly.config.issuers,
  )
  const stop = new AbortController()
  try {
    const late = delay(KEYS_WAIT_MS, true, { signal: stop.signal })
    const tooLate = await Promise.race([keys.ready.then(() => false), late])
    const problems = keys.problems()
    if (tooLate || problems.length > 0)
      return ailing(
        'issuer keys',
        'fail',
        [...problems, ...(tooLate ? [`no answer within ${KEYS_WAIT_MS} ms`] : [])].join('; '),
        'Check the address or file of "jwks": tokens of that issuer are refused without keys.',
      )
    const old = (running?.issuers ?? []).flatMap((issuer) => staleKeys(issuer, now()))
    const [worst] = old.toSorted((a, b) => Number(b.refused) - Number(a.refused))
    if (worst !== undefined)
      return ailing(
        'issuer keys',
        worst.refused ? 'fail' : 'warn',
        old.map(({ text }) => text).join('; '),
        'They can be read from here, and not by the instance: look at its network and rights, and at its log.',
      )
    const loaded = keys.status().map(({ issuer, keys: count }) => `${issuer} ${count}`)
    return healthy('issuer keys', loaded.join(', ') || 'no issuer is configured')
  } finally {
    stop.abort()
    keys.close()
  }
}

/** What is wrong with the keys that a running instance has of one issuer. */
export function staleKeys(
  { issuer, keys, loadedAt }: RunningStatus['issuers'][number],
  now: number,
): readonly { readonly refused: boolean; readonly text: string }[] {
  if (keys === 0)
    return [
      { refused: true, text: `${issuer}: the instance has none, so it refuses all its tokens` },
    ]
  const age = now - loadedAt
  if (age <= MAX_KEYS_AGE_MS) return []
  const minutes = Math.round(age / 60_000)
  const refused = age > MAX_STALE_MS
  const what = refused ? 'it believes them no more' : 'it believes them for a day at most'
  return [{ refused, text: `${issuer}: the instance last read them ${minutes} min ago; ${what}` }]
}
