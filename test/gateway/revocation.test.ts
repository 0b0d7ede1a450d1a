/** Lists and OCSP answers together: which of them is asked about which certificate of a path, and what that makes of the fact. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  judgeCertificate,
  type KnownStatus,
  type StatusAnswers,
  trustStore,
} from '../../src/gateway/core/index.ts'
import type { Certificate, RevocationList } from '../../src/proof/index.ts'
import { CLIENT_AUTH, makeParty } from '../support/ocsp-authority.ts'

const NOW = Date.UTC(2026, 10, 29, 12)
const HOUR_MS = 3_600_000
const root = makeParty({ name: 'root', now: NOW, ca: true })
const between = makeParty({ name: 'between', now: NOW, ca: true, issuer: root })
const client = makeParty({ name: 'client', now: NOW, issuer: between, uses: [CLIENT_AUTH] })
const CHAIN = [client.certificate.der, between.certificate.der]
const GOOD: KnownStatus = { status: 'good', until: NOW + 10_000 }

interface Case {
  readonly mode: StatusAnswers['mode']
  /** Until when the lists of the client's authority, and of that of its authority, hold; absent: there is none. */
  readonly lists: readonly [number | undefined, number | undefined]
  /** What the list of the client's authority revokes. */
  readonly revoked?: readonly string[]
  readonly answers?: Readonly<Record<string, KnownStatus>>
}

function judged({ mode, lists, revoked = [], answers = {} }: Case): string {
  const asked: string[] = []
  const of = (certificate: Certificate): string =>
    /CN=(.*)/.exec(certificate.subject.text)?.[1] ?? ''
  const store = trustStore('psd2', [root.certificate], [], {
    mode,
    of(certificate, issuer, isRevoked) {
      asked.push(`${of(certificate)} by ${of(issuer)}${isRevoked('aa') ? ', aa revoked' : ''}`)
      return answers[of(certificate)] ?? { status: 'unknown' }
    },
  })
  const list = (
    nextUpdate: number | undefined,
    serials: readonly string[],
  ): RevocationList | undefined =>
    nextUpdate === undefined
      ? undefined
      : {
          issuer: '',
          issuerText: '',
          thisUpdate: 0,
          nextUpdate,
          revoked: new Set(serials),
          signed: client.certificate.signed,
        }
  const known = {
    of: (authority: Certificate) =>
      of(authority) === 'between' ? list(lists[0], revoked) : list(lists[1], []),
  }
  const fact = judgeCertificate([{ ...store, lists: known }], CHAIN, NOW)
  assert.ok(fact.kind === 'trusted')
  const until = fact.revocation === 'good' ? ` ${fact.revocationUntil - NOW}` : ''
  return `${fact.revocation}${until} [${asked.join('; ')}]`
}

const LATER = NOW + HOUR_MS
const PAST = NOW - 1
for (const [title, given, want] of [
  [
    '`where-no-crl` asks nobody where lists are in force',
    { mode: 'where-no-crl', lists: [LATER, LATER] },
    'good 3600000 []',
  ],
  [
    '`where-no-crl` counts a list to its last moment',
    { mode: 'where-no-crl', lists: [NOW, LATER] },
    'good 0 []',
  ],
  [
    '`where-no-crl` asks where a list is out of date',
    { mode: 'where-no-crl', lists: [PAST, LATER], answers: { client: GOOD } },
    'good 10000 [client by between]',
  ],
  [
    '`where-no-crl` asks about authorities too',
    { mode: 'where-no-crl', lists: [LATER, undefined], answers: { between: GOOD } },
    'good 10000 [between by root]',
  ],
  [
    '`where-no-crl` without an answer is unknown',
    { mode: 'where-no-crl', lists: [undefined, LATER] },
    'unknown [client by between]',
  ],
  [
    '`required` asks about the client whatever lists say, and not about authorities with a list',
    { mode: 'required', lists: [LATER, LATER], answers: { client: GOOD } },
    'good 10000 [client by between]',
  ],
  [
    '`required` without an answer is unknown, although the list is in force',
    { mode: 'required', lists: [LATER, LATER] },
    'unknown [client by between]',
  ],
  [
    '`required` asks about an authority without a list',
    { mode: 'required', lists: [undefined, undefined], answers: { client: GOOD } },
    'unknown [client by between; between by root]',
  ],
  [
    'an answer that revokes counts at once',
    { mode: 'required', lists: [LATER, LATER], answers: { client: { status: 'revoked' } } },
    'revoked [client by between]',
  ],
  [
    'an authority that was revoked takes its certificates along',
    {
      mode: 'required',
      lists: [LATER, undefined],
      answers: { client: GOOD, between: { status: 'revoked' } },
    },
    'revoked [client by between; between by root]',
  ],
  [
    'a list that revokes counts, whatever an answer says',
    {
      mode: 'required',
      lists: [PAST, LATER],
      revoked: [client.certificate.serial],
      answers: { client: GOOD },
    },
    'revoked []',
  ],
  [
    'the list of the authority judges its responder',
    { mode: 'required', lists: [LATER, LATER], revoked: ['aa'], answers: { client: GOOD } },
    'good 10000 [client by between, aa revoked]',
  ],
] as const)
  test(title, () => assert.equal(judged(given), want))
