/** Which authenticators a bank takes: attested by a maker whose root it knows (WebAuthn §8.2.1), and everything that only says so. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  bitString,
  boolean,
  type Bytes,
  explicit,
  integer,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  time,
  unsigned,
  utf8,
} from '../../src/app/certs/der-writer.ts'
import type { PasskeySettings } from '../../src/sca/index.ts'
import { type Attested, Authenticator, type Ceremony } from './authenticator.ts'
import { onBothStores } from './on-both-stores.ts'
import type { Rig } from './rig.ts'

const DAY = 86_400_000
const AAGUID = '08987058-cadc-4b81-b6e1-30de50dcbe96'
const OTHER = 'ee882879-721c-4913-9775-3dfcce97072a'
const bytesOf = (aaguid: string): Buffer => Buffer.from(aaguid.replaceAll('-', ''), 'hex')

interface Certificate {
  readonly der: Bytes
  readonly key: KeyObject
  readonly name: Bytes
}
interface Made {
  readonly name: string
  readonly by?: Certificate
  readonly authority?: boolean
  readonly unit?: string
  /** Said in the certificate too (id-fido-gen-ce-aaguid). */
  readonly aaguid?: string
  /** Days from now. */
  readonly until?: number
}

/** X.509, as WebAuthn §8.2.1 wants the one of an authenticator. */
function certificate(of: Made): Certificate {
  const { by, authority = false, unit = 'Authenticator Attestation', aaguid, until = 365 } = of
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const part = (type: string, value: Bytes): Bytes => setOf(sequence(oid(type), value))
  const name = sequence(
    part('2.5.4.6', printable('DE')),
    part('2.5.4.10', utf8('Keys of Examples')),
    part('2.5.4.11', utf8(unit)),
    part('2.5.4.3', utf8(of.name)),
  )
  const extension = (id: string, content: Bytes): Bytes => sequence(oid(id), octets(content))
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const now = Date.now()
  const tbs = sequence(
    explicit(0, integer(2)),
    unsigned(Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
    algorithm,
    by?.name ?? name,
    sequence(time(now - 730 * DAY), time(now + until * DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        extension('2.5.29.19', authority ? sequence(boolean(true)) : sequence()),
        ...(aaguid === undefined
          ? []
          : [extension('1.3.6.1.4.1.45724.1.1.4', octets(bytesOf(aaguid)))]),
      ),
    ),
  )
  const der = sequence(tbs, algorithm, bitString(sign('sha256', tbs, by?.key ?? privateKey)))
  return { der, key: privateKey, name }
}
const pem = ({ der }: Certificate): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----`

/** `''`: enrolled; else why not. */
async function enrolment(
  rig: Rig,
  roots: readonly Certificate[],
  attested: Attested | undefined,
  ceremony: Partial<Ceremony> = {},
): Promise<string> {
  const passkeys: PasskeySettings = {
    rpId: 'bank.example',
    rpName: 'Bank',
    origins: ['https://pay.bank.example'],
    models: { aaguids: [AAGUID], roots: roots.map(pem) },
  }
  const { enrolment } = rig.another({ passkeys })
  const named = {
    subject: `${rig.anna}-${randomBytes(4).toString('hex')}`,
    kind: 'passkey',
  } as const
  const code = await enrolment.activation({
    ...named,
    channel: 'post',
    lifeMs: 60_000,
    recovers: false,
  })
  const authorisation = {
    kind: 'activation',
    code,
    network: randomBytes(4).toString('hex'),
  } as const
  const given = { name: 'anna' }
  const begun = await enrolment.begin({ ...named, channel: 'browser', given, authorisation })
  assert.ok(begun.ok, JSON.stringify(begun))
  const { id, options } = begun.value
  assert.equal(options['attestation'], 'direct')
  const made = { challenge: options['challenge'], ...ceremony }
  const value = new Authenticator().create(attested === undefined ? made : { ...made, attested })
  const finished = await enrolment.finish({ subject: named.subject, id, value })
  return finished.ok ? '' : String(finished.error.fault)
}

onBothStores('a model that its maker attests under a root of the bank is taken', async (rig) => {
  const root = certificate({ name: 'Root', authority: true })
  const between = certificate({ name: 'Intermediate', authority: true, by: root })
  const direct = certificate({ name: 'Batch 1', by: root, aaguid: AAGUID })
  const below = certificate({ name: 'Batch 2', by: between })
  const aaguid = bytesOf(AAGUID)
  const by = (leaf: Certificate, ...more: readonly Certificate[]): Attested => ({
    aaguid,
    by: { key: leaf.key, chain: [leaf, ...more].map(({ der }) => der) },
  })
  assert.equal(await enrolment(rig, [root], by(direct)), '')
  assert.equal(await enrolment(rig, [root], by(below, between)), '')
  // Whatever another configuration of this process has for roots.
  const stranger = certificate({ name: 'Another root', authority: true })
  assert.equal(await enrolment(rig, [stranger, root], by(direct)), '')
  assert.equal(await enrolment(rig, [stranger], by(direct)), 'wrong-answer')
  assert.equal(await enrolment(rig, [root], by(direct)), '')
})

onBothStores('what only says that it is such a model is not', async (rig) => {
  const root = certificate({ name: 'Root', authority: true })
  const stranger = certificate({ name: 'Root', authority: true })
  const aaguid = bytesOf(AAGUID)
  const by = (leaf: Certificate): NonNullable<Attested['by']> => ({
    key: leaf.key,
    chain: [leaf.der],
  })
  const batch = certificate({ name: 'Batch', by: root })
  const refused: readonly (readonly [
    string,
    readonly Certificate[],
    Attested | undefined,
    string,
  ])[] = [
    ['nothing', [root], undefined, 'not-allowed'],
    ['the new key itself', [root], { aaguid }, 'not-allowed'],
    [
      'a root of nobody',
      [root],
      { aaguid, by: by(certificate({ name: 'Batch', by: stranger })) },
      'wrong-answer',
    ],
    [
      'a certificate that signed itself',
      [root],
      { aaguid, by: by(certificate({ name: 'Batch' })) },
      'wrong-answer',
    ],
    ['another model', [root], { aaguid: bytesOf(OTHER), by: by(batch) }, 'not-allowed'],
    [
      'another model in its certificate',
      [root],
      { aaguid, by: by(certificate({ name: 'Batch', by: root, aaguid: OTHER })) },
      'wrong-answer',
    ],
    [
      'a certificate of something else',
      [root],
      { aaguid, by: by(certificate({ name: 'Batch', by: root, unit: 'Web' })) },
      'wrong-answer',
    ],
    [
      'an authority',
      [root],
      { aaguid, by: by(certificate({ name: 'Batch', by: root, authority: true })) },
      'wrong-answer',
    ],
    [
      'a certificate that has ended',
      [root],
      { aaguid, by: by(certificate({ name: 'Batch', by: root, until: -1 })) },
      'wrong-answer',
    ],
  ]
  for (const [what, roots, attested, expected] of refused)
    assert.equal(await enrolment(rig, roots, attested), expected, what)
  const ended = certificate({ name: 'Root', authority: true, until: -1 })
  const under = certificate({ name: 'Batch', by: ended })
  assert.equal(
    await enrolment(rig, [ended], { aaguid, by: by(under) }),
    'wrong-answer',
    'a root that has ended',
  )
  const foreign = {
    key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    chain: [batch.der],
  }
  assert.equal(
    await enrolment(rig, [root], { aaguid, by: foreign }),
    'wrong-answer',
    'signed by another key',
  )
  const sound = { aaguid, by: by(batch) }
  assert.equal(await enrolment(rig, [root], sound, { altered: true }), 'wrong-answer')
  assert.equal(await enrolment(rig, [root], sound, { flags: { be: true } }), 'not-allowed')
  assert.equal(await enrolment(rig, [root], sound), '', 'and it still is')
})
