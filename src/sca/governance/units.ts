/**
 * Units over exemptions. Nobody approves what they proposed, and of two who approve at once one does. Whatever changes makes the terms of
 * decisions anew in the same transaction: a decision after it is made under them.
 */
import { hash } from 'node:crypto'
import { canonicalJson, type JsonValue, samePerson } from '../../lib/index.ts'
import { defineUnit, queryBuilder, type Rows, type Unit } from '../../store/index.ts'
import type { Approval, RiskCeilings } from '../decision/context.ts'
import type { GovernanceTables, LedgerTables } from '../tables/index.ts'
import { NO_TERMS, type Terms, termsOf } from '../ledger/terms.ts'
import type { GovernedName, Proposal, ProposalSettings } from './proposal.ts'

const db = queryBuilder<GovernanceTables & LedgerTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>
type Row = GovernanceTables['sca_exemption']

export type Approved = 'approved' | 'none' | 'same-person' | 'late'
export type Stopped = 'stopped' | 'none'

/** A newer proposal takes the place of one that waits. */
export function* proposeUnit(asked: {
  readonly id: string
  readonly entity: string
  readonly proposal: Proposal
  readonly who: string
  readonly reason: string
  readonly at: number
}): Steps<null> {
  const { id, entity, proposal, who, reason, at } = asked
  const { name, settings, from, until } = proposal
  yield endRows(entity, name, 'proposed', { state: 'replaced', who, at, reason })
  yield db()
    .insertInto('sca_exemption')
    .values({
      id,
      entity,
      name,
      state: 'proposed',
      settings: JSON.stringify(settings),
      from_at: from,
      until_at: until,
      proposed_by: who,
      proposed_at: at,
      proposed_for: reason,
      decided_by: null,
      decided_at: null,
      ended_by: null,
      ended_at: null,
      ended_for: null,
    })
    .compile()
  return null
}

/** The second person. `late`: its audit is due already. */
export function* approveUnit(asked: {
  readonly entity: string
  readonly name: string
  readonly who: string
  readonly at: number
}): Steps<Approved> {
  const { entity, name, who, at } = asked
  const [row] = yield db()
    .selectFrom('sca_exemption')
    .select(['id', 'proposed_by', 'until_at'])
    .where('entity', '=', entity)
    .where('name', '=', name)
    .where('state', '=', 'proposed')
    .compile()
  if (row === undefined) return 'none'
  if (samePerson(String(row['proposed_by']), who)) return 'same-person'
  if (Number(row['until_at']) <= at) return 'late'
  yield endRows(entity, name, 'approved', {
    state: 'replaced',
    who,
    at,
    reason: 'a newer approval',
  })
  yield db()
    .updateTable('sca_exemption')
    .set({ state: 'approved', decided_by: who, decided_at: at })
    .where('id', '=', String(row['id']))
    .compile()
  yield* renewTerms(entity)
  return 'approved'
}

/** One person is enough: to stop is stricter. What waits for approval is gone too. */
export function* stopUnit(asked: {
  readonly entity: string
  readonly name: string
  readonly who: string
  readonly reason: string
  readonly at: number
}): Steps<Stopped> {
  const { entity, name, who, at, reason } = asked
  const how = { state: 'stopped', who, at, reason } as const
  const waiting = yield endRows(entity, name, 'proposed', how)
  const inForce = yield endRows(entity, name, 'approved', how)
  if (inForce.length > 0) yield* renewTerms(entity)
  return waiting.length + inForce.length > 0 ? 'stopped' : 'none'
}

function endRows(
  entity: string,
  name: string,
  state: Row['state'],
  how: {
    readonly state: Row['state']
    readonly who: string
    readonly at: number
    readonly reason: string
  },
) {
  return db()
    .updateTable('sca_exemption')
    .set({ state: how.state, ended_by: how.who, ended_at: how.at, ended_for: how.reason })
    .where('entity', '=', entity)
    .where('name', '=', name)
    .where('state', '=', state)
    .returning('id')
    .compile()
}

