/** Whatever is under way when all elements of a customer are ended comes to nothing (RTS Art. 27), at whichever moment. */
import assert from 'node:assert/strict'
import { ENROLMENT_AUDIENCE, type Sca } from '../../src/sca/index.ts'
import { ENDED_KEPT_MS } from '../../src/sca/factors/units.ts'
import { kept } from './ended-units.ts'
import { onBothStores } from './on-both-stores.ts'
import { CLIENT, codeFor, enrolDevice, enrolPasscode, type Rig } from './rig.ts'

const NUMBER = '+4915112345678'
const ROUNDS = 50

async function activation(sca: Sca, subject: string): Promise<string> {
  const of = { subject, kind: 'one-time-code', channel: 'post', lifeMs: 60_000 } as const
  return sca.enrolment.activation({ ...of, recovers: true })
}
const beginning = (sca: Sca, subject: string, code: string, to = NUMBER) =>
  sca.enrolment.begin({
    subject,
    kind: 'one-time-code',
    channel: 'browser',
    given: { to },
    authorisation: { kind: 'activation', code, network: subject },
  })
/** Begun, and what its customer was sent. */
async function begun({ messages }: Rig, sca: Sca, subject: string, to = NUMBER) {
  const started = await beginning(sca, subject, await activation(sca, subject), to)
  assert.ok(started.ok)
  const value = messages.findLast((message) => message.to === to)?.code ?? ''
  return { subject, id: started.value.id, value }
}
async function nothingLeft(sca: Sca, subject: string): Promise<void> {
  assert.deepEqual(await sca.enrolment.devices(subject), [])
  assert.deepEqual(await sca.enrolment.waiting(subject), [])
}

onBothStores('fifty times: an enrolment is finished while everything ends', async (rig) => {
  const { anna, sca } = rig
  const subjects = Array.from({ length: ROUNDS }, (_, at) => `${anna}-${at}`)
  const open = await Promise.all(
    subjects.map((subject, at) => begun(rig, sca, subject, `+49151000${1_000 + at}`)),
  )
  await Promise.all(
    open.flatMap((one, at) => {
      const steps = [
        () => sca.enrolment.finish(one),
        () => sca.enrolment.revokeAll(one.subject),
        // A wrong answer is given back; not to what was ended.
        () => sca.enrolment.finish({ ...one, value: '00000000' }),
      ]
      return (at % 2 === 0 ? steps : steps.toReversed()).map((step) => step())
    }),
  )
  for (const one of open) {
    const late = await sca.enrolment.finish(one)
    assert.equal(late.ok ? '' : late.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
    await nothingLeft(sca, one.subject)
  }
})

onBothStores('an element that is on record already and not kept yet does not come', async (rig) => {
  const { anna, another } = rig
  const told: string[] = []
  const sca: Sca = another({
    async record({ what, refused = '' }) {
      told.push(`${what}${refused && ` ${refused}`}`)
      if (what === 'add' && refused === '') await sca.enrolment.revokeAll(anna)
      return 'event'
    },
  })
  const finished = await sca.enrolment.finish(await begun(rig, sca, anna))
  assert.equal(finished.ok ? '' : finished.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
  await nothingLeft(sca, anna)
  assert.deepEqual(told, ['code', 'add', 'add void'])
})

onBothStores(
  'a code of the bank that is in use, and a code for the act, begin nothing',
  async (rig) => {
    const { anna, another } = rig
    let wanted = false
    const sca: Sca = another({
      sender: {
        async send() {
          if (wanted) await sca.enrolment.revokeAll(anna)
        },
      },
    })
    const code = await activation(sca, anna)
    wanted = true
    const first = await beginning(sca, anna, code)
    assert.equal(first.ok ? '' : first.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
    await nothingLeft(sca, anna)
    wanted = false
    await enrolPasscode({ sca }, anna)
    const device = await enrolDevice({ sca }, anna)
    const act = (subject: string) => ({
      subject,
      client: CLIENT,
      audience: ENROLMENT_AUDIENCE,
      purpose: { kind: 'risky-act', what: 'credentials', element: 'one-time-code' } as const,
    })
    const begin = (of: { readonly code: string }) =>
      sca.enrolment.begin({
        subject: anna,
        kind: 'one-time-code',
        channel: 'browser',
        given: { to: NUMBER },
        authorisation: { kind: 'code', code: of.code, client: CLIENT },
      })
    // It was given out before, and what it was made with is ended.
    const issued = await codeFor({ sca }, device, act(anna))
    await sca.enrolment.revokeAll(anna)
    const second = await begin(issued)
    assert.equal(second.ok ? '' : second.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
    await nothingLeft(sca, anna)
  },
)

onBothStores('one element that ends takes with it what was begun by it', async (rig) => {
  const { anna, sca, messages } = rig
  await enrolPasscode(rig, anna)
  const device = await enrolDevice(rig, anna)
  const { code } = await codeFor(rig, device, {
    subject: anna,
    client: CLIENT,
    audience: ENROLMENT_AUDIENCE,
    purpose: { kind: 'risky-act', what: 'credentials', element: 'one-time-code' },
  })
  const at = messages.length
  const started = await sca.enrolment.begin({
    subject: anna,
    kind: 'one-time-code',
    channel: 'browser',
    given: { to: NUMBER },
    authorisation: { kind: 'code', code, client: CLIENT },
  })
  assert.ok(started.ok)
  assert.equal(await sca.enrolment.revoke(anna, device.id, 'bank'), true)
  const value = messages[at]?.code ?? ''
  const finished = await sca.enrolment.finish({ subject: anna, id: started.value.id, value })
  assert.equal(finished.ok ? '' : finished.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
  assert.deepEqual(
    (await sca.enrolment.devices(anna)).map(({ kind }) => kind),
    ['passcode'],
  )
})

onBothStores(
  'what ended holds no secret from then on, and is forgotten after eighteen months',
  async (rig) => {
    const { anna, sca, store, clock } = rig
    await enrolPasscode(rig, anna)
    await enrolDevice(rig, anna)
    const [subject = ''] = sca.enrolment.namesOf(anna)
    const now = () => store.run(kept, { subject })
    assert.ok((await now()).secrets > 200)
    assert.equal((await sca.enrolment.revokeAll(anna)).elements, 2)
    assert.deepEqual(await now(), { rows: 2, secrets: 0 })
    clock.advance(ENDED_KEPT_MS - 1)
    await sca.forgetEnded(1_000)
    assert.equal((await sca.enrolment.ended(anna)).length, 2)
    clock.advance(1)
    await sca.forgetEnded(1_000)
    assert.deepEqual(await sca.enrolment.ended(anna), [])
    assert.deepEqual(await now(), { rows: 0, secrets: 0 })
  },
)
