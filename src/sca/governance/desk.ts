/** Exemptions as operators see and change them. Whoever calls this has recorded who asked and why before it takes effect. */
import type { Clock } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import { type Clause, type ScaRules, scaRules } from '../decision/rules.ts'
import type { ExemptionName, RiskCeilings } from '../decision/context.ts'
import { GOVERNED, type GovernedName, mistakesIn, type Proposal } from './proposal.ts'
import {
  approve,
  type Approved,
  type GovernedRow,
  listExemptions,
  propose,
  stop,
  type Stopped,
} from './units.ts'

export interface ExemptionView extends Clause {
  readonly name: GovernedName
  /** Whether a decision made now may rest on it. */
  readonly state: 'off' | 'in-force' | 'not-begun' | 'audit-due'
  readonly inForce: GovernedRow | null
  readonly proposed: GovernedRow | null
  readonly history: readonly GovernedRow[]
}

export interface ExemptionsView {
  readonly entity: string
  readonly jurisdiction: string
  /** `null`: the jurisdiction has no sourced rules. */
  readonly rules: {
    readonly id: string
    readonly version: string
    readonly source: string
    readonly currency: string
    readonly minorUnits: number
  } | null
  /** What the fraud rates leave of risk analysis, in minor units. */
  readonly ceilings: RiskCeilings
  readonly exemptions: readonly ExemptionView[]
}

export interface GovernanceDesk {
  list(): Promise<ExemptionsView>
  /** What is wrong with a proposal; empty: it may be made. */
  check(proposal: Proposal): readonly string[]
  propose(proposal: Proposal, who: string, reason: string): Promise<void>
  approve(name: string, who: string): Promise<Approved>
  stop(name: string, who: string, reason: string): Promise<Stopped>
}

const MAX_ROWS = 1_000

export function governanceDesk(parts: {
  readonly store: Store
  readonly clock: Clock
  readonly uuid: () => string
  readonly entity: string
  readonly jurisdiction: string
}): GovernanceDesk {
  const { store, clock, uuid, entity, jurisdiction } = parts
  const rules = scaRules(jurisdiction)
  return {
    async list() {
      const { rows, terms } = await store.run(listExemptions, { entity, limit: MAX_ROWS })
      const now = clock.now()
      return {
        entity,
        jurisdiction,
        rules: rules === undefined ? null : shown(rules),
        ceilings: terms.ceilings,
        exemptions: GOVERNED.map((name) => viewOf(name, rows, rules, now)),
      }
    },
    check: (proposal) => mistakesIn(proposal, rules, clock.now()),
    async propose(proposal, who, reason) {
      await store.run(propose, { id: uuid(), entity, proposal, who, reason, at: clock.now() })
    },
    approve: (name, who) => store.run(approve, { entity, name, who, at: clock.now() }),
    stop: (name, who, reason) => store.run(stop, { entity, name, who, reason, at: clock.now() }),
  }
}

function shown({ id, version, source, currency, minorUnits }: ScaRules) {
  return { id, version, source, currency, minorUnits }
}

function viewOf(
  name: GovernedName,
  rows: readonly GovernedRow[],
  rules: ScaRules | undefined,
  now: number,
): ExemptionView {
  const own = rows.filter((row) => row.name === name)
  const inForce = own.find(({ state }) => state === 'approved') ?? null
  return {
    name,
    ...clauseOf(name, rules),
    state:
      inForce === null
        ? 'off'
        : now < inForce.from
          ? 'not-begun'
          : now < inForce.until
            ? 'in-force'
            : 'audit-due',
    inForce,
    proposed: own.find(({ state }) => state === 'proposed') ?? null,
    history: own.filter(({ state }) => state === 'stopped' || state === 'replaced'),
  }
}

const CLAUSES = {
  'account-access': 'accountAccess',
  contactless: 'contactless',
  corporate: 'corporate',
  'low-value': 'lowValue',
  'own-accounts': 'ownAccounts',
  recurring: 'recurring',
  'risk-analysis': 'riskAnalysis',
  'trusted-payee': 'trustedPayee',
  'unattended-terminal': 'unattendedTerminal',
} as const satisfies Record<ExemptionName, keyof ScaRules>

function clauseOf(name: GovernedName, rules: ScaRules | undefined): Clause {
  if (name === 'monitoring') return { article: 'RTS Art. 2', checked: 'unchecked' }
  if (rules === undefined) return { article: '', checked: 'unchecked' }
  const { article, checked } = rules[CLAUSES[name]]
  return { article, checked }
}