/** Part of a unit: the terms as the rows and `ceilings` make them now; absent, the ceilings stay. */
export function* renewTerms(entity: string, ceilings?: RiskCeilings): Steps<void> {
  const rows = yield db()
    .selectFrom('sca_exemption')
    .selectAll()
    .where('entity', '=', entity)
    .where('state', '=', 'approved')
    .orderBy('name')
    .compile()
  const before = yield* readTermsNow(entity)
  const terms: Terms = {
    approvals: rows.filter(({ name }) => name !== 'monitoring').map(approvalOf),
    ceilings: ceilings ?? before.ceilings,
    monitoring: monitoringOf(rows.find(({ name }) => name === 'monitoring')),
  }
  // Sound: numbers, text and null; what is absent is left out.
  const body = canonicalJson(JSON.parse(JSON.stringify(terms)) as JsonValue)
  const digest = hash('sha256', body, 'base64url')
  yield db()
    .insertInto('sca_terms')
    .values({ digest, body })
    .onConflict((conflict) => conflict.doNothing())
    .compile()
  yield db()
    .insertInto('sca_terms_now')
    .values({ entity, digest })
    .onConflict((conflict) => conflict.column('entity').doUpdateSet({ digest }))
    .compile()
}

export function* readTermsNow(entity: string): Steps<Terms> {
  const [row] = yield db()
    .selectFrom('sca_terms_now')
    .innerJoin('sca_terms', 'sca_terms.digest', 'sca_terms_now.digest')
    .select('sca_terms.body')
    .where('sca_terms_now.entity', '=', entity)
    .compile()
  return row === undefined ? NO_TERMS : termsOf(String(row['body']))
}

function approvalOf(row: Rows[number]): Approval {
  const { engine: _, ...settings } = settingsOf(row)
  return {
    // Sound: only names that were checked are proposed.
    exemption: row['name'] as Approval['exemption'],
    proposedBy: String(row['proposed_by']),
    approvedBy: String(row['decided_by']),
    from: Number(row['from_at']),
    until: Number(row['until_at']),
    ...settings,
  }
}

function monitoringOf(row: Rows[number] | undefined): Terms['monitoring'] {
  if (row === undefined) return null
  const { engine = '' } = settingsOf(row)
  return { engine, from: Number(row['from_at']), until: Number(row['until_at']) }
}

function settingsOf(row: Rows[number]): ProposalSettings {
  return JSON.parse(String(row['settings'])) as ProposalSettings // sound: `proposeUnit` wrote it
}

export interface GovernedRow {
  readonly name: GovernedName
  readonly state: Row['state']
  readonly settings: ProposalSettings
  readonly from: number
  readonly until: number
  readonly proposedBy: string
  readonly proposedAt: number
  readonly proposedFor: string
  readonly decidedBy: string | null
  readonly decidedAt: number | null
  readonly endedBy: string | null
  readonly endedAt: number | null
  readonly endedFor: string | null
}

/** The newest first. */
export function* listExemptionsUnit(asked: {
  readonly entity: string
  readonly limit: number
}): Steps<{ readonly rows: readonly GovernedRow[]; readonly terms: Terms }> {
  const rows = yield db()
    .selectFrom('sca_exemption')
    .selectAll()
    .where('entity', '=', asked.entity)
    .orderBy('proposed_at', 'desc')
    .orderBy('id')
    .limit(asked.limit)
    .compile()
  return { rows: rows.map(governedOf), terms: yield* readTermsNow(asked.entity) }
}

function governedOf(row: Rows[number]): GovernedRow {
  const text = (name: string): string | null => {
    const value = row[name]
    return typeof value === 'string' ? value : null
  }
  const time = (name: string): number | null => {
    const value = row[name]
    return typeof value === 'number' ? value : null
  }
  return {
    // Sound: only checked names and states are written.
    name: row['name'] as GovernedName,
    state: row['state'] as Row['state'],
    settings: settingsOf(row),
    from: Number(row['from_at']),
    until: Number(row['until_at']),
    proposedBy: String(row['proposed_by']),
    proposedAt: Number(row['proposed_at']),
    proposedFor: String(row['proposed_for']),
    decidedBy: text('decided_by'),
    decidedAt: time('decided_at'),
    endedBy: text('ended_by'),
    endedAt: time('ended_at'),
    endedFor: text('ended_for'),
  }
}

export const propose = defineUnit(import.meta.url, 'proposeUnit', proposeUnit)
export const approve = defineUnit(import.meta.url, 'approveUnit', approveUnit)
export const stop = defineUnit(import.meta.url, 'stopUnit', stopUnit)
export const listExemptions = defineUnit(import.meta.url, 'listExemptionsUnit', listExemptionsUnit)
