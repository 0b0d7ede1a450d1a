/**
 * Runs policy tests with the kernel that the gateway runs, and says of each expectation that does not hold what was decided instead, by
 * which rule, and who put that rule there.
 */
import {
  type Allow,
  type Deny,
  type Facts,
  type Kernel,
  type Plan,
  prepare,
  type PlanRule,
} from '../../decide/index.ts'
import type { Diagnostic, Place } from '../../lib/index.ts'
import type { LinearRegex } from '../../schema/index.ts'
import type { PolicyCase } from './case.ts'
import { consentFact, factsOf } from './case-facts.ts'
import { holdsMember, memberPath } from './member-path.ts'

export interface PolicyTestResult {
  readonly name: string
  readonly place: Place
  readonly passed: boolean
  readonly decision: 'allow' | 'deny'
  readonly code: string | null
  readonly rule: string | null
  /** `level (source)` of the rule. */
  readonly origin: string | null
  /** What of the bank's answer leaves; `null`: the test gives none, or nothing was asked for. */
  readonly answer: 'whole' | 'trimmed' | 'replaced' | 'refused' | null
}

export interface PolicyTestRun {
  readonly results: readonly PolicyTestResult[]
  /** One for each expectation that does not hold. */
  readonly failures: readonly Diagnostic[]
}

export function runPolicyTests(
  plan: Plan,
  cases: readonly PolicyCase[],
  regex: LinearRegex,
): PolicyTestRun {
  const kernel = prepare(plan, { regex })
  const failures: Diagnostic[] = []
  const results = cases.map((one): PolicyTestResult => {
    const before = failures.length
    const judged = decide(kernel, one)
    compare(one, judged, (place, message) =>
      failures.push({
        code: 'GH_POLICY_TEST_FAILED',
        message: `${one.name.value}: ${message}`,
        place,
      }),
    )
    return {
      name: one.name.value,
      place: one.name.place,
      passed: failures.length === before,
      decision: judged.decision,
      code: judged.code,
      rule: judged.rule,
      origin: judged.origin,
      answer: judged.leaves?.kind ?? null,
    }
  })
  return { results, failures }
}

interface Leaves {
  readonly kind: 'whole' | 'trimmed' | 'replaced' | 'refused'
  /** The body that leaves; `undefined`: none of the bank's. */
  readonly body: string | undefined
  readonly why: string
}

interface Judged {
  readonly decision: 'allow' | 'deny'
  readonly code: string | null
  readonly rule: string | null
  readonly origin: string | null
  readonly detail: string
  readonly leaves: Leaves | undefined
}

function decide(kernel: Kernel, one: PolicyCase): Judged {
  const usual = factsOf(one, kernel.plan)
  const asked = kernel.next(usual)
  // A consent that the request names itself: that of the test, or none that anybody knows.
  const facts =
    asked.kind === 'need' && asked.consentId !== undefined
      ? { ...usual, namedConsent: consentFact(one, asked.consentId) }
      : usual
  const verdict = facts === usual ? asked : kernel.next(facts)
  if (verdict.kind === 'need' || verdict.kind === 'claim')
    return {
      decision: 'deny',
      code: 'GH_GATEWAY_RULE_FAILED',
      rule: null,
      origin: null,
      detail: 'a rule asks for what a policy test cannot say',
      leaves: undefined,
    }
  if (verdict.kind === 'deny') return denial(kernel.plan, verdict)
  // As the gateway has it: a body that no rule judged goes nowhere.
  return {
    decision: 'allow',
    code: null,
    rule: null,
    origin: null,
    detail: '',
    leaves: one.answer === null ? undefined : leave(kernel, verdict, facts, one.answer),
  }
}

function denial(plan: Plan, verdict: Deny): Judged {
  const reason = verdict.trail.failed.find(({ effect }) => effect === 'denied')
  const rule = ruleOf(plan, verdict)
  return {
    decision: 'deny',
    code: verdict.code,
    rule: verdict.rule,
    origin:
      rule === undefined
        ? 'built into the gateway'
        : `${rule.origin.level} (${rule.origin.source})`,
    detail: reason?.detail ?? '',
    leaves: undefined,
  }
}

