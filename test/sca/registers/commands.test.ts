/** `gatehouse sca registers` as operators type it, over a real store, desk and socket. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Compile } from 'typebox/schema'
import { type ApiServices, createApi, listenOnSocket } from '../../../src/api/index.ts'
import { MAX_ACCOUNTS_FILE_CHARS } from '../../../src/cli/accounts-file.ts'
import { controlDesk } from '../../../src/app/control-desk.ts'
import { createLog } from '../../../src/app/log.ts'
import {
  registerActions,
  registersView,
  withRegisterNames,
} from '../../../src/app/sca/register-actions.ts'
import { socketPath } from '../../../src/app/socket-path.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { openSqliteStore } from '../../../src/store/index.ts'
import { gatehouse } from '../../cli/terminal.ts'
import { MemorySink } from '../../support/memory-sink.ts'
import { NO_SCA } from '../../support/no-sca.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { asked, PASSKEY, payment, rig } from '../ledger/rig.ts'

const SCHEMA = join(import.meta.dirname, '../../../schemas/cli/sca-registers.schema.json')
const WHY = ['--reason', 'case 7', '--as', 'ann'] as const
const SHOP = { name: 'Shop', account: 'iban:DE89370400440532013000' }

async function bank(t: TestContext, { configured = true } = {}) {
  const dir = temporaryFolder(t)
  writeFileSync(join(dir, 'gatehouse.yaml'), 'version: 1\n')
  const dataDir = join(dir, '.gatehouse')
  const store = await openSqliteStore({
    dir: join(dataDir, 'store'),
    migrations: scaMigrations,
    create: true,
  })
  const made = rig(store)
  const sink = new MemorySink()
  const said: string[] = []
  const parts = {
    registers: configured ? made.registers : undefined,
    pseudonym: () => 'hmac:0123456789abcdef',
  }
  const clock = { now: () => made.now, monotonic: () => made.now }
  let ids = 0
  const desk = controlDesk({
    actions: registerActions(parts),
    events: sink,
    clock,
    uuid: () => `event-${++ids}`,
    log: createLog(
      () => ({ level: 'info', format: 'json' }),
      (line) => said.push(line),
      clock,
    ),
    pause: () => Promise.resolve(),
  })
  const services: Pick<ApiServices, 'sca' | 'control'> = {
    sca: {
      ...NO_SCA,
      registers: registersView(parts),
      names: withRegisterNames(() => ['of elements'], parts),
    },
    control: (action, body) => desk.ask(action, body, 'socket'),
  }
  // Sound: only these routes are asked here.
  const close = await listenOnSocket(createApi(services as ApiServices), socketPath(dataDir))
  t.after(async () => {
    await close()
    await store.close()
  })
  const run = (...words: readonly string[]) =>
    gatehouse(['sca', 'registers', ...words], { cwd: dir })
  const written = () => JSON.stringify(sink.appended.map(({ event }) => event)) + said.join()
  return { ...made, run, written, dir, services }
}

async function trusted({ ledger, registers }: Awaited<ReturnType<typeof bank>>): Promise<void> {
  const change = { as: 'trust', payees: [SHOP] } as const
  const act = { kind: 'risky-act', what: 'trusted-payees', change } as const
  const { id } = await ledger.decide(asked(act, { client: 'app' }))
  await ledger.authenticated(id, PASSKEY)
  assert.equal(await registers.enter('anna', change, { decision: id, client: 'app' }), 'entered')
}

test('an entry is listed without its number, and struck off by who and why', async (t) => {
  const made = await bank(t)
  const { run, written } = made
  assert.match((await run('list', 'anna')).out, /nothing is kept/)
  await trusted(made)
  const listed = await run('list', 'anna')
  assert.match(listed.out, /trusted payee.*Shop.*•• 3000/)
  const printed = (await run('list', 'anna', '--json')).out
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as object // sound: a schema is an object
  assert.ok(Compile(schema).Check(JSON.parse(printed)), printed)
  for (const text of [listed.out, printed]) assert.doesNotMatch(text, /DE89|0532013/)
  // Sound: its schema was checked.
  const { trustedPayees } = JSON.parse(printed) as { trustedPayees: readonly { id: string }[] }
  const entry = trustedPayees[0]?.id ?? ''
  assert.equal((await run('strike', 'anna', entry)).code, 4, 'no reason')
  assert.equal((await run('strike', 'anna', 'other', ...WHY)).code, 4)
  assert.equal((await run('strike', 'ben', entry, ...WHY)).code, 4)
  assert.equal((await run('strike', 'anna', entry, ...WHY)).code, 0)
  assert.match((await run('list', 'anna')).out, /nothing is kept/)
  assert.match(written(), /"action":"sca-registers","who":"ann"[^}]*"reason":"case 7"/)
  assert.match(written(), /"outcome":"refused","code":"GH_SCA_REGISTER"/)
  assert.doesNotMatch(written(), /DE89|Shop|anna/)
})

test('own accounts come from a file, and their numbers go nowhere else', async (t) => {
  const { run, written, dir, ...made } = await bank(t)
  const file = join(dir, 'accounts.txt')
  writeFileSync(file, `# of anna\n${SHOP.account}\r\n\n  iban:DE02 1001 0010 9307 1186 03\n`)
  const stated = await run('own-accounts', 'anna', 'accounts.txt', ...WHY)
  assert.equal(stated.code, 0, stated.err)
  assert.equal((await made.registers.list('anna')).ownAccounts.count, 2)
  assert.match((await run('list', 'anna')).out, /own accounts\s+2/)
  writeFileSync(file, `${SHOP.account}\nDE0210010010930711860\n`)
  const wrong = await run('own-accounts', 'anna', file, ...WHY)
  assert.equal(wrong.code, 4)
  assert.match(wrong.err, /GH_SCA_REGISTER[\s\S]*account 2/)
  assert.equal((await made.registers.list('anna')).ownAccounts.count, 2)
  for (const text of [wrong.err, written()]) assert.doesNotMatch(text, /DE02|anna/)
  assert.equal((await run('own-accounts', 'anna', 'none.txt', ...WHY)).code, 74)
  writeFileSync(file, '#'.repeat(MAX_ACCOUNTS_FILE_CHARS))
  assert.equal((await run('own-accounts', 'anna', file, ...WHY)).code, 0)
  writeFileSync(file, '#'.repeat(MAX_ACCOUNTS_FILE_CHARS + 1))
  assert.equal((await run('own-accounts', 'anna', file, ...WHY)).code, 4)
})

test('a process is given and taken, a series ended; again is no change, and nonsense is refused', async (t) => {
  const { run, ledger, registers } = await bank(t)
  const give = await run('give', 'comp', 'host-to-host', ...WHY)
  assert.equal(give.code, 0, give.err)
  assert.match((await run('give', 'comp', 'host-to-host', ...WHY)).out, /unchanged/)
  assert.match((await run('list', 'comp')).out, /process.*host-to-host.*by ann/)
  assert.equal((await run('take', 'comp', 'host-to-host', ...WHY)).code, 0)
  assert.deepEqual((await registers.list('comp')).processes, [])
  for (let at = 0; at < 20; at++) await registers.putProcess('comp', `p${at}`, true, 'ann')
  assert.match((await run('give', 'comp', 'more', ...WHY)).err, /GH_SCA_REGISTER_FULL/)

  const begins = payment('800.00', { series: 'rent', beginsSeries: true })
  const { id } = await ledger.decide(asked(begins))
  await ledger.authenticated(id, PASSKEY)
  await ledger.settle(id, 'done')
  assert.match((await run('list', 'anna')).out, /series.*800\.00 EUR/)
  assert.equal((await run('end-series', 'anna', 'rent', ...WHY)).code, 0)
  assert.equal((await run('end-series', 'anna', 'rent', ...WHY)).code, 4)
  for (const words of [
    ['list'],
    ['erase', 'anna'],
    ['strike', 'anna', ...WHY],
    ['give', 'anna', 'p\u0000', ...WHY],
    ['give', 'x'.repeat(257), 'p', ...WHY],
  ])
    assert.equal((await run(...words)).code, 4, words.join(' '))
})

test('whoever was erased has nothing to list, and the names of the rest are told for the log', async (t) => {
  const { run, erased, registers, services } = await bank(t)
  assert.deepEqual(services.sca.names('anna'), ['of elements', ...registers.namesOf('anna')])
  assert.equal(registers.namesOf('anna').length, 1)
  erased.add('anna')
  assert.deepEqual(services.sca.names('anna'), ['of elements'])
  assert.match((await run('list', 'anna')).err, /GH_SCA_PERSON_ERASED/)
  assert.match((await run('give', 'anna', 'p', ...WHY)).err, /GH_SCA_PERSON_ERASED/)
})

test('without strong authentication there are no registers', async (t) => {
  const { run } = await bank(t, { configured: false })
  assert.match((await run('list', 'anna')).err, /GH_SCA_NOT_CONFIGURED/)
  assert.match((await run('give', 'anna', 'p', ...WHY)).err, /GH_SCA_NOT_CONFIGURED/)
})
