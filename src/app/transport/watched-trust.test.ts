import assert from 'node:assert/strict'
import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../../test/support/development-certificates.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import type { TrustStoreConfig } from '../../config/index.ts'
import type { CertificateFact } from '../../decide/index.ts'
import { judgeCertificate } from '../../gateway/core/index.ts'
import { readPem } from '../../proof/index.ts'
import { watchedTrust } from './watched-trust.ts'

const DAY_MS = 86_400_000

interface Rig {
  readonly made: DevelopmentCertificates
  readonly clock: FakeClock
  readonly trust: ReturnType<typeof watchedTrust>
  /** What a certificate is worth now. */
  worth(name: string): Promise<string>
  fact(name: string): Promise<CertificateFact>
  /** Replaced whole, as anybody should. */
  put(name: string, text: string): void
}

function rig(t: TestContext, config: Partial<TrustStoreConfig>): Rig {
  const clock = new FakeClock()
  const made = developmentCertificates(t, clock.now())
  const inFolder = (file: string): string => join(made.dir, file)
  const trust = watchedTrust(
    [
      {
        name: 'psd2',
        revocation: 'crl',
        ocsp: config.ocsp ?? null,
        anchors: (config.anchors ?? []).map(inFolder),
        crls: (config.crls ?? []).map(inFolder),
        trustedLists: (config.trustedLists ?? []).map(({ file, signers }) => ({
          file: inFolder(file),
          signers: inFolder(signers),
        })),
      },
    ],
    {
      clock,
      scheduler: clock,
      randomBytes: (count) => new Uint8Array(count),
      ask: () => Promise.reject(new Error('nobody is asked')),
    },
  )
  const fact = async (name: string): Promise<CertificateFact> => {
    await trust.check()
    const chain = readPem('CERTIFICATE', made.pem(name)) ?? []
    return judgeCertificate(trust.stores(['psd2']), chain, clock.now())
  }
  return {
    made,
    clock,
    trust,
    fact,
    async worth(name) {
      const one = await fact(name)
      return one.kind === 'trusted' ? one.revocation : one.kind
    },
    put(name, text) {
      writeFileSync(inFolder(`${name}.new`), text)
      renameSync(inFolder(`${name}.new`), inFolder(name))
    },
  }
}

test('`watchedTrust` believes what its anchors issued, with what the list of that authority says', async (t) => {
  const { worth, fact } = rig(t, { anchors: ['ca.pem'], crls: ['crl.pem'] })
  assert.equal(await worth('qwac'), 'good')
  assert.equal(await worth('qwac-revoked'), 'revoked')
  assert.equal(await worth('qwac-foreign'), 'untrusted')
  assert.equal(await worth('self-signed'), 'untrusted')
  const found = await fact('qwac-ais')
  assert.ok(found.kind === 'trusted')
  assert.deepEqual(
    [found.trustStore, found.depth, [...found.roles], found.organization],
    ['psd2', 1, ['PSP_AI'], 'PSDGB-FCA-123456'],
  )
  // Trusted, and no QWAC: it has no role.
  const proxy = await fact('proxy')
  assert.deepEqual(proxy.kind === 'trusted' && [...proxy.roles], [])
})

test('`watchedTrust` knows nothing of revocation without a list of that very authority', async (t) => {
  const { worth, put, made } = rig(t, { anchors: ['ca.pem', 'foreign-ca.pem'], crls: ['crl.pem'] })
  assert.equal(await worth('qwac'), 'good')
  assert.equal(await worth('qwac-foreign'), 'unknown')
  put(
    'crl.pem',
    made.pem('crl').replace(/[A-Z]/, (letter) => (letter === 'A' ? 'B' : 'A')),
  )
  assert.equal(await worth('qwac'), 'good', 'a list that is broken leaves the last one in force')
})

test('`watchedTrust` says which file cannot be used, and when it can again', async (t) => {
  const { worth, put, made, trust } = rig(t, {
    anchors: ['ca.pem'],
    crls: ['crl.pem', 'later.crl'],
  })
  assert.equal(await worth('qwac'), 'good')
  assert.match(trust.problems.join(), /later\.crl: ENOENT$/)
  const { version } = trust
  put('later.crl', made.pem('crl'))
  await trust.check()
  assert.deepEqual(trust.problems, [])
  assert.equal(trust.version, version + 1)
  await trust.check()
  assert.equal(trust.version, version + 1, 'nothing changed, so nothing is judged again')
  rmSync(join(made.dir, 'later.crl'))
  await trust.check()
  assert.match(trust.problems.join(), /later\.crl: ENOENT$/)
})

test('`watchedTrust` takes a list with a later date over one that came first', async (t) => {
  const { fact, clock } = rig(t, { anchors: ['ca.pem'], crls: ['crl-stale.pem', 'crl.pem'] })
  const found = await fact('qwac')
  assert.ok(found.kind === 'trusted' && found.revocationUntil > clock.now())
})

test('`watchedTrust` trusts whom a trusted list grants, until the list ends', async (t) => {
  const { worth, clock, trust } = rig(t, {
    trustedLists: [{ file: 'trusted-list.xml', signers: 'list-operator.pem' }],
    crls: ['crl.pem'],
  })
  assert.equal(await worth('qwac'), 'good')
  assert.equal(await worth('qwac-foreign'), 'untrusted')
  assert.deepEqual(trust.problems, [])
  clock.advance(91 * DAY_MS)
  assert.equal(await worth('qwac'), 'untrusted')
  assert.match(trust.problems.join(), /out of date since/)
})

test('`watchedTrust` goes on with the last list that was signed', async (t) => {
  const { worth, made, put, trust } = rig(t, {
    trustedLists: [{ file: 'list.xml', signers: 'list-operator.pem' }],
    crls: ['crl.pem'],
  })
  const list = (name: string): void =>
    copyFileSync(join(made.dir, `${name}.xml`), join(made.dir, 'list.xml'))
  assert.equal(await worth('qwac'), 'untrusted')
  list('trusted-list-stale')
  assert.equal(await worth('qwac'), 'untrusted')
  list('trusted-list')
  assert.equal(await worth('qwac'), 'good')
  assert.deepEqual(trust.problems, [])
  put('list.xml', '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"/>')
  assert.equal(await worth('qwac'), 'good')
  assert.match(trust.problems.join(), /none of the signers/)
})

test('`watchedTrust` judges again when a list ends where a responder is asked in its place', async (t) => {
  const { worth, clock, trust } = rig(t, {
    anchors: ['ca.pem'],
    crls: ['crl.pem'],
    ocsp: {
      responder: 'http://ocsp.example/',
      mode: 'where-no-crl',
      timeoutMs: 1_000,
      maxAgeSeconds: 3_600,
      certificateId: 'sha1',
      nonce: false,
    },
  })
  assert.equal(await worth('qwac'), 'good')
  const { version } = trust
  clock.advance(89 * DAY_MS)
  await trust.check()
  assert.equal(trust.version, version)
  clock.advance(2 * DAY_MS)
  await trust.check()
  assert.ok(trust.version > version)
  await trust.check()
  trust.close()
})
