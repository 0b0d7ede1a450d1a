/**
 * `npm run bench:query`: `events query` by client and time over ten million events. Rows are made up and put in by the same unit that the
 * index uses; then the secondary indexes are made as after a first filling, and questions are asked as the instance asks them. Prints
 * build rate, size on disk, and p50/p95/p99 of each kind of question. `--events N` for a smaller one.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EVENT_INDEXES, eventIndexMigrations } from '../src/audit/event-tables.ts'
import { indexRow } from '../src/audit/index-row.ts'
import { countUnit, groupUnit, listUnit, locateUnit } from '../src/audit/query-units.ts'
import { addRowsUnit, makeIndexUnit, makeReadyUnit } from '../src/audit/units.ts'
import { openThreadStore, type ThreadStore } from '../src/store/index.ts'
import { accessEvent } from '../test/support/access-event.ts'

const { values } = parseArgs({
  options: { events: { type: 'string', default: '10000000' }, json: { type: 'boolean' } },
})
const EVENTS = Number(values.events)
const BATCH = 4000
const CLIENTS = 500
const QUESTIONS = 300
/** Events of 90 days. */
const SPAN_MS = 90 * 86_400_000
const START = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000

/** Seeded: the same questions and rows in every run. */
let state = 42
function chance(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state % below
}

function eventAt(seq: number) {
  const denied = chance(20) === 0
  return accessEvent({
    id: `01${seq.toString(36).toUpperCase().padStart(24, '0')}`,
    at: START + Math.floor((seq / EVENTS) * SPAN_MS),
    // A few large third parties, many small ones.
    client: `tpp-${Math.floor((chance(CLIENTS) * chance(CLIENTS)) / CLIENTS)}`,
    operation: `Operation${chance(30)}`,
    subject: `hmac:${chance(1_000_000).toString(16).padStart(16, '0')}`,
    consent: `hmac:${chance(1_500_000).toString(16).padStart(16, 'f')}`,
    outcome: denied ? 'denied' : 'trimmed',
    code: denied ? 'GH_GATEWAY_SCOPE_MISSING' : null,
  })
}

function build(store: ThreadStore): { readonly fillMs: number; readonly sortMs: number } {
  const words = new Map<string, number>()
  const startedAt = performance.now()
  let point = { partition: 0, seq: 0, hash: Buffer.alloc(32), ordinal: 1, offset: 64 }
  for (let from = 1; from <= EVENTS; from += BATCH) {
    const count = Math.min(BATCH, EVENTS - from + 1)
    const rows = Array.from({ length: count }, (_, i) =>
      indexRow(from + i, eventAt(from + i), { ordinal: 1 + (from >> 16), start: 64 + i * 900 }),
    )
    point = { ...point, seq: from + count - 1 }
    for (const [text, id] of store.run(addRowsUnit, { rows, point, words, plans: new Map() }))
      words.set(text, id)
  }
  const filledAt = performance.now()
  for (const { name } of EVENT_INDEXES) store.run(makeIndexUnit, name)
  store.run(makeReadyUnit, point)
  return { fillMs: filledAt - startedAt, sortMs: performance.now() - filledAt }
}

function measured(ask: () => unknown): { p50: number; p95: number; p99: number } {
  const times: number[] = []
  for (let i = 0; i < QUESTIONS; i++) {
    const startedAt = performance.now()
    ask()
    times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((times[Math.floor((times.length - 1) * share)] ?? 0) * 100) / 100
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** A window of a client's days somewhere in the time that there is. */
function window(hours: number): { readonly since: number; readonly until: number } {
  const since = START + chance(Math.floor(SPAN_MS / HOUR_MS) - hours) * HOUR_MS
  return { since, until: since + hours * HOUR_MS }
}
const client = (): string => `tpp-${chance(CLIENTS)}`

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-query-'))
try {
  const store = await openThreadStore({ dir, migrations: eventIndexMigrations })
  const { fillMs, sortMs } = build(store)
  const ask = {
    'client, 2 hours, 100 events': () =>
      store.run(listUnit, { client: client(), ...window(2), limit: 100 }),
    'client, 7 days, 100 events': () =>
      store.run(listUnit, { client: client(), ...window(168), limit: 100 }),
    'client, 7 days, 1,000 events': () =>
      store.run(listUnit, { client: client(), ...window(168), limit: 1000 }),
    'client, 30 days, denied': () =>
      store.run(listUnit, { client: client(), outcome: 'denied', ...window(720), limit: 100 }),
    'client, 7 days, count': () => store.run(countUnit, { client: client(), ...window(168) }),
    'all, 24 hours, by client': () => store.run(groupUnit, { ...window(24), by: 'client' }),
    'consent, 90 days': () =>
      store.run(listUnit, {
        consent: `hmac:${chance(1_500_000).toString(16).padStart(16, 'f')}`,
        since: START,
        until: START + SPAN_MS,
        limit: 100,
      }),
    'one event by its id': () =>
      store.run(
        locateUnit,
        `01${(1 + chance(EVENTS)).toString(36).toUpperCase().padStart(24, '0')}`,
      ),
  }
  const figures = Object.entries(ask).map(([name, question]) => ({ name, ...measured(question) }))
  store.close()
  const bytes = statSync(join(dir, 'gatehouse.db')).size
  const report = {
    events: EVENTS,
    eventsPerSecond: Math.round(EVENTS / ((fillMs + sortMs) / 1000)),
    fillSeconds: Math.round(fillMs / 1000),
    sortSeconds: Math.round(sortMs / 1000),
    megabytes: Math.round(bytes / 1e6),
    figures,
  }
  if (values.json === true) console.log(JSON.stringify(report))
  else {
    console.log(
      `${EVENTS.toLocaleString('en')} events: ${report.eventsPerSecond.toLocaleString('en')}/s (rows ${report.fillSeconds} s, indexes ${report.sortSeconds} s), ${report.megabytes} MB`,
    )
    for (const { name, p50, p95, p99 } of figures)
      console.log(`${name.padEnd(32)} p50 ${p50} ms  p95 ${p95} ms  p99 ${p99} ms`)
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
