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
import type { ElementNews } from '../../src/sca/index.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { openSqliteStore } from '../../src/store/index.ts'
import { gatehouse } from '../cli/terminal.ts'
import { MemorySink } from '../support/memory-sink.ts'
import { NO_SCA } from '../support/no-sca.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { enrolDevice, enrolPasscode, rigOver } from './rig.ts'

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schemas', 'cli')
const WHY = ['--reason', 'case 7', '--as', 'ann'] as const

async function bank(t: TestContext, { configured = true, full = false } = {}) {
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
  const rig = rigOver(store, {
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
  return { ...rig, run, events, news, said, mend: () => (broken = false) }
}
const codesIn = (text: string) => text.match(/[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/g) ?? []

test('codes are printed once, are on no record, and each enrols its own kind', async (t) => {
  const { run, sca, anna, events, said, news } = await bank(t)
  const made = await run('enrol', anna, '--factor', 'passcode', '--factor', 'totp', ...WHY)
  assert.equal(made.code, 0, made.err)
  const codes = codesIn(made.out)
  assert.equal(codes.length, 2)
  for (const text of [events(), said.join(), JSON.stringify(await sca.enrolment.waiting(anna))])
    for (const code of [...codes, anna]) assert.ok(!text.includes(code), text)
  assert.match(events(), /"action":"sca-enrol","who":"ann"[^}]*"reason":"case 7"/)
  assert.match(events(), /hmac:0123456789abcdef/)
  assert.deepEqual(
    news.map(({ what, kind, by }) => `${what} ${kind} ${by}`),
    ['code passcode bank', 'code totp bank'],
  )
  const [code = ''] = codes
  const authorisation = { kind: 'activation', code, network: 'net' } as const
  const of = { subject: anna, kind: 'passcode', channel: 'browser', authorisation } as const
  assert.ok((await sca.enrolment.begin(of)).ok)

  const json = await run('enrol', anna, '--factor', 'passcode', '--json', '--days', '30', ...WHY)
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
  assert.deepEqual(await sca.enrolment.waiting(anna), [])
  assert.match(events(), /"outcome":"refused","code":"GH_SCA_ELEMENT_REQUEST"/)
  // Who can authenticate needs no code; who lost what he has does.
  await enrolPasscode({ sca }, anna)
  await enrolDevice({ sca }, anna)
  const needless = await run('enrol', anna, '--factor', 'totp', ...WHY)
  assert.match(needless.err, /GH_SCA_ELEMENT_REQUEST/)
  assert.equal((await run('enrol', anna, '--factor', 'totp', '--recovery', ...WHY)).code, 0)
})

test('elements are listed without secrets, and removed one by one or all with the codes', async (t) => {
  const { run, sca, anna, news } = await bank(t)
  await enrolPasscode({ sca }, anna)
  const { id } = await enrolDevice({ sca }, anna)
  await run('enrol', anna, '--factor', 'totp', '--recovery', ...WHY)
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
})

test('what cannot be recorded does not happen', async (t) => {
  const { run, sca, anna, mend } = await bank(t, { full: true })
  const { code, err, out } = await run('enrol', anna, '--factor', 'passcode', ...WHY)
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
    ['elements', anna],
    ['revoke', anna, '--all', ...WHY],
  ])
    assert.match((await run(...words)).err, /GH_SCA_NOT_CONFIGURED/)
})
