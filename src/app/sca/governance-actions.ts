/** Exemptions of strong customer authentication as changes at the control desk: who asked and why is in the spool before it counts. */
import type { JsonObject } from '../../lib/index.ts'
import { GatehouseError, samePerson } from '../../lib/index.ts'
import {
  type ExemptionView,
  GOVERNED,
  type GovernanceDesk,
  type GovernedName,
  type Proposal,
  type ProposalSettings,
} from '../../sca/index.ts'
import { type Action, type Asked, NOTHING, type Prepared } from '../control-desk.ts'

type Name = 'sca-propose' | 'sca-approve' | 'sca-stop'

export function governanceActions(desk: GovernanceDesk): Readonly<Record<Name, Action>> {
  return {
    'sca-propose': (asked) => proposing(asked, desk),
    'sca-approve': (asked) => approving(asked, desk),
    'sca-stop': (asked) => stopping(asked, desk),
  }
}

async function proposing(asked: Asked, desk: GovernanceDesk): Promise<Prepared> {
  const { who, reason } = asked
  if (reason === null) return refused('GH_CONTROL_REASON')
  const proposal = proposalOf(asked.proposal ?? {})
  const mistakes = desk.check(proposal)
  if (mistakes.length > 0) return refused('GH_SCA_PROPOSAL', mistakes)
  const { before } = await lookUp(proposal.name, desk)
  return {
    outcome: 'done',
    before,
    after: 'proposed',
    details: wordsOf(proposal),
    async commit() {
      await desk.propose(proposal, who, reason)
      return ['it is off until another person approves it']
    },
  }
}

async function approving({ who, proposal: said }: Asked, desk: GovernanceDesk): Promise<Prepared> {
  const { view, before } = await lookUp(said?.['name'], desk)
  if (view === undefined || view.proposed === null) return refused('GH_SCA_NOTHING_PROPOSED')
  const { proposed } = view
  if (samePerson(proposed.proposedBy, who)) return refused('GH_SCA_SECOND_PERSON')
  return {
    outcome: 'done',
    before,
    after: 'approved',
    details: [`proposed by ${proposed.proposedBy}: ${proposed.proposedFor}`, ...wordsOf(proposed)],
    async commit() {
      const done = await desk.approve(view.name, who)
      if (done === 'same-person') throw new GatehouseError('GH_SCA_SECOND_PERSON')
      if (done === 'late') throw new GatehouseError('GH_SCA_PROPOSAL', 'its audit is due')
      if (done === 'none') throw new GatehouseError('GH_SCA_NOTHING_PROPOSED')
      return []
    },
  }
}

async function stopping(asked: Asked, desk: GovernanceDesk): Promise<Prepared> {
  const { who, reason, proposal: said } = asked
  if (reason === null) return refused('GH_CONTROL_REASON')
  const { view, before } = await lookUp(said?.['name'], desk)
  if (view === undefined) return refused('GH_SCA_PROPOSAL', ['no exemption has this name'])
  if (view.inForce === null && view.proposed === null)
    return { ...NOTHING, outcome: 'unchanged', before, after: 'off' }
  return {
    outcome: 'done',
    before,
    after: 'off',
    details: [],
    async commit() {
      await desk.stop(view.name, who, reason)
      return []
    },
  }
}

async function lookUp(
  name: unknown,
  desk: GovernanceDesk,
): Promise<{ readonly view: ExemptionView | undefined; readonly before: string }> {
  const { exemptions } = await desk.list()
  const view = exemptions.find((one) => one.name === name)
  return { view, before: view?.state ?? 'off' }
}

/** What is of another type than it should be counts as not said, and is then missing or refused by name. */
function proposalOf(said: JsonObject): Proposal {
  const text = (name: string): string | undefined => {
    const value = said[name]
    return typeof value === 'string' ? value : undefined
  }
  const number = (name: string): number | undefined => {
    const value = said[name]
    return typeof value === 'number' ? value : undefined
  }
  const counts = text('counts')
  const name = text('name') ?? ''
  const settings: Record<keyof ProposalSettings, unknown> = {
    bankMax: number('bankMax'),
    counts: counts === 'sum' || counts === 'payments' ? counts : undefined,
    maxScore: number('maxScore'),
    authorityReference: text('authorityReference'),
    engine: text('engine'),
  }
  return {
    name: GOVERNED.find((one) => one === name) ?? (name as GovernedName), // sound: `check` refuses any other
    from: number('from') ?? Number.NaN,
    until: number('until') ?? Number.NaN,
    // Sound: each member has its type, and what is absent is left out.
    settings: JSON.parse(JSON.stringify(settings)) as ProposalSettings,
  }
}

function wordsOf({ from, until, settings }: Omit<Proposal, 'name'>): readonly string[] {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
  const { bankMax, counts, maxScore, authorityReference, engine } = settings
  return [
    `from ${day(from)}, audit due ${day(until)}`,
    ...(bankMax === undefined
      ? []
      : [`stricter than the law by the bank's choice: at most ${bankMax} minor units`]),
    ...(counts === undefined ? [] : [`counter: ${counts}`]),
    ...(maxScore === undefined ? [] : [`largest score: ${maxScore}`]),
    ...(authorityReference === undefined ? [] : [`authority: ${authorityReference}`]),
    ...(engine === undefined ? [] : [`engine: ${engine}`]),
  ]
}

function refused(
  code:
    | 'GH_CONTROL_REASON'
    | 'GH_SCA_PROPOSAL'
    | 'GH_SCA_NOTHING_PROPOSED'
    | 'GH_SCA_SECOND_PERSON',
  details: readonly string[] = [],
): Prepared {
  return { ...NOTHING, outcome: 'refused', code, details }
}
