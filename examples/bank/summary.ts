/** What `npm start` shows at the end: one screen for somebody who has never seen Gatehouse. */
import { type Order, WEB_PAYMENT } from './payments.ts'
import type { Step } from './tour-parts.ts'

export interface SummaryFacts {
  readonly api: string
  readonly issuer: string
  readonly bank: string
  readonly steps: readonly Step[]
  /** What the bank was told to pay, and what it paid of its own. */
  readonly orders: readonly Order[]
  readonly password: string
  /** `gatehouse events tail --json`: the newest decisions, oldest first. */
  readonly events: readonly unknown[]
  /** `gatehouse posture --json`. */
  readonly posture: unknown
  /** Now, as in `2026Q4`. */
  readonly quarter: string
  /** From the command until the gateway served. */
  readonly seconds: number
}

const BIN = 'bin/gatehouse'
const DRAFT = '--config examples/bank/draft.yaml'
const CONFIG = '--config examples/bank/npm-start.yaml'
/** Refusals that are explained further: of a customer's data, of a stolen token, of a payment, of an ended consent. */
const EXPLAINED = [
  'GH_GATEWAY_OBJECT_FORBIDDEN',
  'GH_GATEWAY_TOKEN_BINDING',
  'GH_GATEWAY_PAYMENT_AMOUNT',
  'GH_GATEWAY_CLIENT_INACTIVE',
]

export function summary(facts: SummaryFacts): string[] {
  const { steps, api, issuer } = facts
  const decisions = new Map(facts.events.flatMap(decisionOf))
  const chapters = [...new Set(steps.map(({ chapter }) => chapter))]
  const first = (code: string): Step[] => steps.filter((step) => step.code === code).slice(0, 1)
  const accounts = `${api}/open-banking/v4.0/aisp/accounts`
  return [
    '',
    `Gatehouse stands before Example Bank (served ${facts.seconds.toFixed(1)} s after the start).`,
    '',
    `  Gateway               ${api}  (mutual TLS: what third parties call)`,
    `  Authorization server  ${issuer}  (third parties register; amira, password ${facts.password}, logs in)`,
    `  Bank API              ${facts.bank}   (takes no call that the gateway did not sign for)`,
    ...chapters.flatMap((chapter) => [
      '',
      chapter,
      ...steps
        .filter((step) => step.chapter === chapter)
        .map((step) => line(step, decisions.get(step.interaction ?? ''))),
    ]),
    `  ${paid(facts.orders)}`,
    '',
    'Why? (copy a line)',
    ...EXPLAINED.flatMap(first).map(
      ({ decision }) => `  ${BIN} explain ${decision ?? ''} ${CONFIG}`,
    ),
    '',
    'Which law, which counters, which evidence? (one exempt payment, one that was authenticated; all of the quarter)',
    ...['exempt', 'required'].flatMap((outcome) =>
      decidedIn(facts.events, outcome).map((id) => `  ${BIN} sca explain ${id} ${CONFIG}`),
    ),
    `  ${BIN} sca report --quarter ${facts.quarter} ${CONFIG}`,
    '',
    ...postureLines(facts.posture),
    'Try next',
    '  npm run -s consent           (asks again; with -- --by-hand you are Amira, in a browser)',
    '  npm run -s accounts          (reads under it)',
    `  curl -sK examples/bank/certs/curl ${accounts} -H "Authorization: Bearer $(npm run -s token)"`,
    `  curl -s ${facts.bank}/open-banking/v4.0/aisp/accounts -H "x-gatehouse-subject: cust-amira"   (past the gateway: refused)`,
    '  npm run -s pay 62.50         (asks for, authenticates and orders a payment of this amount)',
    '  npm run -s pay 62.50 625.00  (orders another amount than the customer authenticated)',
    `  ${BIN} clients list ${CONFIG}   (then: clients show ID)`,
    `  ${BIN} plan --replay ${DRAFT}   (whom a stricter policy would refuse)`,
    `  ${BIN} posture payments ${CONFIG}`,
    `  ${BIN} events tail ${CONFIG}`,
    '',
    'Ctrl-C stops everything.',
    '',
  ]
}

interface Decision {
  readonly outcome: string
  readonly fields: number
  readonly rows: number
}

/** Longest title that stands in its column. */
const TITLE = 54

function line({ status, title, code, note }: Step, decision: Decision | undefined): string {
  const allowed = status > 0 && status < 400
  const mark = (allowed ? (decision?.outcome ?? '') : 'DENIED').padEnd(7)
  const why = [status === 0 ? `no connection (${code ?? ''})` : code, note]
  const come = allowed ? [held(decision), note] : why
  const told = come.filter((text) => text !== undefined).join(', ')
  return `  ${mark} ${status === 0 ? 'TLS' : status}  ${title.padEnd(TITLE)} ${told}`.trimEnd()
}

function held(decision: Decision | undefined): string | undefined {
  if (decision === undefined || decision.fields + decision.rows === 0) return undefined
  return `${decision.fields} fields and ${decision.rows} rows held back`
}

function paid(orders: readonly Order[]): string {
  const own = orders.filter(({ kind }) => kind === WEB_PAYMENT).length
  const times = (count: number): string => ['not', 'once', 'twice'][count] ?? `${count} times`
  return `The bank was told to pay ${times(orders.length - own)}, and its own web bank paid ${times(own)}.`
}

/** The first payment that was decided so, and took place. */
function decidedIn(events: readonly unknown[], outcome: string): readonly string[] {
  const found = events
    .map((stored) => member(stored, 'event'))
    .find(
      (event) =>
        member(event, 'kind') === 'sca' &&
        member(event, 'act') === 'remote-payment' &&
        member(event, 'what') === 'done' &&
        member(event, 'outcome') === outcome,
    )
  return found === undefined ? [] : [String(member(found, 'decision'))]
}

/** What the gateway wrote down about a call, by the id that both sides know; other events (notices) are passed over. */
function decisionOf(stored: unknown): (readonly [interaction: string, decision: Decision])[] {
  const event = member(stored, 'event')
  if (member(event, 'kind') !== 'access') return []
  const response = member(event, 'response')
  const decision = {
    outcome: String(member(event, 'outcome')),
    fields: Number(member(response, 'removedFields') ?? 0),
    rows: Number(member(response, 'removedRows') ?? 0),
  }
  return [[String(member(event, 'interaction')), decision]]
}

function member(value: unknown, name: string): unknown {
  // Sound: a non-null object may be asked for any member.
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function postureLines(posture: unknown): string[] {
  if (
    typeof posture !== 'object' ||
    posture === null ||
    !('summary' in posture) ||
    !Array.isArray(posture.summary)
  )
    return []
  const texts = posture.summary.map(String).filter((text) => !text.includes('also need evidence'))
  return ['Where it stands', ...texts.map((text) => `  ${text}`), '']
}
