/** What README promises first: `npm start` shows a bank, its guard and what became of the calls, and Ctrl-C ends everything. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Explanation, ReplayAnswer } from '../../src/app/index.ts'
import { openSpool } from '../../src/events/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { gatehouse } from '../cli/terminal.ts'
import { until } from './gateway-process.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PORTS = [8443, 9080, 9443] as const
/** Alone on its machine it takes some ten seconds. */
const STARTED_WITHIN_MS = 60_000
/** As long as `npm start` itself waits for it in order: after that it ends by force, and not with 0. */
const STOPPED_WITHIN_MS = 12_000

/** The last thing that the instance said for the record. */
async function lastNotice(): Promise<string> {
  const spool = await openSpool({
    dir: join(ROOT, 'examples', 'bank', '.gatehouse', 'spool'),
    scheduler: realScheduler,
  })
  const end = new AbortController()
  let last = ''
  for await (const { event } of spool.tail({ from: spool.lastSeq, signal: end.signal })) {
    last = event.kind === 'notice' ? event.what : event.kind
    break
  }
  end.abort()
  await spool.close()
  return last
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    return true
  } catch {
    return false
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

/** What a line of the summary prints, in a shell as a person's. */
async function copied(line: string): Promise<string> {
  const shell = await promisify(execFile)('bash', ['-c', line], { cwd: ROOT }).catch(
    (error: unknown) => error as { readonly stdout?: string }, // sound: that of execFile has it
  )
  return shell.stdout ?? ''
}

/** Time for a signal to be delivered, so that the next is another one. */
async function nextTurns(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
}

async function taken(): Promise<readonly number[]> {
  const free = await Promise.all(PORTS.map(isFree))
  return PORTS.filter((_, at) => free[at] !== true)
}

// npm sends its own SIGINT to the script beside the terminal's: once, and twice, must both end in order.
for (const signals of [1, 3]) {
  test(`npm start shows what it guards and stops on Ctrl-C (${signals} signals)`, async (t) => {
    const busy = await taken()
    if (busy.length > 0) {
      // CI has these ports to itself: there a skip would be a check that cannot fail.
      assert.notEqual(
        process.env['GATEHOUSE_REQUIRE_PEERS'],
        '1',
        `ports ${busy.join(', ')} are in use`,
      )
      process.stderr.write(`SKIPPED npm start: port ${busy.join(', ')} is in use\n`)
      return t.skip(`port ${busy.join(', ')} is in use`)
    }
    // A process group of its own, as a terminal would make it.
    const child = spawn(process.execPath, [join(ROOT, 'examples', 'bank', 'start.ts')], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const group = -(child.pid ?? 0)
    assert.ok(group < 0)
    const closed = once(child, 'close')
    t.after(async () => {
      try {
        process.kill(group, 'SIGKILL')
      } catch {
        // The group is gone, as it should be.
      }
      await closed
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    await until(STARTED_WITHIN_MS, () => {
      assert.equal(child.exitCode, null, err)
      return out.includes('Ctrl-C stops everything')
    })

    assert.match(out, /Gateway +https:\/\/127\.0\.0\.1:8443/)
    assert.match(out, /Authorization server +https:\/\/127\.0\.0\.1:9443/)
    assert.match(out, /Bank API +http:\/\/127\.0\.0\.1:9080/)
    const steps = out.match(/^ {2}(?:\w+ +| {8})(?:\d{3}|TLS) {2}.*$/gm) ?? []
    const denied = steps.filter((line) => line.startsWith('  DENIED'))
    assert.ok(denied.length >= 23, out)
    assert.ok(steps.length - denied.length >= 20, out)
    for (const line of denied)
      assert.match(line, /GH_GATEWAY_|GH_SCA_|invalid_|no connection|not from the/)
    assert.match(out, /The bank was told to pay twice, and its own web bank paid once\./)
    assert.ok(out.split('\n').length <= 100, 'a page that is read from top to bottom')
    for (const api of ['accounts', 'payments'])
      assert.match(out, new RegExp(`${api}: \\d+ of \\d+ required controls met`))
    assert.doesNotMatch(out, /\[object|\b(?:undefined|NaN)\b/)
    const explains = [...out.matchAll(/bin\/gatehouse explain (\S+) --config (\S+)/g)]
    assert.equal(explains.length, 4, out)
    for (const [, id = '', config = ''] of explains) {
      const { code, out: json } = await gatehouse([
        'explain',
        id,
        '--config',
        join(ROOT, config),
        '--json',
      ])
      assert.equal(code, 0)
      assert.equal((JSON.parse(json) as Explanation).outcome, 'denied')
    }
    // One payment was exempt, one was authenticated; each says by which law, after how many others, and is decided again to the same.
    const decisions = [...out.matchAll(/bin\/gatehouse sca explain (\S+) --config (\S+)/g)]
    assert.equal(decisions.length, 2, out)
    const told: string[] = []
    for (const [, id = '', config = ''] of decisions) {
      const words = ['sca', 'explain', id, '--config', join(ROOT, config)]
      const { code, out: text, err: why } = await gatehouse(words)
      assert.equal(code, 0, why)
      told.push(text)
    }
    const [exempt = '', authenticated = ''] = told
    assert.match(exempt, /exempt +low-value, RTS Art\. 16/)
    assert.match(exempt, /12\.50 EUR/)
    assert.match(authenticated, /950\.00 GBP[\s\S]*passcode\+transaction-code/)
    assert.match(
      authenticated,
      /worth +1187\.50 EUR\n.*rate +1\/0\.80, made-up rates of this example/,
    )
    for (const text of told)
      assert.match(text, /counters before it[\s\S]*monitored +yes[\s\S]*the same/)
    const [, quarter = '', of = ''] =
      /bin\/gatehouse sca report --quarter (\S+) --config (\S+)/.exec(out) ?? []
    const words = ['sca', 'report', '--quarter', quarter, '--rebuild', '--config', join(ROOT, of)]
    const report = await gatehouse(words)
    assert.equal(report.code, 0, report.err)
    assert.match(report.out, /low-value +1 +12\.50/)
    // Pounds are in the sums: the rent and the helmet.
    assert.match(report.out, /sca +2 +1218\.75/)
    assert.doesNotMatch(report.out, /in no sum/)
    assert.match(report.err, /rebuilt[^\n]*no difference/)
    // A draft is tried on the calls just played: Amira's consent has no Detail permission.
    const replay = /bin\/gatehouse plan --replay --config (\S+)/.exec(out)
    const tried = await gatehouse(
      ['plan', '--replay', '15m', '--config', join(ROOT, replay?.[1] ?? ''), '--json'],
      { now: () => Date.now() },
    )
    assert.equal(tried.code, 0, tried.err)
    const { newlyDenied, newlyAllowed } = JSON.parse(tried.out) as ReplayAnswer // sound: plan-replay.test.ts holds its shape
    assert.deepEqual(newlyAllowed, [])
    assert.deepEqual(
      newlyDenied.map(({ rule, operation }) => [rule, operation]),
      [['authz.consent', 'GetAccountsAccountIdTransactions']],
    )
    // The lines to copy work as they stand, one after the other.
    const lines = out.match(/^ {2}(?:curl|npm|bin\/gatehouse clients) .*$/gm) ?? []
    const said: string[] = []
    for (const line of lines) said.push(await copied(line.replace(/ {2,}\(.*$/, '')))
    const [asked = '', read = '', mutual = '', straight = '', paid = '', other = '', known = ''] =
      said
    assert.equal(said.length, 7, out)
    assert.match(asked, /^consent [0-9a-f]{32}$/m)
    for (const text of [read, mutual]) {
      assert.match(text, /"AccountId": ?"22289"/)
      assert.doesNotMatch(text, /22563|RiskScore/)
    }
    assert.match(straight, /not from the gateway/)
    assert.match(paid, /^ordered: 201 /m)
    assert.match(other, /^ordered: 403 .*GH_GATEWAY_PAYMENT_AMOUNT/m)
    assert.match(known, /Budget Buddy/)

    const at = performance.now()
    process.kill(group, 'SIGINT')
    for (let more = 1; more < signals; more++) {
      await nextTurns(5)
      if (child.exitCode === null) process.kill(group, 'SIGINT')
    }
    const [code, signal] = (await closed) as unknown[]
    assert.deepEqual([code, signal], [0, null], err)
    assert.ok(performance.now() - at < STOPPED_WITHIN_MS)
    await until(STOPPED_WITHIN_MS, async () => (await taken()).length === 0)
    // It ended in order, not by force: its last word is in the spool, and the next one finds no socket.
    assert.equal(await lastNotice(), 'stopped')
    const config = join(ROOT, 'examples', 'bank', 'gatehouse.yaml')
    assert.equal((await gatehouse(['explain', 'x', '--config', config])).code, 69)
  })
}
