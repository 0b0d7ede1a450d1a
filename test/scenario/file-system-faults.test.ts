/**
 * The disk as it really fails, under a real gateway: each system call about the data directory failing once, a full disk, one that was
 * made read-only, files deleted under us, permissions lost. Never an answer that is not on disk; the process serves on, or ends with its
 * documented exit code; what it leaves behind verifies.
 *
 * GATEHOUSE_FAULT_DEPTH: at how many places each call fails (1 by default; `npm run fuzz` goes deeper).
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { failCalls, noInjection, straceArguments } from '../support/failing-calls.ts'
import { peersRequired } from '../support/peer-programs.ts'
import { AUDITS, auditedBank, SERVICES, type Noted, noted, nothingLost } from './audited-load.ts'
import { call, type GatewayProcess, MAIN, problemOf, until, up } from './gateway-process.ts'
import type { Installation } from './installation.ts'

const DEPTH = Number(process.env['GATEHOUSE_FAULT_DEPTH'] ?? 1)
const ERRORS = ['EIO', 'ENOSPC'] as const
/** The promise, kept by the middle one of many answers where the machine has nothing else to do. */
const PROMISED_MS = 100
/** A traced process on a busy machine is given more; none hangs. */
const ANSWERED_WITHIN_MS = 5_000
const RECOVERED_WITHIN_MS = 5_000
const START_LIMIT_MS = 60_000
/** Documented in docs/reference: done, error, unavailable, input/output. */
const DOCUMENTED_EXITS = [0, 1, 69, 74]

const unable = noInjection()
const env = { UV_THREADPOOL_SIZE: '1' }

/** Every path that the product has or may make in its data directory. */
function pathsOf(dataDir: string): string[] {
  const there = readdirSync(dataDir, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  )
  const spool = join(dataDir, 'spool')
  const made = Array.from({ length: 60 }, (_, at) => {
    const name = join(spool, `${String(at + 1).padStart(10, '0')}.seg`)
    return [name, `${name}.new`]
  }).flat()
  const consumer = join(spool, 'consumers', 'posture.json')
  const database = join(dataDir, 'store', 'gatehouse.db')
  return [
    ...new Set([
      dataDir,
      ...there.filter((path) => !path.endsWith('.sock')),
      ...made,
      spool,
      join(spool, 'consumers'),
      join(spool, 'watermark'),
      join(spool, 'spool.json'),
      join(spool, 'spool.json.new'),
      consumer,
      `${consumer}.new`,
      join(dataDir, 'store'),
      join(dataDir, 'plans'),
      database,
      `${database}-wal`,
      `${database}-shm`,
      `${database}-journal`,
    ]),
  ]
}

async function someOfEach(
  gateway: GatewayProcess,
  token: string,
  into: Noted[],
  rounds = 2,
): Promise<void> {
  for (let round = 0; round < rounds; round++)
    for (const audit of AUDITS) {
      const { ms, status, code } = await noted(gateway, token, audit, into)
      assert.ok(status === 200 || code === 'GH_AUDIT_UNAVAILABLE', `${audit}: ${status} ${code}`)
      assert.ok(ms < ANSWERED_WITHIN_MS, `${audit}: ${ms} ms`)
    }
}

async function recovered(
  gateway: GatewayProcess,
  token: string,
  into: Noted[],
  limitMs = RECOVERED_WITHIN_MS,
): Promise<void> {
  let last: readonly Noted[] = []
  await until(limitMs, async () => {
    last = await Promise.all(AUDITS.map((audit) => noted(gateway, token, audit, into)))
    return last.every(({ status }) => status === 200)
  }).catch((error: unknown) => {
    const seen = last.map(({ audit, status, code }) => `${audit} ${status} ${code}`).join(', ')
    throw new Error(`${seen}\n${gateway.output().err}`, { cause: error })
  })
}

/** Long enough for two rounds of every consumer; some calls are seldom made, and then nothing fails. */
const SEEN_WITHIN_MS = 1_500

const GROUPS = [
  { name: 'openat', calls: 'openat' },
  { name: 'write', calls: 'pwrite64,pwritev,write,writev' },
  { name: 'sync', calls: 'fsync,fdatasync' },
  { name: 'rename', calls: '?rename,renameat,renameat2' },
  { name: 'unlink', calls: '?unlink,unlinkat' },
  { name: 'ftruncate', calls: 'ftruncate' },
  { name: 'read', calls: 'pread64,read' },
  { name: 'close', calls: 'close' },
  { name: 'stat', calls: '?stat,?fstat,?newfstatat,statx' },
  { name: 'mkdir', calls: '?mkdir,mkdirat' },
] as const

