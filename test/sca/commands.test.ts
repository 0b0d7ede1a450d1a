/** `gatehouse sca …` as operators type it, over a real store, desk and socket. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type ApiServices, createApi, listenOnSocket } from '../../src/api/index.ts'
import { controlDesk } from '../../src/app/control-desk.ts'
import { createLog } from '../../src/app/log.ts'
import { openScaLedger } from '../../src/app/sca/open-sca-ledger.ts'
import { socketPath } from '../../src/app/socket-path.ts'
import type { ScaConfig } from '../../src/config/index.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { openSqliteStore } from '../../src/store/index.ts'
import { gatehouse } from '../cli/terminal.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { MemorySink } from '../support/memory-sink.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { asked, PASSKEY, payment } from './ledger/rig.ts'

const NOW = Date.UTC(2026, 10, 22, 12)

/** What a file with `rates` alone says of it. */
const NOTHING_ELSE: Omit<ScaConfig, 'rates'> = {
  jurisdiction: null,
  acr: 'urn:openbanking:psd2:sca',
  factors: { passcode: false, transactionCode: null, totp: false, passkeys: null },
  limits: { failures: 5 },
  monitoring: null,
  payeeCheck: null,
  sender: null,
  push: null,
  notices: null,
  developmentMonitoring: null,
  developmentEnrolments: null,
}

async function bank(
  t: TestContext,
  { name = 'Example Bank', rates }: { readonly name?: string; readonly rates?: string } = {},
) {
  const dir = temporaryFolder(t)
  const file = join(dir, 'rates.csv')
  if (rates !== undefined) writeFileSync(file, rates)
  writeFileSync(join(dir, 'gatehouse.yaml'), 'version: 1\n')
  const dataDir = join(dir, '.gatehouse')
  const store = await openSqliteStore({
    dir: join(dataDir, 'store'),
    migrations: scaMigrations,
    create: true,
  })
  const clock = new FakeClock(NOW)
  const sink = new MemorySink()
  const said: string[] = []
  let ids = 0
  const uuid = (): string => `event-${++ids}`
  const sca = openScaLedger({
    config: {
      sca: rates === undefined ? null : { ...NOTHING_ELSE, rates: { file, source: 'Treasury' } },
      organisation: {
        name,
        jurisdictions: ['EU'],
        entity: [],
        timeZone: 'Europe/Berlin',
      },
    },
    store,
    events: sink,
    clock,
    scheduler: clock,
    pseudonymKey: () => ({
      shared: new Uint8Array(32).fill(1),
      persons: new Map([['', new Uint8Array(32).fill(2)]]),
    }),
    say: (text) => said.push(text),
  })
  const desk = controlDesk({
    actions: sca.actions,
    events: sink,
    clock,
    uuid,
    log: createLog(
      () => ({ level: 'error', format: 'json' }),
      () => undefined,
      clock,
    ),
    pause: () => Promise.resolve(),
  })
  /** What happens while evidence is read. */
  const meanwhile: (() => Promise<unknown>)[] = []
  const services: Pick<ApiServices, 'sca' | 'control'> = {
    sca: {
      ...sca.services,
      async rebuilt(asked) {
        await meanwhile.shift()?.()
        return sca.services.rebuilt(asked)
      },
      names: () => [],
      registers: () => Promise.reject(new TypeError('not asked here')),
      elements: () => Promise.reject(new TypeError('not asked here')),
    },
    control: (action, body) => desk.ask(action, body, 'socket'),
  }
  // Sound: only these routes are asked here.
  const close = await listenOnSocket(createApi(services as ApiServices), socketPath(dataDir))
  t.after(async () => {
    await close()
    sca.stop()
    await store.close()
  })
  const run = (...words: readonly string[]) => gatehouse(['sca', ...words], { cwd: dir })
  const events = () => sink.appended.map(({ event }) => event)
  return { run, sca, clock, events, said, meanwhile }
}

