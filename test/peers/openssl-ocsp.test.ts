/** The independent side of OCSP: openssl reads our questions and answers them, and we read what it answered. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  type Certificate,
  judgeOcspAnswer,
  ocspRequest,
  readCertificate,
  readPem,
} from '../../src/proof/index.ts'
import { makeParty, ocspAnswer, OCSP_SIGNING, type Party } from '../support/ocsp-authority.ts'
import { peersRequired } from '../support/peer-programs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { stdout: version } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
const found = (version ?? '').startsWith('OpenSSL 3.')
test('openssl is here, or its suite is skipped', (t) => {
  if (found) return
  assert.ok(!peersRequired, 'openssl 3 is required and is not on the PATH')
  t.skip('SKIPPED: openssl 3 is not on the PATH')
})
const peer = { skip: !found }
const HOUR_MS = 3_600_000

/** Its arguments hold no blanks. */
function openssl(cwd: string, command: string): string {
  const { status, stdout, stderr } = spawnSync('openssl', command.split(' '), {
    cwd,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  return `${stdout}\n${stderr}`
}

interface Rig {
  readonly dir: string
  readonly ca: Party
  readonly delegate: Party
  readonly client: Certificate
  put(name: string, bytes: Uint8Array | string): void
}

/** An authority of ours with the index of issued certificates that openssl keeps. */
function rig(t: TestContext, status: 'V' | 'R' | 'none', keyType: 'ec' | 'rsa' = 'ec'): Rig {
  const dir = temporaryFolder(t)
  const now = Date.now()
  const ca = makeParty({ name: 'CA', now, ca: true, keyType })
  const client = makeParty({ name: 'client', now, issuer: ca, serial: 0x1234 }).certificate
  const delegate = makeParty({
    name: 'responder',
    now,
    issuer: ca,
    uses: [OCSP_SIGNING],
    noCheck: true,
  })
  const put = (name: string, bytes: Uint8Array | string): void =>
    writeFileSync(join(dir, name), bytes)
  const pem = ({ der }: Certificate): string =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g)
      ?.join('\n')}\n-----END CERTIFICATE-----\n`
  for (const [name, party] of Object.entries({ ca, delegate })) {
    put(`${name}.pem`, pem(party.certificate))
    put(`${name}-key.pem`, party.key.export({ type: 'pkcs8', format: 'pem' }))
  }
  put('client.pem', pem(client))
  const revokedAt = status === 'R' ? '260101000000Z,keyCompromise' : ''
  put(
    'index.txt',
    status === 'none' ? '' : `${status}\t351231235959Z\t${revokedAt}\t1234\tunknown\t/CN=client\n`,
  )
  return { dir, ca, delegate, client, put }
}

function answered({ dir, put }: Rig, request: Uint8Array, signer = 'ca', more = ''): Uint8Array {
  put('question.der', request)
  openssl(
    dir,
    `ocsp -index index.txt -CA ca.pem -reqin question.der -rsigner ${signer}.pem -rkey ${signer}-key.pem -respout answer.der -ndays 1${more}`,
  )
  return readFileSync(join(dir, 'answer.der'))
}

for (const hash of ['sha1', 'sha256'] as const)
  test(`openssl reads our question by ${hash}, with the nonce`, peer, (t) => {
    const { dir, ca, client, put } = rig(t, 'V')
    const nonce = Buffer.alloc(32, 0xab)
    put('q.der', ocspRequest({ certificate: client, issuer: ca.certificate, hash, nonce }))
    const text = openssl(dir, 'ocsp -reqin q.der -req_text')
    assert.match(text, new RegExp(`Hash Algorithm: ${hash}`))
    assert.match(text, /Serial Number: 1234/)
    assert.match(text, /OCSP Nonce:\s+0420(?:AB){32}/)
    const own = openssl(
      dir,
      `ocsp -issuer ca.pem -${hash} -cert client.pem -no_nonce -req_text -reqout own.der`,
    )
    assert.match(own, /OCSP Request Data/)
    // Byte for byte what openssl would ask.
    const plain = ocspRequest({ certificate: client, issuer: ca.certificate, hash })
    assert.deepEqual(Buffer.from(plain), readFileSync(join(dir, 'own.der')))
  })

for (const keyType of ['ec', 'rsa'] as const)
  for (const signer of ['ca', 'delegate'])
    for (const [index, want] of [
      ['V', 'good'],
      ['R', 'revoked'],
      ['none', 'unknown'],
    ] as const)
      test(`we read what openssl answers: ${want}, ${keyType}, signed by ${signer}`, peer, (t) => {
        const made = rig(t, index, keyType)
        const { client, ca } = made
        const nonce = randomBytes(32)
        const asked = { certificate: client, issuer: ca.certificate, nonce }
        for (const [hash, more] of [
          ['sha1', ''],
          ['sha256', ' -resp_key_id'],
        ] as const) {
          const answer = answered(made, ocspRequest({ ...asked, hash }), signer, more)
          const question = { ...asked, now: Date.now() + 2_000, maxAgeMs: HOUR_MS }
          const judged = judgeOcspAnswer(answer, question)
          assert.equal(judged.ok ? judged.status : judged.fault, want)
          // And not tomorrow.
          assert.equal(
            judgeOcspAnswer(answer, { ...question, now: Date.now() + 25 * HOUR_MS }).ok,
            false,
          )
        }
      })

test('openssl verifies what our authority of tests answers', peer, (t) => {
  const { dir, ca, delegate, client, put } = rig(t, 'V')
  const now = Math.floor(Date.now() / 1_000) * 1_000
  const single = {
    certificate: client,
    issuer: ca.certificate,
    thisUpdate: now,
    nextUpdate: now + HOUR_MS,
  }
  for (const [signer, sent] of [
    [ca, []],
    [delegate, [delegate.certificate]],
  ] as const)
    for (const status of ['good', 'revoked'] as const) {
      put('ours.der', ocspAnswer({ signer, sent, singles: [{ ...single, status }] }))
      const text = openssl(
        dir,
        'ocsp -respin ours.der -CAfile ca.pem -issuer ca.pem -cert client.pem -no_nonce',
      )
      assert.match(text, /Response verify OK/)
      assert.match(text, new RegExp(`client\\.pem: ${status}`))
    }
})

test('a certificate that openssl made itself, with its own responder address', peer, (t) => {
  const { dir } = rig(t, 'V')
  openssl(
    dir,
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out own.pem -subj /CN=own -addext authorityInfoAccess=OCSP;URI:http://ocsp.example/a',
  )
  const [der = new Uint8Array()] =
    readPem('CERTIFICATE', readFileSync(join(dir, 'own.pem'), 'utf8')) ?? []
  const read = readCertificate(der)
  assert.ok(read.ok)
  assert.deepEqual(read.certificate.ocsp, ['http://ocsp.example/a'])
})
