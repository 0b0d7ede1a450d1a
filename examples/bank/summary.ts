/** What `npm start` shows at the end: one screen for somebody who has never seen Gatehouse. */
import type { CallResult } from '../third-party/calls.ts'

export interface SummaryFacts {
  readonly plain: string
  readonly tls: string
  readonly bank: string
  readonly issuer: string
  readonly results: readonly CallResult[]
  /** How many payments the bank was told to make. */
  readonly orders: number
  /** `gatehouse events tail --json`: the newest decisions, oldest first. */
  readonly events: readonly unknown[]
  /** `gatehouse posture --json`. */
  readonly posture: unknown
  /** From the command until the gateway served. */
  readonly seconds: number
}

const BIN = 'bin/gatehouse'
const DRAFT = '--config examples/bank/draft.yaml'
const CONFIG = '--config examples/bank/npm-start.yaml'
/** Refusals that are explained further: one of a customer's data, one of a payment, one of a stolen token. */
const EXPLAINED = [
  'GH_GATEWAY_OBJECT_FORBIDDEN',
  'GH_GATEWAY_TOKEN_BINDING',
  'GH_GATEWAY_PAYMENT_AMOUNT',
]

export function summary(facts: SummaryFacts): string[] {
  const { results, plain, tls } = facts
  const decisions = new Map(facts.events.flatMap(decisionOf))
  const shown = (result: CallResult): string =>
    line(result, decisions.get(result.interaction ?? ''))
  const refused = (result: CallResult): boolean => result.status === 0 || result.status >= 400
  const token = `${facts.issuer}/DEVELOPMENT-ONLY/token?client=budget-buddy&subject=cust-amira&consent=consent-amira-budget`
  const accounts = '/open-banking/v4.0/aisp/accounts'
  return [
    '',
    'Gatehouse stands before Example Bank.',
    '',
    `  Gateway             ${plain}/open-banking/v4.0/aisp   (what third parties call)`,
    `                      ${tls}/open-banking/v4.0/pisp  (over mutual TLS, as all of it in life)`,
    `  Bank API            ${facts.bank}   (takes no call that the gateway did not sign for)`,
    `  DEVELOPMENT ISSUER  ${facts.issuer}   (gives a token to anybody; never in production)`,
    '',
    `A third party's first calls (served ${facts.seconds.toFixed(1)} s after the start)`,
    ...results.filter((result) => !refused(result)).map(shown),
    `  The bank was told to pay ${facts.orders === 1 ? 'once' : `${facts.orders} times`}.`,
    '',
    'What was refused, and why',
    ...results.filter(refused).map(shown),
    ...results
      .filter(({ code }) => EXPLAINED.includes(code ?? ''))
      .filter(({ code }, at, all) => all.findIndex((one) => one.code === code) === at)
      .map(({ decision }) => `  ${BIN} explain ${decision ?? ''} ${CONFIG}`),
    '',
    ...postureLines(facts.posture),
    'Try next (copy a line)',
    `  curl -s ${plain}${accounts} -H "Authorization: Bearer $(curl -s '${token}')"`,
    `  curl -sK examples/bank/certs/curl-ais ${tls}${accounts} -H "Authorization: Bearer $(curl -s '${token}&certificate=qwac-ais')"`,
    `  curl -s ${facts.bank}${accounts} -H "x-gatehouse-subject: cust-amira"   (past the gateway: refused)`,
    '  npm run -s pay 12.50         (proposes, authenticates and orders a payment of this amount)',
    '  npm run -s pay 12.50 125.00  (orders another amount than the customer authenticated)',
    `  ${BIN} plan ${CONFIG}`,
    `  ${BIN} plan --replay ${DRAFT}   (whom a stricter policy would refuse)`,
    `  ${BIN} posture payments ${CONFIG}`,
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

function line({ status, call, code }: CallResult, decision: Decision | undefined): string {
  const allowed = status > 0 && status < 400
  const mark = (allowed ? (decision?.outcome ?? 'allowed') : 'DENIED').padEnd(7)
  const held =
    decision === undefined || decision.fields + decision.rows === 0
      ? 'whole'
      : `${decision.fields} fields and ${decision.rows} rows of the bank's answer held back`
  const why = status === 0 ? `no connection (${code ?? ''})` : (code ?? '')
  return `  ${mark} ${status === 0 ? 'TLS' : status}  ${call.title.padEnd(48)} ${allowed ? held : why}`
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