test('an exemption is proposed by one, approved by another, and stopped by one; each is on record', async (t) => {
  const { run, sca, events } = await bank(t)
  const propose = ['exemptions', 'propose', 'low-value', '--reason', 'minutes', '--as', 'ann']
  const why = ['--reason', 'read']
  assert.equal((await run('exemptions', 'propose', 'low-value')).code, 4)
  const wrong = await run(...propose)
  assert.equal(wrong.code, 4)
  assert.match(wrong.err, /GH_SCA_PROPOSAL/)
  const sound = [
    ...propose,
    '--audit-due',
    '2027-11-01',
    '--counter',
    'payments',
    '--amount',
    '20.00',
  ]
  assert.equal((await run(...sound)).code, 0)
  const alone = await run('exemptions', 'approve', 'low-value', ...why, '--as', 'ANN')
  assert.match(alone.err, /GH_SCA_SECOND_PERSON/)
  assert.equal((await run('exemptions', 'approve', 'low-value', ...why, '--as', 'ben')).code, 0)
  assert.match(
    (await run('exemptions', 'approve', 'low-value', ...why, '--as', 'cid')).err,
    /GH_SCA_NOTHING_PROPOSED/,
  )
  const decide = async (value: string) => (await sca.ledger.decide(asked(payment(value)))).why
  assert.equal(await decide('1.00'), 'transactions are not monitored, so nothing is exempt')
  const engine = [
    'exemptions',
    'propose',
    'monitoring',
    '--engine',
    'watch 4',
    '--audit-due',
    '2027-11-01',
  ]
  assert.equal((await run(...engine, '--reason', 'RTS Art. 2', '--as', 'ann')).code, 0)
  assert.equal((await run('exemptions', 'approve', 'monitoring', ...why, '--as', 'ben')).code, 0)
  assert.equal(await decide('20.00'), null)
  assert.equal(await decide('20.01'), 'no exemption holds')
  const listed = await run('exemptions', 'list')
  assert.match(listed.out, /low-value +RTS Art\. 16 +in-force +ann and ben.*stricter than the law/)
  assert.equal((await run('exemptions', 'stop', 'low-value', '--reason', 'INC-9')).code, 0)
  assert.equal((await run('exemptions', 'stop', 'low-value', '--reason', 'INC-9')).code, 0)
  assert.equal(await decide('1.00'), 'no exemption holds')
  const recorded = events().flatMap((event) =>
    event.kind === 'control' ? [`${event.action} ${event.who} ${event.outcome}`] : [],
  )
  assert.deepEqual(recorded, [
    'sca-propose ann refused',
    'sca-propose ann done',
    'sca-approve ANN refused',
    'sca-approve ben done',
    'sca-approve cid refused',
    'sca-propose ann done',
    'sca-approve ben done',
    'sca-stop olga done',
    'sca-stop olga unchanged',
  ])
})

test('one decision is explained, a quarter is reported and rebuilt, and fraud is in it', async (t) => {
  const { run, sca, clock, events, said } = await bank(t)
  const { id } = await sca.ledger.decide(asked(payment('12.50'), { api: 'payments' }))
  assert.equal(await sca.ledger.settle(id, 'done'), 'unauthenticated')
  assert.equal(said.length, 1)
  await sca.ledger.authenticated(id, PASSKEY)
  clock.advance(1_000)
  assert.equal(await sca.ledger.settle(id, 'done'), 'settled')
  const seen = events().flatMap((event) =>
    event.kind === 'sca' ? [`${event.what} ${event.code ?? '-'}`] : [],
  )
  assert.deepEqual(seen, [
    'decided -',
    'unauthenticated GH_SCA_UNAUTHENTICATED',
    'authenticated -',
    'done -',
  ])
  for (const event of events()) assert.doesNotMatch(JSON.stringify(event), /anna|DE89|12\.50/)

  const explained = await run('explain', id)
  assert.equal(explained.code, 0)
  assert.match(
    explained.out,
    /required[\s\S]*12\.50 EUR[\s\S]*0 payments[\s\S]*passkey[\s\S]*the same/,
  )
  for (const words of [
    ['explain', 'nobody'],
    ['explain', 'nobody', '--json'],
    ['fraud', 'nobody', '--fraud', 'none', '--reason', 'case 7'],
    ['fraud', 'nobody', '--fraud', 'none', '--reason', 'case 7', '--json'],
  ]) {
    const unknown = await run(...words)
    assert.equal(unknown.code, 4, words.join(' '))
    assert.match(unknown.err + unknown.out, /GH_SCA_DECISION_UNKNOWN/)
  }
  const kept = JSON.parse((await run('explain', id, '--json')).out) as { replayed: string }
  assert.equal(kept.replayed, 'same')

  const fraud = ['fraud', id, '--reason', 'case 7']
  assert.match((await run(...fraud, '--fraud', 'theft')).err, /GH_SCA_FRAUD_REPORT/)
  assert.match(
    (await run(...fraud, '--fraud', 'unauthorised', '--amount', '12.51')).err,
    /GH_SCA_FRAUD_REPORT/,
  )
  assert.equal((await run(...fraud, '--fraud', 'unauthorised', '--amount', '12.50')).code, 0)

  const csv = await run('report', '--quarter', '2026Q4', '--csv')
  assert.match(
    csv.out,
    /Example Bank,2026Q4,credit-transfer,true,sca,PSD2 Art\. 97,1,12\.50,12\.50,1000000,1,12\.50,0,0\.00,1000000,0,EUR/,
  )
  const rebuilt = await run('report', '--quarter', '2026Q4', '--rebuild')
  assert.equal(rebuilt.code, 0)
  assert.match(rebuilt.err, /rebuilt from the evidence of 1 decisions/)
  assert.match(rebuilt.out, /credit-transfer +sca +1 +12\.50/)
  assert.match((await run('report', '--quarter', '2026H2', '--eba')).out, /EBA\/GL\/2018\/05/)
  const wrong = await run('report', '--quarter', '2026Q9')
  assert.equal(wrong.code, 4)
  assert.match(wrong.err, /GH_SCA_PERIOD/)
  assert.equal((await run('report')).code, 4)
  assert.match((await run('rates')).out, /last 90 days +1000000 ppm of 1250 minor units/)
})