for (const { name, calls } of GROUPS)
  test(
    `a running gateway whose ${name} fails once, at any of ${DEPTH} places, loses nothing it answered and goes on`,
    { skip: unable },
    async (t) => {
      const { place } = await auditedBank(t)
      const gateway = await up(t, place, env)
      const token = place.token({ scope: 'pots.read' })
      const answers: Noted[] = []
      await someOfEach(gateway, token, answers, 1)
      const log = join(place.dir, 'strace.log')
      let injected = 0
      for (let at = 1; at <= DEPTH && gateway.child.exitCode === null; at++)
        for (const error of ERRORS) {
          const letGo = await failCalls(
            gateway.child.pid ?? 0,
            { calls, error, when: String(at) },
            pathsOf(place.dataDir),
            log,
          )
          await someOfEach(gateway, token, answers)
          // Consumers work twice a second; what they did is in the log a moment later.
          await until(SEEN_WITHIN_MS, () => readFileSync(log, 'utf8').includes('(INJECTED)')).catch(
            () => undefined,
          )
          await letGo()
          injected += readFileSync(log, 'utf8').split('(INJECTED)').length - 1
          await recovered(gateway, token, answers)
        }
      t.diagnostic(`${injected} calls failed, ${answers.length} answers`)
      if (!['mkdir', 'unlink', 'ftruncate'].includes(name))
        assert.ok(injected > 0, 'the check is blind')
      const { code, err } = await gateway.stop()
      assert.equal(code, 0, err)
      await nothingLost(place, answers, false)
    },
  )

test(
  `a start whose call fails once, at any of ${DEPTH * 2} places, serves or ends as documented, and the next start finds all`,
  { skip: unable },
  async (t) => {
    const { place } = await auditedBank(t)
    const token = place.token({ scope: 'pots.read' })
    let injected = 0
    const ends = new Map<string, number>()
    for (const { name, calls } of GROUPS)
      for (let at = 1; at <= DEPTH * 2; at++) {
        // Odd ones with nothing there yet, even ones where it has run before.
        if (at % 2 === 1) rmSync(place.dataDir, { recursive: true, force: true })
        const error = ERRORS[at % 2] ?? 'EIO'
        const { code, err, served, failed } = await startWith(t, place, {
          calls,
          error,
          when: String((at + 1) >> 1),
        })
        injected += failed
        const what = `${name} ${error} at ${at}: ${code} ${err}`
        assert.ok(code !== null && DOCUMENTED_EXITS.includes(code), what)
        assert.doesNotMatch(err, /\n\s+at |please report|Unhandled/i, what)
        if (!served) assert.match(err, /GH_[A-Z_]+/, what)
        ends.set(`${code}`, (ends.get(`${code}`) ?? 0) + 1)
        const answers: Noted[] = []
        const again = await up(t, place, env)
        await recovered(again, token, answers, START_LIMIT_MS)
        assert.equal((await again.stop()).code, 0, what)
        await nothingLost(place, answers, false)
      }
    t.diagnostic(`${injected} calls failed; exit codes ${JSON.stringify(Object.fromEntries(ends))}`)
    assert.ok(injected > GROUPS.length, 'the check is blind')
  },
)

/** Starts under strace; when it serves it is asked to stop. */
async function startWith(
  t: TestContext,
  place: Installation,
  injection: { readonly calls: string; readonly error: string; readonly when: string },
) {
  const log = join(place.dir, 'strace.log')
  const paths = existsSync(place.dataDir) ? pathsOf(place.dataDir) : [place.dataDir]
  const all = [...new Set([...paths, ...likely(place.dataDir)])]
  const child = spawn(
    'strace',
    [
      '--seccomp-bpf',
      ...straceArguments(injection, all, log),
      process.execPath,
      MAIN,
      'up',
      '--config',
      place.config,
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, detached: true },
  )
  const end = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid ?? 0), signal)
    } catch {
      // It has gone already.
    }
  }
  t.after(() => end('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    if (out.includes('\n')) end('SIGTERM')
  })
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const limit = setTimeout(() => {
    err += 'it neither served nor ended'
    end('SIGKILL')
  }, START_LIMIT_MS)
  const [code] = (await once(child, 'close')) as [number | null] // sound: as node:child_process says
  clearTimeout(limit)
  const failed = readFileSync(log, 'utf8').split('(INJECTED)').length - 1
  return { code, err, served: out.includes('"ready":true'), failed }
}

