/** Asking about the past: a running instance and the files after it give the same answers. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { StoredEvent } from '../../src/events/index.ts'
import { call, until, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'

interface Answer {
  readonly kind: string
  readonly events: readonly StoredEvent[]
  readonly next: string | null
  readonly count: number
  readonly live: boolean
  readonly groups: readonly { readonly key: string | null; readonly denied: number }[]
  readonly index: { readonly indexedSeq: number; readonly spoolSeq: number }
}

test('`events query` finds events by client, customer, consent and time, live and afterwards', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const none = await place.run('events', 'query')
  assert.equal(none.code, 1)
  assert.match(none.err, /GH_EVENTS_SPOOL_MISSING/)

  const gateway = await up(t, place)
  // The index may not be open yet: the question waits for it.
  const first = await place.run('events', 'query', '--json', '--count')
  assert.equal(first.code, 0, first.err)
  const path = '/v2/pot-accounts'
  const token = place.token({ scope: 'pots.read' })
  for (let i = 0; i < 3; i++) await call(gateway, { path, token })
  await call(gateway, { path })

  const ask = async (...words: string[]): Promise<Answer> => {
    const { code, out, err } = await place.run('events', 'query', '--json', ...words)
    assert.equal(code, 0, err)
    return JSON.parse(out) as Answer // sound: what the CLI promises
  }
  const caughtUp = async (): Promise<boolean> => {
    const { code, out } = await place.run('events', 'query', '--json', '--count')
    if (code !== 0) return false
    const { index } = JSON.parse(out) as Answer
    return index.indexedSeq === index.spoolSeq && index.spoolSeq >= 6
  }
  await until(10_000, caughtUp)

  const questions = async (live: boolean): Promise<void> => {
    const mine = await ask('--client', 'tpp-a', '--since', '1h')
    assert.equal(mine.live, live)
    assert.equal(mine.events.length, 3)
    assert.equal((await ask('--consent', 'consent-1', '--count')).count, 3)
    assert.equal((await ask('--subject', 'customer-1', '--count')).count, 3)
    assert.equal((await ask('--subject', 'somebody-else', '--count')).count, 0)
    const denied = await ask('--outcome', 'denied')
    assert.deepEqual(
      denied.events.map(({ event }) => event.code),
      ['GH_GATEWAY_TOKEN_MISSING'],
    )
    const page = await ask('--client', 'tpp-a', '--limit', '2')
    assert.equal(page.events.length, 2)
    const rest = await ask('--client', 'tpp-a', '--after', page.next ?? '')
    assert.deepEqual(
      [...page.events, ...rest.events].map((one) => one.seq),
      mine.events.map((one) => one.seq),
    )
    const groups = await ask('--by', 'client')
    assert.deepEqual(
      groups.groups.map((group) => [group.key, group.denied]),
      [
        ['tpp-a', 0],
        [null, 1],
      ],
    )
    assert.equal(
      (await ask('--client', 'tpp-a', '--until', '2h', '--since', '3h')).events.length,
      0,
    )
  }
  await questions(true)
  const id = (await ask('--outcome', 'denied')).events[0]?.event.id ?? ''
  const explained = await place.run('explain', id)
  assert.match(explained.out, /refused with 401/)

  const shown = await place.run('events', 'query', '--by', 'client')
  assert.match(shown.out, /tpp-a +3 +0 \(0 %\)/)
  const ocsf = await place.run('events', 'query', '--ocsf', '--client', 'tpp-a')
  assert.equal(ocsf.out.split('\n').length, 3)
  assert.match(ocsf.out, /"class_uid":6003/)

  await t.test('whatever is wrong with the configuration by then', async () => {
    const good = readFileSync(place.config, 'utf8')
    for (const broken of [`${good}nonsense: [\n\tx`, '{', 'apis: 1\n']) {
      place.write('gatehouse.yaml', broken)
      for (const words of [
        ['status'],
        ['explain', id],
        ['events', 'tail', '--no-follow'],
        ['events', 'query', '--count'],
      ]) {
        const { code, err } = await place.run(...words)
        assert.equal(code, 0, `${words.join(' ')}: ${err}`)
      }
    }
    place.remove('gatehouse.yaml')
    assert.equal((await place.run('explain', id)).code, 0)
    place.write('gatehouse.yaml', good)
  })

  await gateway.stop()
  await questions(false)
  const gone = await place.run('explain', id)
  assert.equal(gone.code, 69)
  assert.match(gone.err, /GH_CLI_NOT_RUNNING.*control\.sock/)

  await t.test('an index that was lost is made again by `events reindex`', async () => {
    rmSync(join(place.dataDir, 'index'), { recursive: true })
    const missing = await place.run('events', 'query')
    assert.equal(missing.code, 69)
    assert.match(missing.err, /GH_AUDIT_INDEX_MISSING/)
    const made = await place.run('events', 'reindex', '--json')
    assert.equal(made.code, 0, made.err)
    await questions(false)
    const again = await place.run('events', 'reindex', '--json')
    assert.deepEqual(JSON.parse(again.out), JSON.parse(made.out))
  })
  await t.test('interrupted, it says so and goes on later', async () => {
    const stop = new AbortController()
    stop.abort()
    const { gatehouse } = await import('../cli/terminal.ts')
    const words = ['events', 'reindex', '--config', place.config]
    const cut = await gatehouse(words, { signal: stop.signal })
    assert.equal(cut.code, 130)
    assert.equal((await place.run('events', 'reindex')).code, 0)
    await questions(false)
  })
  await t.test('neither the index nor an answer holds who was asked for', () => {
    assert.ok(existsSync(join(place.dataDir, 'index', 'gatehouse.db')))
    const bytes = readFileSync(join(place.dataDir, 'index', 'gatehouse.db'))
    for (const word of ['customer-1', 'consent-1', 'somebody-else'])
      assert.equal(bytes.includes(word), false, word)
  })
})

test('a question that is none ends with 4 and the code that says why', async (t) => {
  const place = installation(t, meadowConfig('http://127.0.0.1:9'), MEADOW_FILES)
  const wrong: readonly (readonly [string, ...string[]])[] = [
    ['GH_AUDIT_TIME_INVALID', '--since', 'yesterday'],
    ['GH_AUDIT_TIME_INVALID', '--until', '2026-02-30'],
    ['GH_AUDIT_QUERY_INVALID', '--since', '1h', '--until', '2h'],
    ['GH_AUDIT_QUERY_INVALID', '--outcome', 'refuse'],
    ['GH_AUDIT_QUERY_INVALID', '--after', '1; DROP TABLE event'],
    ['GH_CLI_USAGE', '--by', 'subject'],
    ['GH_CLI_USAGE', '--limit', '1001'],
    ['GH_CLI_USAGE', '--count', '--by', 'client'],
    ['GH_CLI_USAGE', '--client', ''],
    ['GH_CLI_USAGE', '--count', '--ocsf'],
  ]
  for (const [code, ...words] of wrong) {
    const screen = await place.run('events', 'query', ...words)
    assert.equal(screen.code, 4, words.join(' '))
    assert.match(screen.err, new RegExp(code), words.join(' '))
    assert.equal(screen.out, '')
  }
})