test('figures are in their columns and no formula, whatever the entity is called', async (t) => {
  const { run, sca } = await bank(t, { name: '=Bank, "Example"' })
  const { id } = await sca.ledger.decide(asked(payment('12.50')))
  await sca.ledger.authenticated(id, PASSKEY)
  await sca.ledger.settle(id, 'done')
  const report = ['report', '--quarter', '2026Q4']
  assert.match((await run(...report)).out, /credit-transfer +sca +1 +12\.50 +12\.50 +0 +PSD2/)
  const cell = `"'=Bank, ""Example"""`
  const [, ...csv] = (await run(...report, '--csv')).out.trim().split('\n')
  assert.ok(csv.length === 2 && csv.every((line) => line.startsWith(`${cell},2026Q4,`)))
  const eba = await run('report', '--quarter', '2026H2', '--eba', '--csv')
  const [header = '', ...rows] = eba.out.trim().split('\n')
  assert.deepEqual(rows, [`${cell},2026H2,credit-transfer,remote,sca,,1,12.50,0,0.00,0,0.00,0,EUR`])
  assert.equal(header.split(',').length, 14)
  const both = await run(...report, '--csv', '--json')
  assert.deepEqual([both.code, both.out], [4, ''])
  assert.match(both.err, /GH_CLI_USAGE/)
})

test('payments that go on while evidence is read are no difference of the evidence', async (t) => {
  const { run, sca, meanwhile } = await bank(t)
  const pay = async () => {
    const { id } = await sca.ledger.decide(asked(payment('12.50')))
    await sca.ledger.authenticated(id, PASSKEY)
    await sca.ledger.settle(id, 'done')
  }
  await pay()
  meanwhile.push(pay)
  const rebuilt = await run('report', '--quarter', '2026Q4', '--rebuild')
  assert.equal(rebuilt.code, 0, rebuilt.err)
  assert.match(rebuilt.err, /rebuilt from the evidence of 2 decisions/)
})

test('other currencies count by the rate of the day, which is in the evidence; what has none is said', async (t) => {
  const { run, sca, said } = await bank(t, { rates: 'Date,USD\n2026-11-20,1.25\n' })
  const ids: string[] = []
  for (const currency of ['USD', 'GBP', 'EUR']) {
    const { id } = await sca.ledger.decide(
      asked(payment('1', { amount: { value: '950.00', currency } })),
    )
    await sca.ledger.authenticated(id, PASSKEY)
    assert.equal(await sca.ledger.settle(id, 'done'), 'settled')
    ids.push(id)
  }
  assert.deepEqual(said, [])
  assert.deepEqual(await sca.problems(), [])
  const [dollars = '', pounds = '', euros = ''] = ids
  const explain = async (id: string) => (await run('explain', id)).out
  assert.match(await explain(dollars), /worth +760\.00 EUR\s+rate +1\/1\.25, Treasury, 2026-11-20/)
  const unknown = await explain(pounds)
  assert.match(unknown, /worth +unknown: no rate to EUR$/m)
  assert.doesNotMatch(unknown, /^ *rate /m)
  assert.doesNotMatch(await explain(euros), /worth|rate /)
  const { out } = await run('report', '--quarter', '2026Q4')
  assert.match(out, /credit-transfer +all +3 +1710\.00 +855\.00/)
  assert.match(out, /^credit-transfer: 1 payment is in no sum \(no rate to EUR\)/m)
  assert.equal((await run('report', '--quarter', '2026Q4', '--rebuild')).code, 0)
})

test('a file of rates that is broken at the start is a remark with its place, and decisions go on', async (t) => {
  const { sca } = await bank(t, { rates: 'Date,USD\n2026-11-20,1.25,\n2026-11-19,?\n' })
  const [problem = '', ...more] = await sca.problems()
  assert.match(problem, /rates\.csv:3:12: GH_SCA_RATES .* Write it as 1\.1732, or N\/A\.$/)
  assert.deepEqual(more, [])
  const amount = { value: '1.00', currency: 'USD' }
  const { outcome } = await sca.ledger.decide(asked(payment('1', { amount })))
  assert.equal(outcome, 'required')
})
