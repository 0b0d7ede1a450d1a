/**
 * `decisions.case`: each threshold of each article at the limit and one unit beyond. A line is a base, what differs from it, and what is
 * decided; UPDATE_CASES=1 writes the right side anew, to be read in the diff.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  type Act,
  type Approval,
  decideWithEvidence,
  EU_RTS,
  EXEMPTIONS,
  replayEvidence,
  rulesOf,
  type ScaContext,
  type ScaEvidence,
  scaRules,
} from '../../src/sca/index.ts'

const FILE = join(import.meta.dirname, 'decisions.case')
const AT = Date.UTC(2026, 2, 29, 0, 30) // the hour before clocks go forward in the Union
const DAY_MS = 86_400_000
const AMOUNT = { value: 20_00, agreed: '20.00 EUR' }
const ACTS: Readonly<Record<string, Act>> = {
  access: { kind: 'account-access', through: 'customer', asks: 'balance-and-history' },
  through: { kind: 'account-access', through: 'third-party', asks: 'balance-and-history' },
  contactless: { kind: 'contactless-payment', amount: AMOUNT },
  terminal: { kind: 'unattended-terminal-payment', amount: AMOUNT, purpose: 'transport' },
  remote: {
    kind: 'remote-payment',
    instrument: 'credit-transfer',
    amount: { value: 900_00, agreed: '900.00 EUR' },
    ownAccounts: false,
    corporateProcess: false,
  },
  risky: { kind: 'risky-act', what: 'limits' },
}

function base(name: string): ScaContext {
  const remote = ACTS['remote']
  assert.ok(remote?.kind === 'remote-payment')
  const act =
    ACTS[name] ??
    (name === 'low' || name === 'analysed' ? { ...remote, amount: AMOUNT } : undefined)
  assert.ok(act !== undefined, name)
  // Of small payments analysis says nothing, and analysed ones are not small enough, unless a line says otherwise.
  const unscored = { analysis: { ...CLEAR } }
  return {
    at: AT,
    jurisdiction: 'EU',
    act: name === 'analysed' ? { ...remote, amount: { value: 80_00, agreed: '80.00 EUR' } } : act,
    payer: {
      accessAuthenticatedAt: AT - 10 * DAY_MS,
      lowValue: { count: 0, sum: 0 },
      contactless: { count: 0, sum: 0 },
      blocked: false,
    },
    monitoring: {
      compromisedElements: 'clear',
      fraudScenario: 'clear',
      malware: 'clear',
      deviceMisuse: 'clear',
    },
    monitored: true,
    ...(name === 'analysed' ? { analysis: { ...CLEAR, score: 0.1 } } : unscored),
    approvals: EXEMPTIONS.map((exemption): Approval => ({
      exemption,
      proposedBy: 'ann',
      approvedBy: 'ben',
      from: AT - DAY_MS,
      until: AT + DAY_MS,
      counts: 'payments',
      maxScore: 0.2,
      authorityReference: 'letter of the authority',
    })),
    ceilings: { card: 500_00, 'credit-transfer': 500_00 },
  }
}
const CLEAR = {
  spendingPattern: 'clear',
  deviceOrSoftware: 'clear',
  payerLocation: 'clear',
  payeeLocation: 'clear',
} as const

type Tree = Record<string, unknown>

/** `-180d1ms`: so long before the act. */
function timeOf(text: string): number | undefined {
  const [, sign, days = '0', ms = '0'] = /^([+-]?)(?:(\d+)d)?(?:(\d+)ms)?$/.exec(text) ?? []
  if (sign === undefined || text === '' || text === '-') return undefined
  const span = Number(days) * DAY_MS + Number(ms)
  return AT + (sign === '-' ? -span : span)
}

function valueOf(path: string, text: string): unknown {
  const euros = /^-?\d+\.\d\d$/.test(text) ? Math.round(Number(text) * 100) : undefined
  if (path === 'act.amount')
    return { value: text === 'unknown' ? undefined : euros, agreed: `${text} EUR` }
  if (path === 'payeeCheck') return { result: text, source: 'scheme', at: AT }
  if (path === 'act.trustedPayee') return { entry: 'entry-1', authenticatedAt: timeOf(text) }
  if (path === 'act.series')
    return { id: 's-1', authenticatedAt: timeOf(text), sameAmount: true, samePayee: true }
  if (path === 'analysis.score') return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return euros ?? timeOf(text) ?? (/^\d+$/.test(text) ? Number(text) : text)
}

