/** `gatehouse sca enrol|elements|revoke` as operators type them, over a real store, desk and socket. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Compile } from 'typebox/schema'
import { type ApiServices, createApi, listenOnSocket } from '../../src/api/index.ts'
import { controlDesk } from '../../src/app/control-desk.ts'
import { createLog } from '../../src/app/log.ts'
import { elementActions, elementsView } from '../../src/app/sca/element-actions.ts'
import { socketPath } from '../../src/app/socket-path.ts'
import { GatehouseError } from '../../src/lib/index.ts'
import type { ActivationMessage, ElementNews } from '../../src/sca/index.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { openSqliteStore } from '../../src/store/index.ts'
import { gatehouse } from '../cli/terminal.ts'
import { MemorySink } from '../support/memory-sink.ts'
import { NO_SCA } from '../support/no-sca.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { enrolDevice, enrolPasscode, rigOver } from './rig.ts'

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schemas', 'cli')
const WHY = ['--reason', 'case 7', '--as', 'ann'] as const
const APPROVED = ['--as', 'ines'] as const
const MESSAGE = ['--channel', 'message'] as const
const TWO = ['--channel', 'post', '--channel', 'message'] as const

async function bank(t: TestContext, { configured = true, full = false, sender = false } = {}) {
  const dir = temporaryFolder(t)
  writeFileSync(join(dir, 'gatehouse.yaml'), 'version: 1\n')
  const dataDir = join(dir, '.gatehouse')
  const store = await openSqliteStore({
    dir: join(dataDir, 'store'),
    migrations: scaMigrations,
    create: true,
  })
  const news: ElementNews[] = []
  let broken = full
  const messages: ActivationMessage[] = []
  let away = false
  const rig = rigOver(store, {
    ...(sender
      ? {
          sendCodes: (message: ActivationMessage) => {
            if (away) return Promise.reject(new GatehouseError('GH_SCA_BANK_UNREACHABLE'))
            messages.push(message)
            return Promise.resolve()
          },
        }
      : {}),
    record(one) {
      if (broken) return Promise.reject(new TypeError('the disk is full'))
      news.push(one)
      return Promise.resolve(`event-${news.length}`)
    },
  })
  const { clock, sca } = rig
  const sink = new MemorySink()
  const said: string[] = []
  const parts = {
    desk: configured ? sca.enrolment : undefined,
    codes: configured ? sca.codes : undefined,
    isCustomer: (subject: string) => Promise.resolve(!subject.startsWith('nobody')),
    now: () => clock.now(),
    pseudonym: () => 'hmac:0123456789abcdef',
  }
  let ids = 0
  const desk = controlDesk({
    actions: elementActions(parts),
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
    sca: { ...NO_SCA, elements: elementsView(parts) },
    control: (action, body) => desk.ask(action, body, 'socket'),
  }
  // Sound: only these routes are asked here.
  const close = await listenOnSocket(createApi(services as ApiServices), socketPath(dataDir))
  t.after(async () => {
    await close()
    await store.close()
  })
  const run = (...words: readonly string[]) => gatehouse(['sca', ...words], { cwd: dir })
  const events = () => JSON.stringify(sink.appended.map(({ event }) => event))
  return {
    ...rig,
    run,
    events,
    news,
    said,
    sent: messages,
    leave: () => (away = true),
    mend: () => (broken = false),
  }
}
const codesIn = (text: string) => text.match(/[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/g) ?? []

test('codes are made once another person approves them, printed once, on no record, and each enrols its own kind', async (t) => {
  const { run, sca, anna, events, said, news } = await bank(t)
  const both = ['--factor', 'passcode', '--factor', 'totp', ...TWO] as const
  const asked = await run('enrol', anna, ...both, '--identity', 'known for years', ...WHY)
  assert.equal(asked.code, 0, asked.err)
  assert.deepEqual(codesIn(asked.out + asked.err), [])
  assert.equal(news.length, 0)
  const shown = await run('elements', anna)
  assert.match(shown.out, /ann[\s\S]*case 7[\s\S]*passcode totp[\s\S]*known for years/)
  for (const who of ['ann', ' ANN '])
    assert.match((await run('enrol-approve', anna, '--as', who)).err, /GH_SCA_SECOND_PERSON/)
  const made = await run('enrol-approve', anna, ...APPROVED)
  assert.equal(made.code, 0, made.err)
  assert.match(made.out, /no sender is configured/)
  const codes = codesIn(made.out)
  assert.equal(codes.length, 2)
  for (const text of [events(), said.join(), JSON.stringify(await sca.enrolment.waiting(anna))])
    for (const code of [...codes, anna]) assert.ok(!text.includes(code), text)
  assert.match(events(), /"action":"sca-enrol","who":"ann"[^}]*"reason":"case 7"/)
  assert.match(events(), /"action":"sca-enrol-approve","who":"ines"/)
  assert.match(events(), /proposed by ann: case 7/)
  assert.match(events(), /hmac:0123456789abcdef/)
  assert.match((await run('enrol-approve', anna, ...APPROVED)).err, /GH_SCA_CODES_UNPROPOSED/)
  assert.deepEqual(
    news.map(({ what, kind, by }) => `${what} ${kind} ${by}`),
    ['code passcode bank', 'code totp bank'],
  )
  const [code = ''] = codes
  const authorisation = { kind: 'activation', code, network: 'net' } as const
  const of = { subject: anna, kind: 'passcode', channel: 'browser', authorisation } as const
  assert.ok((await sca.enrolment.begin(of)).ok)

  await run('enrol', anna, '--factor', 'passcode', '--json', '--days', '30', ...WHY)
  const json = await run('enrol-approve', anna, '--json', ...APPROVED)
  const published = readFileSync(join(SCHEMAS, 'sca-enrol-approve.schema.json'), 'utf8')
  assert.ok(Compile(JSON.parse(published) as object).Check(JSON.parse(json.out)), json.out)
  const read = JSON.parse(json.out) as { codes: readonly { kind: string; code: string }[] }
  assert.deepEqual(
    read.codes.map(({ kind }) => kind),
    ['passcode'],
  )
  assert.deepEqual(codesIn(read.codes[0]?.code ?? ''), [read.codes[0]?.code])
})

test('what is not asked for as it must be is refused, on record, and makes no code', async (t) => {
  const { run, sca, anna, events } = await bank(t)
  assert.equal((await run('enrol', anna, '--factor', 'passcode')).code, 4)
  assert.equal((await run('revoke', anna, '--all')).code, 4)
  for (const wrong of [
    [anna],
    [anna, '--factor', 'retina'],
    [anna, '--factor', 'passcode', '--factor', 'passcode'],
    [anna, '--factor', 'passcode', '--channel', 'browser'],
    [anna, '--factor', 'passcode', '--channel', 'post', '--channel', 'post'],
    [anna, '--factor', 'passcode', ...TWO, '--channel', 'app'],
    [anna, '--factor', 'passcode', '--identity', '  '],
    [anna, '--factor', 'passcode', '--identity', 'x'.repeat(201)],
    [anna, '--factor', 'passcode', '--days', '31'],
    [anna, '--factor', 'passcode', '--days', '0'],
    [anna, '--factor', 'passcode', '--days', 'soon'],
    ['x'.repeat(257), '--factor', 'passcode'],
  ]) {
    const { code, err } = await run('enrol', ...wrong, ...WHY)
    assert.equal(code, 4, wrong.join(' '))
    assert.match(err, /GH_SCA_ELEMENT_REQUEST/)
  }
  const json = await run('enrol', anna, '--json', ...WHY)
  assert.equal(json.code, 4)
  assert.equal((JSON.parse(json.out) as { code: string }).code, 'GH_SCA_ELEMENT_REQUEST')
  const alone = await run('enrol', anna, '--factor', 'passkey', ...WHY)
  assert.equal(alone.code, 4)
  assert.match(alone.err, /GH_SCA_ONE_CHANNEL/)
  const nobody = await run('enrol', 'nobody', '--factor', 'passcode', ...WHY)
  assert.equal(nobody.code, 4)
  assert.match(nobody.err, /GH_SCA_CUSTOMER_UNKNOWN/)
  assert.equal(await sca.codes.proposed(anna), undefined)
  assert.deepEqual(await sca.enrolment.waiting(anna), [])
  assert.match(events(), /"outcome":"refused","code":"GH_SCA_ELEMENT_REQUEST"/)
  // Who can authenticate needs no code; who lost what he has does.
  await enrolPasscode({ sca }, anna)
  await enrolDevice({ sca }, anna)
  const needless = await run('enrol', anna, '--factor', 'totp', ...WHY)
  assert.match(needless.err, /GH_SCA_ELEMENT_REQUEST/)
  assert.equal(
    (await run('enrol', anna, '--factor', 'totp', '--recovery', ...MESSAGE, ...WHY)).code,
    0,
  )
})

test('elements are listed without secrets, and removed one by one or all with the codes', async (t) => {
  const { run, sca, anna, news } = await bank(t)
  await enrolPasscode({ sca }, anna)
  const { id } = await enrolDevice({ sca }, anna)
  await run('enrol', anna, '--factor', 'totp', '--recovery', ...MESSAGE, ...WHY)
  await run('enrol-approve', anna, ...APPROVED)
  await run('enrol', anna, '--factor', 'totp', '--recovery', ...MESSAGE, ...WHY)
  const listed = await run('elements', anna)
  assert.match(listed.out, /can authenticate[\s\S]*Telephone[\s\S]*recovery code/)
  assert.doesNotMatch(listed.out, /argon2|jwk/)
  const printed = (await run('elements', anna, '--json')).out
  const published = readFileSync(join(SCHEMAS, 'sca-elements.schema.json'), 'utf8')
  assert.ok(Compile(JSON.parse(published) as object).Check(JSON.parse(printed)), printed)
  const view = JSON.parse(printed) as {
    elements: readonly object[]
    canAuthenticate: boolean
  }
  assert.equal(view.elements.length, 2)
  assert.equal(view.canAuthenticate, true)

  assert.match((await run('revoke', anna, 'nothing', ...WHY)).err, /GH_SCA_ELEMENT_UNKNOWN/)
  assert.match((await run('revoke', `${anna}-2`, id, ...WHY)).err, /GH_SCA_ELEMENT_UNKNOWN/)
  assert.match((await run('revoke', anna, id, '--all', ...WHY)).err, /GH_SCA_ELEMENT_REQUEST/)
  assert.match((await run('revoke', anna, ...WHY)).err, /GH_SCA_ELEMENT_REQUEST/)
  assert.equal((await run('revoke', anna, id, ...WHY)).code, 0)
  const left = await sca.enrolment.devices(anna)
  assert.deepEqual(
    left.map(({ kind }) => kind),
    ['passcode'],
  )
  assert.deepEqual([news.at(-1)?.what, news.at(-1)?.by], ['remove', 'bank'])
  assert.equal((await run('revoke', anna, '--all', ...WHY)).code, 0)
  assert.deepEqual(await sca.enrolment.devices(anna), [])
  assert.deepEqual(await sca.enrolment.waiting(anna), [])
  assert.match((await run('revoke', anna, '--all', ...WHY)).out, /unchanged/)
  // Also of a customer who has nothing but what is under way.
  await run('enrol', anna, '--factor', 'totp', ...WHY)
  assert.match((await run('revoke', anna, '--all', ...WHY)).out, /done/)
  assert.match((await run('enrol-approve', anna, ...APPROVED)).err, /GH_SCA_CODES_UNPROPOSED/)
  await run('enrol', anna, '--factor', 'totp', ...WHY)
  const [code = ''] = codesIn((await run('enrol-approve', anna, ...APPROVED)).out)
  const authorisation = { kind: 'activation', code, network: 'net' } as const
  const of = { subject: anna, kind: 'totp', channel: 'browser', authorisation } as const
  assert.ok((await sca.enrolment.begin(of)).ok)
  assert.match((await run('revoke', anna, '--all', ...WHY)).out, /done/)
  assert.match((await run('revoke', anna, '--all', ...WHY)).out, /unchanged/)
})

test('what cannot be recorded does not happen', async (t) => {
  const { run, sca, anna, mend } = await bank(t, { full: true })
  assert.equal((await run('enrol', anna, '--factor', 'passcode', ...WHY)).code, 0)
  const { code, err, out } = await run('enrol-approve', anna, ...APPROVED)
  assert.notEqual(code, 0)
  assert.deepEqual(codesIn(out + err), [])
  assert.deepEqual(await sca.enrolment.waiting(anna), [])
  mend()
  await enrolPasscode({ sca }, anna)
  assert.equal((await sca.enrolment.devices(anna)).length, 1)
})

test('without a section of its own there is nothing to list or to change', async (t) => {
  const { run, anna } = await bank(t, { configured: false })
  for (const words of [
    ['enrol', anna, '--factor', 'passcode', ...WHY],
    ['enrol-approve', anna, ...APPROVED],
    ['elements', anna],
    ['revoke', anna, '--all', ...WHY],
  ])
    assert.match((await run(...words)).err, /GH_SCA_NOT_CONFIGURED/)
})

test('where the bank has a sender codes go to it, and no operator sees one', async (t) => {
  const { run, anna, sent, events, said, leave, sca } = await bank(t, { sender: true })
  await run('enrol', anna, '--factor', 'passkey', ...TWO, ...WHY)
  const made = await run('enrol-approve', anna, '--json', ...APPROVED)
  const read = JSON.parse(made.out) as { codes: readonly unknown[]; sent: readonly unknown[] }
  assert.deepEqual(read.codes, [])
  assert.deepEqual(read.sent, [
    { kind: 'passkey', channel: 'post' },
    { kind: 'passkey', channel: 'message' },
  ])
  assert.equal(sent.length, 2)
  for (const text of [made.out, made.err, events(), said.join()])
    for (const { code } of sent) assert.ok(!text.includes(code), text)
  leave()
  await run('enrol', anna, '--factor', 'passcode', ...TWO, ...WHY)
  const failed = await run('enrol-approve', anna, ...APPROVED)
  assert.equal(failed.code, 69)
  assert.match(failed.err, /GH_SCA_BANK_UNREACHABLE/)
  assert.deepEqual(codesIn(failed.err + failed.out + events()), [])
  assert.deepEqual(
    (await sca.enrolment.waiting(anna)).map(({ kind }) => kind),
    ['passkey'],
  )
})
