/** What `npm start` shows at the end: one screen for somebody who has never seen Gatehouse. */
import type { CallResult } from '../third-party/first-calls.ts'

export interface SummaryFacts {
  readonly origin: string
  readonly bank: string
  readonly issuer: string
  readonly results: readonly CallResult[]
  /** `gatehouse events tail --json`: the newest decisions, oldest first. */
  readonly events: readonly unknown[]
  /** `gatehouse posture --json`. */
  readonly posture: unknown
  readonly seconds: number
}

const BIN = 'bin/gatehouse'
const DRAFT = '--config examples/bank/draft.yaml'
const CONFIG = '--config examples/bank/gatehouse.yaml'

export function summary(facts: SummaryFacts): string[] {
  const decisions = facts.events.flatMap(decisionOf).slice(-facts.results.length)
  const denied = facts.results.filter((result) => result.status >= 400)
  const token = `${facts.issuer}/DEVELOPMENT-ONLY/token?client=budget-buddy&subject=cust-amira&consent=consent-amira-budget`
  return [
    '',
    'Gatehouse stands before Example Bank.',
    '',
    `  Gateway             ${facts.origin}/open-banking/v4.0/aisp   (what third parties call)`,
    `  Bank API            ${facts.bank}   (unprotected on purpose: compare)`,
    `  DEVELOPMENT ISSUER  ${facts.issuer}   (gives a token to anybody; never in production)`,
    '',
    `A third party's first calls (served ${facts.seconds.toFixed(1)} s after the start)`,
    ...facts.results.map((result, at) => line(result, decisions[at])),
    '',
    'Three refusals, and why',
    ...denied
      .slice(0, 3)
      .flatMap((result) => [
        `  ${result.status} ${result.call.title}: ${result.title ?? ''}`,
        `      ${BIN} explain ${result.decision ?? ''} ${CONFIG}`,
      ]),
    '',
    ...postureLines(facts.posture),
    'Try next (copy a line)',
    `  curl -s ${facts.origin}/open-banking/v4.0/aisp/accounts -H "Authorization: Bearer $(curl -s '${token}')"`,
    `  ${BIN} plan ${CONFIG}`,
    `  ${BIN} plan --replay ${DRAFT}   (whom a stricter policy would refuse)`,
    `  ${BIN} posture accounts ${CONFIG}`,
    `  ${BIN} objectives accounts --why object-authz ${CONFIG}`,
    `  ${BIN} events tail ${CONFIG}`,
    `  ${BIN} consents revoke consent-amira-budget --reason "customer asked" ${CONFIG}   (then call again)`,
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

function line(result: CallResult, decision: Decision | undefined): string {
  const allowed = result.status < 400
  const mark = (allowed ? (decision?.outcome ?? 'allowed') : 'DENIED').padEnd(7)
  const held =
    decision === undefined || decision.fields + decision.rows === 0
      ? 'whole'
      : `${decision.fields} fields and ${decision.rows} rows of the bank's answer held back`
  return `  ${mark} ${result.status}  ${result.call.title.padEnd(50)} ${allowed ? held : (result.code ?? '')}`
}

/** What the gateway wrote down about a call; other events (notices) are passed over. */
function decisionOf(stored: unknown): Decision[] {
  const event = member(stored, 'event')
  if (member(event, 'kind') !== 'access') return []
  const response = member(event, 'response')
  return [
    {
      outcome: String(member(event, 'outcome')),
      fields: Number(member(response, 'removedFields') ?? 0),
      rows: Number(member(response, 'removedRows') ?? 0),
    },
  ]
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
  return ['Where it stands', ...posture.summary.map((text) => `  ${String(text)}`), '']
}
