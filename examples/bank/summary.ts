/** What `npm start` shows at the end: one screen for somebody who has never seen Gatehouse. */
import type { CallResult } from '../third-party/first-calls.ts'

export interface SummaryFacts {
  readonly origin: string
  readonly bank: string
  readonly issuer: string
  readonly results: readonly CallResult[]
  /** `gatehouse posture --json`. */
  readonly posture: unknown
  readonly seconds: number
}

const BIN = 'bin/gatehouse'
const CONFIG = '--config examples/bank/gatehouse.yaml'

export function summary(facts: SummaryFacts): string[] {
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
    ...facts.results.map(line),
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
    `  ${BIN} posture accounts ${CONFIG}`,
    `  ${BIN} objectives accounts --why object-authz ${CONFIG}`,
    `  ${BIN} events tail ${CONFIG}`,
    `  ${BIN} consents revoke consent-amira-budget --reason "customer asked" ${CONFIG}   (then call again)`,
    '',
    'Ctrl-C stops everything.',
    '',
  ]
}

function line(result: CallResult): string {
  const mark = result.status < 400 ? 'allowed' : 'DENIED '
  const what = result.status < 400 ? `${result.bytes} bytes` : (result.code ?? '')
  return `  ${mark} ${result.status}  ${result.call.title.padEnd(50)} ${what}`
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
