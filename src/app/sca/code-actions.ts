/**
 * Codes of the bank as changes at the control desk: one person proposes, another approves, and both are in the spool with their reason before anything counts.
 * Where the bank has a sender the codes go to it and to nobody else; without one they are printed to whoever approved, and nowhere else.
 */
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import { GatehouseError, samePerson } from '../../lib/index.ts'
import {
  type Channel,
  type CodeDesk,
  type CodeFault,
  type CodeRequest,
  type EnrolmentDesk,
  type FactorKind,
  MAX_ACTIVATION_MS,
  MAX_IDENTITY_CHARS,
} from '../../sca/index.ts'
import { type Action, type Asked, NOTHING, type Prepared } from '../control-desk.ts'

export interface CodeParts {
  /** `undefined`: the configuration has no elements. */
  readonly desk: Pick<EnrolmentDesk, 'kinds'> | undefined
  readonly codes: CodeDesk | undefined
  readonly isCustomer: (subject: string) => Promise<boolean>
  /** The customer, as events name them. */
  readonly pseudonym: (subject: string) => string | null
}

const DAY_MS = 86_400_000
const DAYS = 14
const MAX_DAYS = MAX_ACTIVATION_MS / DAY_MS
export const MAX_SUBJECT_CHARS = 256
const CHANNELS: readonly Channel[] = ['post', 'branch', 'email', 'message', 'app']
const MAX_CHANNELS = 2

export function codeActions(
  parts: CodeParts,
): Readonly<Record<'sca-enrol' | 'sca-enrol-approve', Action>> {
  return {
    'sca-enrol': (asked) => proposing(asked, parts),
    'sca-enrol-approve': (asked) => approving(asked, parts),
  }
}

async function proposing({ who, reason, proposal }: Asked, parts: CodeParts): Promise<Prepared> {
  const { desk, codes, isCustomer, pseudonym } = parts
  if (desk === undefined || codes === undefined) return refused('GH_SCA_NOT_CONFIGURED')
  if (reason === null) return refused('GH_CONTROL_REASON')
  const { subject, request, mistakes } = requestIn(proposal ?? {}, desk.kinds)
  if (mistakes.length > 0) return refused('GH_SCA_ELEMENT_REQUEST', mistakes)
  if (!(await isCustomer(subject))) return refused('GH_SCA_CUSTOMER_UNKNOWN')
  const fault = await codes.fault(subject, request)
  if (fault !== undefined) return faulty(fault)
  return {
    outcome: 'done',
    before: null,
    after: 'proposed',
    details: wordsOf(subject, request, pseudonym),
    async commit() {
      await codes.propose(subject, request, { who, reason })
      return ['no code is made until another person approves it: gatehouse sca enrol-approve']
    },
  }
}

async function approving({ who, proposal }: Asked, parts: CodeParts): Promise<Prepared> {
  const { codes, isCustomer, pseudonym } = parts
  if (codes === undefined) return refused('GH_SCA_NOT_CONFIGURED')
  const subject = textIn(proposal?.['subject'])
  const proposed = await codes.proposed(subject)
  if (proposed === undefined) return refused('GH_SCA_CODES_UNPROPOSED')
  if (samePerson(proposed.who, who)) return refused('GH_SCA_SECOND_PERSON')
  if (!(await isCustomer(subject))) return refused('GH_SCA_CUSTOMER_UNKNOWN')
  const fault = await codes.fault(subject, proposed)
  if (fault !== undefined) return faulty(fault)
  return {
    outcome: 'done',
    before: 'proposed',
    after: proposed.kinds.join(' '),
    details: [
      `proposed by ${proposed.who}: ${proposed.reason}`,
      ...wordsOf(subject, proposed, pseudonym),
    ],
    // What is said here goes to whoever asked, and nowhere else.
    async commit() {
      const done = await codes.approve(subject, who)
      switch (done.kind) {
        case 'none':
          throw new GatehouseError('GH_SCA_CODES_UNPROPOSED')
        case 'same-person':
          throw new GatehouseError('GH_SCA_SECOND_PERSON')
        case 'needless':
        case 'one-channel':
          throw new GatehouseError(FAULT_CODES[done.kind])
        case 'given': {
          const lines = done.codes.map(({ kind, channel, code }) =>
            code === undefined ? `${kind} sent by ${channel}` : `${kind} by ${channel} ${code}`,
          )
          return done.codes.some(({ code }) => code !== undefined)
            ? [...lines, 'no sender is configured (sca.sender): whoever approved hands them over']
            : lines
        }
        default:
          return done satisfies never
      }
    },
  }
}

