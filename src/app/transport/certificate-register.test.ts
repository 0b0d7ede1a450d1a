import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../../test/support/development-certificates.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { controls } from '../../controls/index.ts'
import {
  certificateRegister,
  daysLeft,
  type Registered,
  registerObservations,
} from './certificate-register.ts'
import { CERTIFICATES_CHECK_MS, watchCertificates } from './certificate-watch.ts'

const DAY_MS = 86_400_000

function configured(made: DevelopmentCertificates, more: Partial<Registered> = {}): Registered {
  return {
    listeners: [
      {
        name: 'third-parties',
        listen: { host: '127.0.0.1', port: 0 },
        certificate: made.file('server'),
        key: { file: made.file('server-key') },
        minVersion: '1.2',
        clientCertificate: 'required',
        dataPlane: 'node',
        trustStores: ['psd2'],
        proxies: { certificates: [made.file('proxy')], header: 'client-cert' },
      },
    ],
    trustStores: [
      {
        name: 'psd2',
        anchors: [made.file('ca')],
        crls: [],
        revocation: 'none',
        ocsp: null,
        trustedLists: [
          { file: join(made.dir, 'trusted-list.xml'), signers: made.file('list-operator') },
        ],
      },
    ],
    issuers: [],
    ...more,
  }
}

function issuerWithChain(made: DevelopmentCertificates): Registered['issuers'] {
  const der = made.pem('qseal').replaceAll(/-----[^-]+-----|\s/g, '')
  const file = join(made.dir, 'jwks.json')
  writeFileSync(file, JSON.stringify({ keys: [{ kty: 'RSA', x5c: [der] }, { kty: 'EC' }] }))
  return [
    {
      issuer: 'https://as.example',
      jwks: { file },
      audience: ['a'],
      algorithms: ['PS256'],
      clockSkewSeconds: 0,
      introspection: null,
      tls: null,
      claims: {
        client: 'client_id',
        subject: 'sub',
        consent: 'consent_id',
        consentIn: 'claim',
        grant: 'grant_id',
        sca: 'sca',
        scope: 'scope',
      },
    },
  ]
}

test('`certificateRegister` knows every certificate that is named, wherever it stands, the first to end first', async (t) => {
  const clock = new FakeClock()
  const made = developmentCertificates(t, clock.now())
  const register = certificateRegister(configured(made, { issuers: issuerWithChain(made) }))
  assert.equal(register.entries.length, 0)
  await register.check()
  assert.deepEqual(register.entries.map(({ use, name }) => `${use} ${name}`).toSorted(), [
    'issuer-key https://as.example',
    'listener third-parties',
    'proxy third-parties',
    'trust-store psd2',
    'trusted-list psd2',
  ])
  const ends = register.entries.map(({ notAfter }) => notAfter)
  assert.deepEqual(
    ends,
    ends.toSorted((a, b) => a - b),
  )
  const days = register.entries.map((one) => daysLeft(one, clock.now()))
  assert.ok(days.every((left) => left >= 89))
})

test('`registerObservations` says pass at 30 days and fail below, for each API; and nothing without a listener', async (t) => {
  const clock = new FakeClock()
  const made = developmentCertificates(t, clock.now())
  const register = certificateRegister(configured(made))
  await register.check()
  const [first] = register.entries
  assert.ok(first !== undefined)
  const at = (left: number) =>
    registerObservations(register.entries, ['accounts', 'payments'], first.notAfter - left)
  assert.deepEqual(
    at(30 * DAY_MS).map(({ api, outcome }) => [api, outcome]),
    [
      ['accounts', 'pass'],
      ['payments', 'pass'],
    ],
  )
  const [late] = at(30 * DAY_MS - 1)
  assert.equal(late?.outcome, 'fail')
  assert.match(late.value, /29 days left/)
  assert.ok(!late.value.includes('/'), 'no path of this machine')
  assert.ok(controls().some(({ id }) => id === late.control))
  const anchors = register.entries.filter(({ use }) => use !== 'listener')
  assert.deepEqual(registerObservations(anchors, ['accounts'], clock.now()), [])
})

interface Watched {
  readonly clock: FakeClock
  readonly made: DevelopmentCertificates
  readonly said: string[]
  readonly watch: ReturnType<typeof watchCertificates>
}

function watched(t: TestContext): Watched {
  const clock = new FakeClock()
  const made = developmentCertificates(t, clock.now())
  const said: string[] = []
  const { listeners } = configured(made)
  const config = {
    listeners: listeners.map((one) => ({ ...one, proxies: null })),
    trustStores: [],
    issuers: [],
  }
  const watch = watchCertificates({
    config: () => config,
    clock,
    scheduler: clock,
    say: (text) => said.push(text),
  })
  t.after(() => watch.stop())
  return { clock, made, said, watch }
}

test('`watchCertificates` tells once at each step: a month, a week, the end', async (t) => {
  const { clock, said, watch } = watched(t)
  await watch.check()
  assert.deepEqual(said, [])
  for (const [days, texts] of [
    [61, 1],
    [1, 1],
    [22, 2],
    [7, 3],
  ] as const) {
    clock.advance(days * DAY_MS)
    await watch.check()
    await watch.check()
    assert.equal(said.length, texts, said.join('; '))
  }
  assert.match(said.at(-1) ?? '', /ended 1 days ago/)
})

test('`watchCertificates` goes by the file as it is now: a new certificate in its place is quiet', async (t) => {
  const { clock, said, watch, made } = watched(t)
  await watch.check()
  clock.advance(89 * DAY_MS)
  await watch.check()
  assert.equal(said.length, 1)
  const fresh = developmentCertificates(t, clock.now())
  writeFileSync(made.file('new'), fresh.pem('server'))
  renameSync(made.file('new'), made.file('server'))
  clock.advance(CERTIFICATES_CHECK_MS)
  await watch.check()
  assert.equal(said.length, 1)
  assert.ok(daysLeft(watch.entries[0] ?? { notAfter: 0 }, clock.now()) >= 88)
})
