/**
 * The power is cut at any moment of a writing store, thousands of times: no acknowledged unit is lost, and every image opens. The calls of
 * a real process are recorded by strace; GATEHOUSE_CUT_SEED repeats a run, GATEHOUSE_CUT_IMAGES says how many (5,000).
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openEngine } from '../../src/store/sqlite-engine.ts'
import { noInjection } from '../support/failing-calls.ts'
import { seededChance } from '../support/seeded-chance.ts'
import { type Call, readTrace, TRACED, tracedFiles } from '../support/traced-files.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { tallyMigrations } from './tally-units.ts'

const IMAGES = Number(process.env['GATEHOUSE_CUT_IMAGES'] ?? 5_000)
const SEED = Number(process.env['GATEHOUSE_CUT_SEED'] ?? 20_261_128)
const WRITER = join(import.meta.dirname, 'traced-writer.ts')

test(
  `${IMAGES} power cuts of a writing store lose no acknowledged unit, and every image opens (seed ${SEED})`,
  { skip: noInjection() },
  (t) => {
    const dir = join(temporaryFolder(t), 'store')
    mkdirSync(dir)
    const log = join(dir, '..', 'trace')
    const files = ['gatehouse.db', 'gatehouse.db-wal', 'gatehouse.db-journal', 'answers']
    const paths = [dir, ...files.map((name) => join(dir, name))].flatMap((path) => ['-P', path])
    const traced = spawnSync(
      'strace',
      [
        '-f',
        '-qq',
        '-xx',
        '-s',
        '4000000',
        '-e',
        `trace=${TRACED}`,
        '-e',
        'signal=none',
        '-o',
        log,
        ...paths,
        process.execPath,
        WRITER,
        dir,
        '40',
      ],
      { encoding: 'utf8' },
    )
    assert.equal(traced.status, 0, traced.stderr)
    const calls = readTrace(log)
    const count = (kind: Call['kind']): number => calls.filter((one) => one.kind === kind).length
    assert.ok(count('write') > 200 && count('sync') > 50, 'the check is blind')

    const random = seededChance(SEED)
    const moments = Array.from({ length: IMAGES }, () => Math.floor(random() * calls.length)).sort(
      (a, b) => a - b,
    )
    const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'gatehouse-cut-'))
    t.after(() => rmSync(base, { recursive: true, force: true }))
    const state = tracedFiles()
    let answered: string[] = []
    let answersFd = -1
    let at = 0
    let partial = 0
    for (const moment of moments) {
      for (; at <= moment; at++) {
        const call = calls[at]
        if (call === undefined) break
        state.apply(call)
        if (call.kind === 'open' && call.path.endsWith('/answers')) answersFd = call.fd
        if (call.kind === 'write' && call.fd === answersFd)
          answered = answered.concat(call.bytes.toString().trim().split('\n'))
      }
      const image = state.image(dir, random)
      const left = join(base, 'store')
      rmSync(left, { recursive: true, force: true })
      mkdirSync(left)
      for (const [name, bytes] of image)
        if (name !== 'answers') writeFileSync(join(left, name), bytes)
      const what = `call ${moment} of ${calls.length}`
      const kept = keysIn(join(left, 'gatehouse.db'), what)
      const lost = answered.filter((key) => !kept.has(key))
      assert.deepEqual(lost, [], what)
      if (kept.size > answered.length) partial++
    }
    t.diagnostic(
      `${calls.length} calls, ${answered.length} units acknowledged; ${partial} images held more than was acknowledged`,
    )
  },
)

/** Opens as the product does, checks the file from end to end, and reads. */
function keysIn(database: string, what: string): ReadonlySet<string> {
  const engine = openEngine(database, tallyMigrations)
  engine.close()
  const db = new DatabaseSync(database)
  try {
    const [check] = db.prepare('PRAGMA integrity_check').all()
    assert.equal(check?.['integrity_check'], 'ok', what)
    return new Set(
      db
        .prepare('SELECT key FROM once')
        .all()
        .map(({ key }) => String(key)),
    )
  } finally {
    db.close()
  }
}