const FAULT_CODES = {
  needless: 'GH_SCA_ELEMENT_REQUEST',
  'one-channel': 'GH_SCA_ONE_CHANNEL',
} as const satisfies Record<CodeFault, string>

function faulty(fault: CodeFault): Prepared {
  return refused(
    FAULT_CODES[fault],
    fault === 'needless'
      ? [
          'the customer can authenticate with what he has, and adds the rest by himself; --recovery is for whoever lost it',
        ]
      : [],
  )
}

function wordsOf(
  subject: string,
  { kinds, channels, lifeMs, recovers, identity }: CodeRequest,
  pseudonym: CodeParts['pseudonym'],
): readonly string[] {
  return [
    `of customer ${pseudonym(subject) ?? 'erased'}: ${kinds.join(' ')}, by ${channels.join(' and ')}, for ${lifeMs / DAY_MS} days${recovers ? ', for recovery' : ''}`,
    ...(identity === undefined ? [] : [`who he is: ${identity}`]),
  ]
}

interface Read {
  readonly subject: string
  readonly request: CodeRequest
  readonly mistakes: readonly string[]
}
function requestIn(said: JsonObject, offered: readonly FactorKind[]): Read {
  const { subject: name, kinds: list, channels: ways, days = DAYS, recovers, identity } = said
  const subject = textIn(name)
  const named = listIn(list)
  const kinds = offered.filter((kind) => named.includes(kind))
  const wanted = ways === undefined ? ['post'] : listIn(ways)
  const channels = wanted.flatMap((way) => CHANNELS.find((one) => one === way) ?? [])
  const few = wanted.length >= 1 && wanted.length <= MAX_CHANNELS
  const sound = typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= MAX_DAYS
  const seen = typeof identity === 'string' ? identity.trim() : ''
  const mistakes = [
    ...(subject === '' ? ['name the customer as the "sub" of tokens does'] : []),
    ...(kinds.length === 0 || kinds.length !== named.length
      ? [`--factor is one or more of ${offered.join(', ')}, each once`]
      : []),
    ...(few && channels.length === wanted.length && new Set(channels).size === channels.length
      ? []
      : [`--channel is one or two of ${CHANNELS.join(', ')}, each once`]),
    ...(sound ? [] : [`--days is 1 to ${MAX_DAYS}`]),
    ...(identity === undefined || (seen !== '' && seen.length <= MAX_IDENTITY_CHARS)
      ? []
      : [`--identity says in at most ${MAX_IDENTITY_CHARS} letters how the customer was known`]),
  ]
  const request = {
    kinds,
    channels,
    lifeMs: (sound ? days : DAYS) * DAY_MS,
    recovers: recovers === true,
    ...(seen === '' ? {} : { identity: seen }),
  }
  return { subject, request, mistakes }
}
const listIn = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [] // sound: an array of JSON
const textIn = (value: JsonValue | undefined): string =>
  typeof value === 'string' && value.length <= MAX_SUBJECT_CHARS ? value : ''

function refused(
  code:
    | 'GH_CONTROL_REASON'
    | 'GH_SCA_CODES_UNPROPOSED'
    | 'GH_SCA_CUSTOMER_UNKNOWN'
    | 'GH_SCA_ELEMENT_REQUEST'
    | 'GH_SCA_NOT_CONFIGURED'
    | 'GH_SCA_ONE_CHANNEL'
    | 'GH_SCA_SECOND_PERSON',
  details: readonly string[] = [],
): Prepared {
  return { ...NOTHING, outcome: 'refused', code, details }
}
