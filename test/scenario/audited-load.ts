/** Requests to a gateway of which every answer is noted, and the check that the spool knows each of them. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openSpool, type StoredEvent, verifySpool } from '../../src/events/index.ts'
import { openStore } from '../../src/app/open-store.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { call, type GatewayProcess, problemOf } from './gateway-process.ts'
import { installation, type Installation } from './installation.ts'
import { MEADOW_FILES, type MeadowBank, meadowBank, meadowConfig } from './invented-bank.ts'

export const PATHS = {
  buffered: '/v2/pot-accounts',
  strict: '/strict/pot-accounts',
  degraded: '/degraded/pot-accounts',
} as const
export type Audit = keyof typeof PATHS
export const AUDITS = Object.keys(PATHS) as Audit[] // sound: the keys of the table above

/** Reads and a write of one API. */
const SERVICES_SPEC = `openapi: 3.0.3
info: { title: Services, version: "1" }
servers: [{ url: https://api.meadow.example/v2 }]
paths:
  /pot-accounts:
    get: { operationId: readPots, tags: [internal], responses: { "200": { description: ok, content: { application/json: { schema: { type: object } } } } } }
    post: { operationId: writePots, tags: [internal], responses: { "200": { description: ok } } }
`
export const SERVICES = `  - name: services
    spec: services.yaml
    upstream: UPSTREAM
    template: internal
    basePath: /services
    degraded: true
    audit: buffered
`

/** An installation whose three APIs differ in how they are audited. */
export async function auditedBank(
  t: TestContext,
  config = '',
  more = '',
): Promise<{ readonly place: Installation; readonly bank: MeadowBank }> {
  const bank = await meadowBank(t)
  const api = (name: string, more: string): string => `  - name: ${name}
    spec: accounts.yaml
    upstream: ${bank.origin}
    template: ais
    basePath: /${name}
    ${more}
`
  const place = installation(
    t,
    `${config}${meadowConfig(bank.origin)}${api('strict', 'audit: strict')}${api('degraded', 'degraded: true')}${more.replaceAll('UPSTREAM', bank.origin)}`,
    { ...MEADOW_FILES, 'services.yaml': SERVICES_SPEC },
  )
  return { place, bank }
}

export interface Noted {
  readonly audit: Audit
  readonly interaction: string
  readonly status: number
  readonly code: string
  readonly ms: number
}

/** One request; the answer goes into `into`. */
export async function noted(
  gateway: GatewayProcess,
  token: string,
  audit: Audit,
  into: Noted[],
): Promise<Noted> {
  const interaction = randomUUID()
  const asked = performance.now()
  const answer = await call(gateway, {
    path: PATHS[audit],
    token,
    headers: [`x-fapi-interaction-id: ${interaction}`],
  })
  const { code } = problemOf(answer)
  const one = { audit, interaction, status: answer.status, code, ms: performance.now() - asked }
  into.push(one)
  return one
}

/** Chain and database are sound, and whatever was answered as decided stands in the spool exactly once. `died`: memory was lost. */
export async function nothingLost(
  place: Installation,
  answers: readonly Noted[],
  died: boolean,
): Promise<readonly StoredEvent[]> {
  const dir = join(place.dataDir, 'spool')
  const { damage } = await verifySpool(dir)
  assert.equal(damage, null, JSON.stringify(damage))
  const events = await everyEvent(dir)
  const finals = new Map<string, number>()
  for (const { event } of events)
    if (event.kind === 'access' && event.interaction !== null) {
      const key = `${event.interaction} ${event.status}`
      finals.set(key, (finals.get(key) ?? 0) + 1)
    }
  const lost = answers.filter(
    ({ audit, code, status, interaction }) =>
      code !== 'GH_AUDIT_UNAVAILABLE' &&
      !(died && audit === 'degraded') &&
      finals.get(`${interaction} ${status}`) !== 1,
  )
  assert.deepEqual(lost, [])
  const store = await openStore({ dataDir: place.dataDir, store: null }, { create: false })
  assert.ok(store !== undefined)
  await store.close()
  return events
}

export async function everyEvent(dir: string): Promise<StoredEvent[]> {
  const spool = await openSpool({ dir, scheduler: realScheduler })
  const end = new AbortController()
  const events: StoredEvent[] = []
  if (spool.lastSeq > 0)
    for await (const stored of spool.tail({ from: 1, signal: end.signal })) {
      events.push(stored)
      if (stored.seq >= spool.lastSeq) break
    }
  end.abort()
  await spool.close()
  return events
}
