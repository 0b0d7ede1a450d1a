/** The removal of elements, and what there is of them, at the control desk: who asked and why is in the spool before it counts. */
import type { ElementsView } from '../../api/index.ts'
import { GatehouseError, type JsonValue } from '../../lib/index.ts'
import type { CodeDesk, EnrolmentDesk } from '../../sca/index.ts'
import { type Action, type Asked, NOTHING, type Prepared } from '../control-desk.ts'
import { codeActions, MAX_SUBJECT_CHARS } from './code-actions.ts'

export interface ElementParts {
  /** `undefined`: the configuration has no elements. */
  readonly desk: EnrolmentDesk | undefined
  /** With `desk`. */
  readonly codes: CodeDesk | undefined
  /** Whether the bank has this customer. */
  readonly isCustomer: (subject: string) => Promise<boolean>
  readonly now: () => number
  /** The customer, as events name them. */
  readonly pseudonym: (subject: string) => string | null
}

export function elementActions(
  parts: ElementParts,
): Readonly<Record<'sca-enrol' | 'sca-enrol-approve' | 'sca-revoke', Action>> {
  return {
    ...codeActions(parts),
    'sca-revoke': (asked) => revoking(asked, parts),
  }
}

/** @throws GH_SCA_NOT_CONFIGURED */
export function elementsView({ desk, codes }: Pick<ElementParts, 'desk' | 'codes'>) {
  return async (subject: string): Promise<ElementsView> => {
    if (desk === undefined) throw new GatehouseError('GH_SCA_NOT_CONFIGURED')
    return {
      subject,
      factors: desk.kinds,
      elements: await desk.devices(subject),
      removed: await desk.ended(subject),
      codes: await desk.waiting(subject),
      proposed: (await codes?.proposed(subject)) ?? null,
      canAuthenticate: await desk.isStrong(subject),
      blocked: await desk.blocked(subject),
    }
  }
}

/** @throws GH_SCA_NOT_CONFIGURED */
export function elementNames({ desk }: Pick<ElementParts, 'desk'>) {
  return (subject: string): readonly string[] => {
    if (desk === undefined) throw new GatehouseError('GH_SCA_NOT_CONFIGURED')
    return desk.namesOf(subject)
  }
}

async function revoking({ reason, proposal }: Asked, parts: ElementParts): Promise<Prepared> {
  const { desk, pseudonym } = parts
  if (desk === undefined) return refused('GH_SCA_NOT_CONFIGURED')
  if (reason === null) return refused('GH_CONTROL_REASON')
  const subject = textIn(proposal?.['subject'])
  const element = textIn(proposal?.['element'])
  const all = proposal?.['all'] === true
  if (subject === '' || all === (element !== ''))
    return refused('GH_SCA_ELEMENT_REQUEST', ['name the customer, and one element or --all'])
  // First: what is finished in between is an element then.
  const pending = all ? await desk.pending(subject) : 0
  const theirs = await desk.devices(subject)
  const wanted = all ? theirs : theirs.filter(({ id }) => id === element)
  if (wanted.length === 0 && !all) return refused('GH_SCA_ELEMENT_UNKNOWN')
  const of = `of customer ${pseudonym(subject) ?? 'erased'}`
  if (wanted.length + pending === 0)
    return { ...NOTHING, outcome: 'unchanged', before: 'none', after: 'none', details: [of] }
  return {
    outcome: 'done',
    before: wanted.map(({ kind }) => kind).join(' ') || 'codes',
    after: 'removed',
    details: [of],
    async commit() {
      if (!all) for (const { id } of wanted) await desk.revoke(subject, id, 'bank')
      const { codes, transactions } = all
        ? await desk.revokeAll(subject)
        : { codes: 0, transactions: 0 }
      return [
        ...(codes === 0
          ? []
          : [`${codes} codes and enrolments that were begun do not count any more`]),
        ...(transactions === 0
          ? []
          : [`${transactions} acts that were confirmed and not done are void`]),
      ]
    },
  }
}

const textIn = (value: JsonValue | undefined): string =>
  typeof value === 'string' && value.length <= MAX_SUBJECT_CHARS ? value : ''

function refused(
  code:
    | 'GH_CONTROL_REASON'
    | 'GH_SCA_ELEMENT_REQUEST'
    | 'GH_SCA_ELEMENT_UNKNOWN'
    | 'GH_SCA_NOT_CONFIGURED',
  details: readonly string[] = [],
): Prepared {
  return { ...NOTHING, outcome: 'refused', code, details }
}