function likely(dataDir: string): string[] {
  return [
    'spool',
    'spool/consumers',
    'store',
    'plans',
    'spool/0000000001.seg',
    'spool/0000000001.seg.new',
  ]
    .concat([
      'spool/spool.json',
      'spool/spool.json.new',
      'spool/watermark',
      'pseudonym.key',
      'plans/active.json',
    ])
    .concat([
      'store/gatehouse.db',
      'store/gatehouse.db-wal',
      'spool/consumers/posture.json.new',
      'objectives.jsonl',
    ])
    .map((name) => join(dataDir, name))
}

// --- real disks ---

const root = process.getuid?.() === 0
function noMounts(): string | undefined {
  const reason = !root
    ? 'only root may mount'
    : spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
      ? undefined
      : 'file systems cannot be mounted here'
  if (reason !== undefined && peersRequired) throw new Error(reason)
  return reason
}
const unmountable = noMounts()

/** A file system of its own; gone when the test ends, and everything below it before. */
function mounted(t: TestContext, size: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir])
  assert.equal(status, 0, stderr.toString())
  t.after(() => {
    for (const path of [join(dir, 'data', 'spool'), dir]) spawnSync('umount', ['-l', path])
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

test(
  'a full disk refuses what must be recorded with 503, reads of a degraded API go on, and all is well within 5 s of space',
  { skip: unmountable },
  async (t) => {
    const dir = mounted(t, '8m')
    const { place, bank } = await auditedBank(t, `dataDir: ${dir}/data\n`, SERVICES)
    const on = { ...place, dataDir: join(dir, 'data') }
    const gateway = await up(t, place, env)
    const token = place.token({ scope: 'pots.read' })
    const answers: Noted[] = []
    await someOfEach(gateway, token, answers, 1)
    const filler = join(dir, 'filler')
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' })
    // The page that was begun has room yet.
    await until(20_000, async () => (await noted(gateway, token, 'strict', answers)).status === 503)
    for (let round = 0; round < 20; round++) {
      for (const audit of ['strict', 'buffered'] as const) {
        const { status, code, ms } = await noted(gateway, token, audit, answers)
        assert.deepEqual([status, code], [503, 'GH_AUDIT_UNAVAILABLE'], audit)
        assert.ok(ms < ANSWERED_WITHIN_MS, `${ms} ms`)
      }
      assert.equal((await noted(gateway, token, 'degraded', answers)).status, 200)
      // Reads of an API go on, its writes do not: not one of them reaches the bank.
      const path = '/services/pot-accounts'
      assert.equal((await call(gateway, { path, token })).status, 200)
      const write = await call(gateway, {
        path,
        token,
        method: 'POST',
        headers: ['content-length: 0'],
      })
      assert.deepEqual([write.status, problemOf(write).code], [503, 'GH_AUDIT_UNAVAILABLE'])
      assert.ok(bank.seen.every((line) => !line.startsWith('POST')))
    }
    // What a person needs goes on: the control socket answers.
    const explained = await place.run('events', 'tail', '--no-follow', '--json', '--lines', '1000')
    assert.equal(explained.code, 0, explained.err)
    rmSync(filler)
    const freed = performance.now()
    await recovered(gateway, token, answers)
    t.diagnostic(`recovered after ${Math.round(performance.now() - freed)} ms`)
    let told = ''
    await until(START_LIMIT_MS, async () => {
      const { out, err } = await place.run(
        'events',
        'tail',
        '--no-follow',
        '--json',
        '--lines',
        '1000',
      )
      told = out + err
      return /records were refused/.test(out) && /waited in memory for up to/.test(out)
    }).catch(() =>
      assert.fail(
        told
          .split('\n')
          .filter((line) => /notice|GH_/.test(line))
          .slice(-20)
          .join('\n'),
      ),
    )
    assert.equal((await gateway.stop()).code, 0)
    const events = await nothingLost(on, answers, false)
    const gaps = events.filter(({ event }) => event.kind === 'notice' && event.what === 'audit-gap')
    assert.ok(gaps.length >= 3, 'begun in memory, ended in memory, refused')
    const refusals = answers.filter(({ status }) => status === 503).map(({ ms }) => ms)
    const median = refusals.toSorted((x, y) => x - y)[refusals.length >> 1] ?? Infinity
    t.diagnostic(
      `${answers.length} answers, ${refusals.length} refused in ${Math.round(median)} ms (median)`,
    )
    assert.ok(median <= PROMISED_MS || (loadavg()[0] ?? 0) > availableParallelism())
  },
)

test(
  'a disk that was made read-only refuses with 503 and goes on when it may be written again',
  { skip: unmountable },
  async (t) => {
    const dir = mounted(t, '64m')
    const { place } = await auditedBank(t, `dataDir: ${dir}/data\n`)
    const on = { ...place, dataDir: join(dir, 'data') }
    const gateway = await up(t, place, env)
    const token = place.token({ scope: 'pots.read' })
    const answers: Noted[] = []
    await someOfEach(gateway, token, answers, 1)
    const readOnly = join(on.dataDir, 'spool')
    // A remount is refused while files are open for writing; a bind mount is not, and new files meet it.
    spawnSync('mount', ['--bind', readOnly, readOnly])
    assert.equal(spawnSync('mount', ['-o', 'remount,bind,ro', readOnly]).status, 0)
    // The descriptors that are open may write on; a new segment may not be made.
    rmSync(join(dir, 'gone'), { force: true })
    await someOfEach(gateway, token, answers, 3)
    spawnSync('umount', ['-l', readOnly])
    await recovered(gateway, token, answers)
    assert.equal((await gateway.stop()).code, 0)
    await nothingLost(on, answers, false)
  },
)

const HARM: readonly (readonly [string, (spool: string) => () => void])[] = [
  [
    'its segment was moved away and came back',
    (spool) => {
      const file = join(spool, '0000000001.seg')
      renameSync(file, `${spool}-kept`)
      return () => {
        renameSync(`${spool}-kept`, file)
      }
    },
  ],
  [
    'its folder was moved away and came back',
    (spool) => {
      renameSync(spool, `${spool}-away`)
      return () => {
        rmSync(spool, { recursive: true, force: true })
        renameSync(`${spool}-away`, spool)
      }
    },
  ],
  [
    'the watermark was deleted',
    (spool) => {
      rmSync(join(spool, 'watermark'))
      return () => undefined
    },
  ],
]
for (const [name, harm] of HARM)
  test(`the gateway refuses or records, and never pretends, when ${name}`, async (t) => {
    const { place } = await auditedBank(t)
    const gateway = await up(t, place, env)
    const token = place.token({ scope: 'pots.read' })
    const answers: Noted[] = []
    await someOfEach(gateway, token, answers, 1)
    const mend = harm(join(place.dataDir, 'spool'))
    await someOfEach(gateway, token, answers, 2)
    mend()
    await recovered(gateway, token, answers)
    assert.equal((await gateway.stop()).code, 0)
    if (!name.startsWith('the watermark')) await nothingLost(place, answers, false)
  })

test('a segment deleted for good is told at the next start, which ends with 74 and its name', async (t) => {
  const { place } = await auditedBank(t)
  const gateway = await up(t, place, env)
  const token = place.token({ scope: 'pots.read' })
  const answers: Noted[] = []
  await someOfEach(gateway, token, answers, 1)
  rmSync(join(place.dataDir, 'spool', '0000000001.seg'))
  await someOfEach(gateway, token, answers, 1)
  await recovered(gateway, token, answers)
  assert.equal((await gateway.stop()).code, 0)
  const next = spawnSync(process.execPath, [MAIN, 'up', '--config', place.config], {
    encoding: 'utf8',
  })
  assert.equal(next.status, 74, next.stderr)
  assert.match(next.stderr, /GH_EVENTS_SPOOL_CORRUPT .*0000000001\.seg/)
})

test(
  'a spool that its user may no longer write keeps the start from serving, and says why',
  { skip: root ? 'root may write everywhere' : undefined },
  async (t) => {
    const { place } = await auditedBank(t)
    assert.equal((await (await up(t, place)).stop()).code, 0)
    const spool = join(place.dataDir, 'spool')
    const { mode } = statSync(spool)
    chmodSync(spool, 0o500)
    t.after(() => chmodSync(spool, mode))
    const next = spawnSync(process.execPath, [MAIN, 'up', '--config', place.config], {
      encoding: 'utf8',
    })
    assert.equal(next.status, 74, next.stderr)
  },
)
