/**
 * The power of `kill -9`: a gateway under load is killed at a random moment, again and again. Whatever a client was answered is in the
 * spool, the chain verifies, and it serves again. How soon is said, and judged by `bench:start`: a busy machine makes no test red.
 *
 * 12 rounds by default, because `npm test` should stay quick; the promise is proved with GATEHOUSE_KILL_ROUNDS=50 (about a second a round).
 * The moments follow a seed: GATEHOUSE_KILL_SEED repeats a run.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openSpool, type StoredEvent, verifySpool } from '../../src/events/index.ts'
import { RawConnection } from '../support/raw-http.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { call, callOn, type GatewayProcess, problemOf, until, up } from './gateway-process.ts'
import { installation, type Installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'

const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 12)
const SEED = Number(process.env['GATEHOUSE_KILL_SEED'] ?? 20_261_122)
const CONNECTIONS = 8
/** A kill comes this soon after the first answer, at the latest. */
const MAX_LOAD_MS = 250
/** One tick of /proc. */
const TICK_MS = 10
const ACCOUNTS = '/v2/pot-accounts'
const STRICT = '/strict/pot-accounts'

/** What a client got, whole. */
interface Acknowledged {
  readonly interaction: string
  readonly status: number
  readonly decision: string
}

test(`killed ${ROUNDS} times under load, the gateway loses nothing it answered (seed ${SEED})`, async (t) => {
  const bank = await meadowBank(t)
  const place = installation(
    t,
    `${meadowConfig(bank.origin)}  - name: strict
    spec: accounts.yaml
    upstream: ${bank.origin}
    template: ais
    basePath: /strict
    audit: strict
`,
    MEADOW_FILES,
  )
  const spool = join(place.dataDir, 'spool')
  const random = mulberry32(SEED)
  const acknowledged: Acknowledged[] = []
  const starts: number[] = []
  let torn = 0
  for (let round = 0; round < ROUNDS; round++) {
    const gateway = await up(t, place)
    const token = place.token({ scope: 'pots.read' })
    await until(5_000, async () => (await call(gateway, { path: ACCOUNTS, token })).status === 200)
    starts.push(cpuMs(gateway))
    const load = Array.from({ length: CONNECTIONS }, (_, lane) =>
      requestUntilGone(gateway, token, lane, acknowledged),
    )
    const timer = setTimeout(() => gateway.child.kill('SIGKILL'), random() * MAX_LOAD_MS)
    await Promise.all([...load, gateway.ended])
    clearTimeout(timer)
    const report = await verifySpool(spool)
    assert.equal(report.damage, null, `round ${round}: ${JSON.stringify(report.damage)}`)
    if (report.torn !== null) torn++
  }
  await endsWell(t, place)

  const events = await everyEvent(spool)
  const answered = new Map<string, number[]>()
  for (const { event } of events)
    if (event.kind === 'access' && event.interaction !== null) {
      const key = `${event.interaction} ${event.status}`
      answered.set(key, [...(answered.get(key) ?? []), event.at])
    }
  const ids = new Set(events.map(({ event }) => event.id))
  const lost = acknowledged.filter(
    (one) =>
      // An intent (status 0) is no final record: what was answered stands there with its status, once.
      answered.get(`${one.interaction} ${one.status}`)?.length !== 1 ||
      (one.decision !== '' && !ids.has(one.decision)),
  )
  assert.deepEqual(lost, [])
  for (const status of [200, 401, 403])
    assert.ok(acknowledged.filter((one) => one.status === status).length > ROUNDS, `${status}`)
  const sorted = starts.toSorted((a, b) => a - b)
  t.diagnostic(
    `seed ${SEED}: ${acknowledged.length} answers, ${events.length} events, ${torn} torn tails; serving after ${sorted[sorted.length >> 1]} ms of processor time (median), ${sorted.at(-1)} ms (worst)`,
  )
})

/** What the process has used so far: its user time and its system time are words 14 and 15, counted from the end of its name (proc(5)). */
function cpuMs({ child }: GatewayProcess): number {
  const words = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(words[11]) + Number(words[12])) * TICK_MS
}

/** The last start is an ordinary one: it says what it should, and ends as it should. */
async function endsWell(t: TestContext, place: Installation): Promise<void> {
  const gateway = await up(t, place)
  const posture = await place.run('posture', '--json')
  assert.equal(posture.code, 0, posture.err)
  assert.equal((await gateway.stop()).code, 0)
  const report = await verifySpool(join(place.dataDir, 'spool'))
  assert.deepEqual([report.damage, report.torn], [null, null])
}

/** Asks for one thing after the other until the process is gone, and notes each whole answer. */
async function requestUntilGone(
  gateway: GatewayProcess,
  token: string,
  lane: number,
  acknowledged: Acknowledged[],
): Promise<void> {
  const kinds = [
    { path: ACCOUNTS, token },
    { path: STRICT, token },
    { path: ACCOUNTS },
    { path: `${STRICT}/pot-9/balance`, token },
  ]
  const connection = new RawConnection(gateway.port)
  try {
    for (let count = lane; ; count++) {
      const interaction = randomUUID()
      const what = kinds[count % kinds.length] ?? { path: ACCOUNTS }
      const headers = [`x-fapi-interaction-id: ${interaction}`]
      const answer = await callOn(connection, { ...what, headers })
      const { decision, code } = problemOf(answer)
      // It says that nothing was recorded: no promise, whatever the spool holds.
      if (code === 'GH_AUDIT_UNAVAILABLE') continue
      acknowledged.push({ interaction, status: answer.status, decision })
    }
  } catch {
    // The connection ended before the answer was whole: nothing was acknowledged.
  } finally {
    connection.destroy()
  }
}

async function everyEvent(dir: string): Promise<StoredEvent[]> {
  const spool = await openSpool({ dir, scheduler: realScheduler })
  const end = new AbortController()
  const events: StoredEvent[] = []
  for await (const stored of spool.tail({ from: 1, signal: end.signal })) {
    events.push(stored)
    if (stored.seq >= spool.lastSeq) break
  }
  end.abort()
  await spool.close()
  return events
}

/** Chance that can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