function changed(context: ScaContext, changes: readonly string[]): ScaContext {
  // sound: a copy of plain data, changed below and given back as what it was
  const tree = structuredClone(context) as unknown as Tree
  for (const change of changes) {
    const [path = '', text = ''] = change.split('=')
    if (path === 'approvals') tree['approvals'] = []
    else {
      const steps = path.split('.')
      const last = steps.pop() ?? ''
      const holder = steps.reduce((at: Tree, step) => {
        const next = Array.isArray(at)
          ? at.find((one: Tree) => one['exemption'] === step)
          : at[step]
        assert.ok(typeof next === 'object' && next !== null, path)
        return next as Tree
      }, tree)
      if (text === '-') delete holder[last]
      else holder[last] = /^\d+$/.test(text) ? Number(text) : valueOf(path, text)
    }
  }
  return tree as unknown as ScaContext
}

test('`scaDecision`: each threshold of each article, and one unit beyond', () => {
  const lines = readFileSync(FILE, 'utf8').split('\n')
  const met = new Set<string>()
  const seen = lines.map((line) => {
    const [, name = '', rest = ''] = /^([a-z]+)((?: [^ =]+=[^ ]*)*) =>/.exec(line) ?? []
    if (name === '' || line.startsWith('#')) return line
    const context = changed(
      base(name),
      rest.split(' ').filter((one) => one !== ''),
    )
    const rules = scaRules(context.jurisdiction)
    const evidence = decideWithEvidence(context, rules)
    const { decision } = evidence
    // What is kept is JSON, and is decided again to the same.
    const kept = JSON.parse(JSON.stringify(evidence)) as typeof evidence
    assert.equal(replayEvidence(kept, rules), 'same', line)
    if (decision.outcome !== 'exempt') {
      const last = decision.tried.map(({ exemption, why = '' }) => `${exemption}: ${why}`)
      const why = [decision.why, ...last].join('; ')
      return `${name}${rest} => ${decision.outcome}: ${why}`
    }
    met.add(decision.by.exemption)
    const { exemption, article } = decision.by
    return `${name}${rest} => exempt ${exemption} ${article}${decision.mandatory ? ' mandatory' : ''}`
  })
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(FILE, seen.join('\n'))
  else assert.deepEqual(seen, lines)
  assert.deepEqual([...met].toSorted(), [...EXEMPTIONS], 'every exemption is met')
})

test('evidence that was changed is not the same, and that of other rules is nobody else’s', () => {
  const evidence = decideWithEvidence(base('low'), EU_RTS)
  assert.equal(replayEvidence(evidence, EU_RTS), 'same')
  const more = changed(evidence.context, ['act.amount=30.01'])
  assert.equal(replayEvidence({ ...evidence, context: more }, EU_RTS), 'different')
  assert.equal(replayEvidence(evidence, { ...EU_RTS, version: '2027-01-01' }), 'other-rules')
  assert.equal(replayEvidence(evidence, undefined), 'other-rules')
})

/** Made under each version of the rules, and never written anew: whoever changes what is decided raises the version. */
const KEPT = readFileSync(join(import.meta.dirname, 'evidence.jsonl'), 'utf8')

test('evidence of every version is decided again to the same answer, by the rules that made it', () => {
  const versions = new Set<string | undefined>()
  // Sound: lines of evidence as it is kept.
  const kept = KEPT.trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ScaEvidence)
  for (const evidence of kept) {
    assert.equal(replayEvidence(evidence, rulesOf(evidence)), 'same', JSON.stringify(evidence))
    versions.add(evidence.rules?.version)
  }
  assert.deepEqual([...versions], ['2026-11-29', EU_RTS.version])
  const close = kept.filter(({ context }) => context.payeeCheck?.result === 'close')
  assert.deepEqual(
    close.map(({ decision }) => decision.outcome),
    ['exempt', 'required'],
  )
  // The same evidence under the name of the other version is other evidence.
  for (const one of close) {
    const other = kept.find(({ rules }) => rules?.version !== one.rules?.version)?.rules ?? null
    const renamed = { ...one, rules: other }
    assert.equal(replayEvidence(renamed, rulesOf(renamed)), 'different')
  }
  for (const one of close) {
    const unheard = { ...one, rules: { id: EU_RTS.id, version: '1999-01-01' } }
    assert.equal(replayEvidence(unheard, rulesOf(unheard)), 'other-rules')
  }
})

test('a rule set of another jurisdiction decides nothing here', () => {
  assert.equal(scaRules('GB'), undefined)
  const { decision } = decideWithEvidence(base('low'), { ...EU_RTS, jurisdiction: 'GB' })
  assert.equal(decision.outcome, 'required')
})
