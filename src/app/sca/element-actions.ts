/** Activation codes and the removal of elements as changes at the control desk: who asked and why is in the spool before it counts. */
import type { ElementsView } from '../../api/index.ts'
import { GatehouseError, type JsonObject, type JsonValue } from '../../lib/index.ts'
import {
  type Channel,
  type EnrolmentDesk,
  type FactorKind,
  MAX_ACTIVATION_MS,
} from '../../sca/index.ts'
import { type Action, type Asked, NOTHING, type Prepared } from '../control-desk.ts'

export interface ElementParts {
  /** `undefined`: the configuration has no elements. */
  readonly desk: EnrolmentDesk | undefined
  readonly now: () => number
  /** The customer, as events name them. */
  readonly pseudonym: (subject: string) => string | null
}

const DAY_MS = 86_400_000
const DAYS = 14
const MAX_DAYS = MAX_ACTIVATION_MS / DAY_MS
const MAX_SUBJECT_CHARS = 256
const CHANNELS: readonly Channel[] = ['post', 'branch', 'email', 'message', 'app']

export function elementActions(
  parts: ElementParts,
): Readonly<Record<'sca-enrol' | 'sca-revoke', Action>> {
  return {
    'sca-enrol': (asked) => enrolling(asked, parts),
    'sca-revoke': (asked) => revoking(asked, parts),
  }
}

/** @throws GH_SCA_NOT_CONFIGURED */
export function elementsView({ desk }: Pick<ElementParts, 'desk'>) {
  return async (subject: string): Promise<ElementsView> => {
    if (desk === undefined) throw new GatehouseError('GH_SCA_NOT_CONFIGURED')
    return {
      subject,
      factors: desk.kinds,
      elements: await desk.devices(subject),
      removed: await desk.ended(subject),
      codes: await desk.waiting(subject),
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

async function enrolling({ reason, proposal }: Asked, parts: ElementParts): Promise<Prepared> {
  const { desk, now, pseudonym } = parts
  if (desk === undefined) return refused('GH_SCA_NOT_CONFIGURED')
  if (reason === null) return refused('GH_CONTROL_REASON')
  const { subject, kinds, channel, days, recovers, mistakes } = requestIn(
    proposal ?? {},
    desk.kinds,
  )
  if (mistakes.length > 0) return refused('GH_SCA_ELEMENT_REQUEST', mistakes)
  if (!recovers && (await desk.isStrong(subject)))
    return refused('GH_SCA_ELEMENT_REQUEST', [
      'the customer can authenticate with what he has, and adds the rest by himself; --recovery is for whoever lost it',
    ])
  const lifeMs = days * DAY_MS
  const until = new Date(now() + lifeMs).toISOString()
  return {
    outcome: 'done',
    before: null,
    after: kinds.join(' '),
    details: [
      `of customer ${pseudonym(subject) ?? 'erased'}, by ${channel}, until ${until}${recovers ? ', for recovery' : ''}`,
    ],
    // The codes go to whoever asked, and nowhere else.
    async commit() {
      const lines: string[] = []
      for (const kind of kinds)
        lines.push(`${kind} ${await desk.activation({ subject, kind, channel, lifeMs, recovers })}`)
      return lines
    },
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
  const theirs = await desk.devices(subject)
  const wanted = all ? theirs : theirs.filter(({ id }) => id === element)
  if (wanted.length === 0 && !all) return refused('GH_SCA_ELEMENT_UNKNOWN')
  const waiting = all ? (await desk.waiting(subject)).length : 0
  const of = `of customer ${pseudonym(subject) ?? 'erased'}`
  if (wanted.length + waiting === 0)
    return { ...NOTHING, outcome: 'unchanged', before: 'none', after: 'none', details: [of] }
  return {
    outcome: 'done',
    before: wanted.map(({ kind }) => kind).join(' ') || 'codes',
    after: 'removed',
    details: [of],
    async commit() {
      if (!all) for (const { id } of wanted) await desk.revoke(subject, id, 'bank')
      const { codes } = all ? await desk.revokeAll(subject) : { codes: 0 }
      return codes === 0
        ? []
        : [`${codes} codes and enrolments that were begun do not count any more`]
    },
  }
}

interface Request {
  readonly subject: string
  readonly kinds: readonly FactorKind[]
  readonly channel: Channel
  readonly days: number
  readonly recovers: boolean
  readonly mistakes: readonly string[]
}
function requestIn(said: JsonObject, offered: readonly FactorKind[]): Request {
  const { subject: name, kinds: list, channel: way = 'post', days = DAYS, recovers } = said
  const subject = textIn(name)
  const named = Array.isArray(list) ? (list as readonly JsonValue[]) : []
  const kinds = offered.filter((kind) => named.includes(kind))
  const channel = CHANNELS.find((one) => one === way)
  const sound = typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= MAX_DAYS
  const mistakes = [
    ...(subject === '' ? ['name the customer as the "sub" of tokens does'] : []),
    ...(kinds.length === 0 || kinds.length !== named.length
      ? [`--factor is one or more of ${offered.join(', ')}, each once`]
      : []),
    ...(channel === undefined ? [`--channel is one of ${CHANNELS.join(', ')}`] : []),
    ...(sound ? [] : [`--days is 1 to ${MAX_DAYS}`]),
  ]
  return {
    subject,
    kinds,
    channel: channel ?? 'post',
    days: sound ? days : DAYS,
    recovers: recovers === true,
    mistakes,
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
