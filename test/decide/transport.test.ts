/** Rules about connection, client certificate and binding: `transport.case` line by line, through the kernel. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type {
  CertificateFact,
  ClientFact,
  Confirmation,
  Facts,
  PlanRule,
  RuleName,
  TransportFact,
  TrustedCertificate,
} from '../../src/decide/index.ts'
import { prepare } from '../../src/decide/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import {
  askStepwise,
  bankApi,
  bankPlan,
  goodFacts,
  NOW,
  OPERATIONS,
  rule,
  RULES,
  TOKEN,
} from './bank-plan.ts'

const THUMBPRINT = 'A'.repeat(43)
const ORGANIZATION = 'PSDGB-FCA-1'
const CERTIFICATE: TrustedCertificate = {
  kind: 'trusted',
  thumbprint: THUMBPRINT,
  trustStore: 'psd2',
  depth: 1,
  notBefore: NOW - 1000,
  notAfter: NOW + 1000,
  revocation: 'good',
  revocationUntil: NOW + 1000,
  organization: ORGANIZATION,
  roles: new Set(['PSP_AI']),
}
const CONFIRMATIONS: Readonly<Record<string, Confirmation | undefined>> = {
  same: { certificate: THUMBPRINT },
  other: { certificate: 'B'.repeat(43) },
  key: { key: 'C'.repeat(43) },
  unknown: {},
  none: undefined,
}

type Words = ReadonlyMap<string, string>
const wordsOf = (given: string): Words =>
  new Map(
    given.split(' ').map((word) => {
      const [name = '', value = ''] = word.split('=')
      return [name, value] as const
    }),
  )
const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').filter((one) => one !== '')

function certificateOf(words: Words): CertificateFact {
  switch (words.get('certificate')) {
    case 'absent':
      return { kind: 'absent' }
    case 'untrusted':
      return { kind: 'untrusted', thumbprint: THUMBPRINT, why: 'no path' }
    case 'unreadable':
      return { kind: 'untrusted', thumbprint: '', why: 'it cannot be read' }
    default: {
      const at = (name: 'notBefore' | 'notAfter' | 'revocationUntil'): number =>
        words.has(name) ? NOW + Number(words.get(name)) : CERTIFICATE[name]
      return {
        ...CERTIFICATE,
        notBefore: at('notBefore'),
        notAfter: at('notAfter'),
        revocationUntil: at('revocationUntil'),
        depth: Number(words.get('depth') ?? 1),
        trustStore: words.get('trustStore') ?? 'psd2',
        revocation: (words.get('revocation') ?? 'good') as TrustedCertificate['revocation'], // sound: words of the case file
        organization: words.get('organization') ?? ORGANIZATION,
        ...(words.has('roles') && { roles: new Set(listOf(words.get('roles'))) }),
      }
    }
  }
}

function clientOf(words: Words): ClientFact {
  const how = words.get('client')
  if (how === 'unknown') return { kind: 'unknown' }
  const known = { kind: 'known', id: TOKEN.clientId, status: 'active' } as const
  if (how === 'unsaid') return known
  const status = words.get('register')
  const roles = words.has('registerRoles') ? new Set(listOf(words.get('registerRoles'))) : undefined
  return {
    ...known,
    organization: how === 'empty' ? '' : ORGANIZATION,
    register: { ...(status !== undefined && { status }), ...(roles !== undefined && { roles }) },
  }
}

function factsOf(words: Words): Facts {
  const { confirmation: _, ...token } = { ...TOKEN, confirmation: undefined }
  const confirmation = CONFIRMATIONS[words.get('bound') ?? 'same']
  const tls = words.get('tls') ?? '1.3'
  const transport: TransportFact = {
    tls: tls === 'none' ? undefined : (tls as '1.2' | '1.3'), // sound: words of the case file
    certificate: certificateOf(words),
  }
  const facts = goodFacts('/accounts/22289', {
    token: confirmation === undefined ? token : { ...token, confirmation },
    client: clientOf(words),
    feedAgeMs: Number(words.get('feedAge') ?? 0),
  })
  return words.has('plain') ? facts : { ...facts, transport }
}

function kernelOf(words: Words): ReturnType<typeof prepare> {
  const without = listOf(words.get('without'))
  const observed = listOf(words.get('observe'))
  const added: readonly PlanRule[] = [
    rule('transport.tls', 'tls-modern', {
      minVersion: words.get('minVersion') === '1.3' ? '1.3' : '1.2',
    }),
    rule('transport.mtls', 'client-mutual-tls', {
      ...(words.get('trustStores') !== 'any' && { trustStores: ['psd2'] }),
      maxDepth: 3,
    }),
    rule('token.senderConstrained', 'token-sender-constrained', {
      methods: words.get('methods') === 'none' ? [] : ['mtls'],
      maxAgeSeconds: 60,
      maxAheadSeconds: 10,
      nonce: 'optional',
    }),
    rule('identity.clientCertificate.roles', 'client-regulated-role', {
      roles: ['PSP_AI'],
      registered: words.get('registered') !== 'false',
    }),
  ]
  const rules = [...added.slice(0, 2), ...RULES, ...added.slice(2)]
    .filter(({ name }) => !without.includes(name))
    .map((one): PlanRule => (observed.includes(one.name) ? { ...one, mode: 'observe' } : one))
  const operations = OPERATIONS.map((operation) => {
    const kept = new Set<RuleName>(
      operation.rules.flatMap((at) => RULES[at]?.name ?? []).concat(added.map(({ name }) => name)),
    )
    return {
      ...operation,
      rules: rules.flatMap(({ name }, at) => (kept.has(name) ? [at] : [])),
    }
  })
  return prepare(bankPlan(bankApi({ rules, operations })), { regex: linearRegex })
}

const LINES = readFileSync(join(import.meta.dirname, 'transport.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('there are cases', () => assert.ok(LINES.length > 50))

for (const line of LINES)
  test(line, () => {
    const [given = '', want = ''] = line.split(' => ')
    const words = wordsOf(given)
    // Asked for each fact in turn, as a gateway is.
    const verdict = askStepwise(kernelOf(words), factsOf(words), true)
    const seen =
      verdict.kind === 'deny'
        ? `${verdict.rule} ${verdict.trail.failed.at(-1)?.code}`
        : ['allow', ...verdict.trail.failed.map(({ rule: name }) => `observed ${name}`)].join(', ')
    assert.equal(seen, want)
    for (const secret of [THUMBPRINT, ORGANIZATION, 'PSDGB'])
      assert.ok(!JSON.stringify(verdict.trail).includes(secret), `${secret} in the trail`)
  })