function ruleOf(plan: Plan, { match, rule }: Deny): PlanRule | undefined {
  const api = plan.apis.find(({ name }) => name === match?.api)
  if (api?.state !== 'active') return undefined
  const operation = api.operations.find(({ id }) => id === match?.operation)
  return operation?.rules
    .flatMap((index) => api.rules[index] ?? [])
    .find(({ name }) => name === rule)
}

function leave(
  kernel: Kernel,
  allow: Allow,
  facts: Facts,
  { status, mediaType, headers, body }: NonNullable<PolicyCase['answer']>,
): Leaves {
  const head = {
    status,
    mediaType: mediaType.toLowerCase(),
    contentEncoding: '',
    headers: headers.map((name) => name.toLowerCase()),
  }
  const respond = kernel.respond(allow, facts, head)
  switch (respond.kind) {
    case 'pass':
      return { kind: 'whole', body, why: '' }
    case 'refuse':
      return { kind: 'refused', body: undefined, why: respond.reason }
    case 'replace':
      return { kind: 'replaced', body: undefined, why: `status ${respond.status}` }
    case 'project': {
      const projected = respond.apply(body)
      if (!projected.ok && projected.reason === 'withheld') {
        const { failure } = projected
        const kind = failure.rule === 'response.errors' ? 'replaced' : 'refused'
        return { kind, body: undefined, why: failure.detail }
      }
      if (!projected.ok)
        return {
          kind: 'refused',
          body: undefined,
          why: `${projected.at || 'the body'}: ${projected.reason}`,
        }
      const held = projected.removedFields + projected.removedRows
      return {
        kind: held > 0 ? 'trimmed' : 'whole',
        body: projected.text,
        why: `${projected.removedFields} members and ${projected.removedRows} rows held back`,
      }
    }
    default:
      return respond satisfies never
  }
}

type Fail = (place: Place, message: string) => void

function compare({ expect, answer }: PolicyCase, judged: Judged, fail: Fail): void {
  const instead = wordsOf(judged)
  if (expect.decision.value !== judged.decision)
    return fail(expect.decision.place, `expected ${expect.decision.value}, but it was ${instead}`)
  if (expect.code !== null && expect.code.value !== judged.code)
    fail(expect.code.place, `expected ${expect.code.value}, but it was ${instead}`)
  if (expect.rule !== null && expect.rule.value !== judged.rule)
    fail(expect.rule.place, `expected a denial by ${expect.rule.value}, but it was ${instead}`)
  const ofAnswer = [expect.answer, expect.keeps, expect.drops].find(
    (one) => one !== null && (typeof one.value === 'string' || one.value.length > 0),
  )
  if (ofAnswer === undefined || ofAnswer === null) return
  const { leaves } = judged
  if (leaves === undefined || answer === null)
    return fail(
      ofAnswer.place,
      judged.decision === 'deny'
        ? 'something is expected of an answer, and the request is denied'
        : "something is expected of an answer, and the test gives no answer of the bank's",
    )
  if (expect.answer !== null && expect.answer.value !== leaves.kind)
    fail(
      expect.answer.place,
      `expected the answer to leave ${expect.answer.value}, but it is ${leaves.kind} (${leaves.why})`,
    )
  compareMembers(expect, answer.body, leaves, fail)
}

function compareMembers(
  { keeps, drops }: PolicyCase['expect'],
  sent: string,
  { body, kind, why }: Leaves,
  fail: Fail,
): void {
  for (const text of [...keeps.value, ...drops.value]) {
    const path = memberPath(text)
    const place = keeps.value.includes(text) ? keeps.place : drops.place
    // What the bank never sent can neither leave nor stay behind: the expectation would hold whatever the policy says.
    if (!holdsMember(sent, path))
      fail(place, `the answer of the test has no ${text}, so nothing is tested`)
  }
  for (const text of keeps.value)
    if (holdsMember(sent, memberPath(text)) && !holdsMember(body, memberPath(text)))
      fail(
        keeps.place,
        `expected ${text} to leave, but it stays behind (the answer is ${kind}: ${why})`,
      )
  for (const text of drops.value)
    if (holdsMember(body, memberPath(text)))
      fail(drops.place, `expected ${text} to stay behind, but it leaves`)
}

function wordsOf({ decision, code, rule, origin, detail }: Judged): string {
  if (decision === 'allow') return 'allowed'
  return `denied with ${code ?? ''} by ${rule ?? 'no rule'}, ${origin ?? 'from nowhere'}: ${detail}`
}
