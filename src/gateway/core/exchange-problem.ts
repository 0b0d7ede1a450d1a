/** A refusal of one exchange: the problem document with what its client needs to mend it, signed where the specification says so. */
import type { Facts } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import { sealProblem } from './answer-signature.ts'
import type { CoreParts } from './core.ts'
import type { ApiIndex, OperationIndex } from './plan-index.ts'
import { type Answer, problem, type ProblemContext } from './problem.ts'

/** Who refuses an answer; where an operation has no such rule, the kernel judges as if it had. */
export const ANSWER_RULE = { rule: 'response.fields', control: 'response-minimisation' } as const

export interface Refused extends Pick<ProblemContext, 'rateFields' | 'retrySeconds'> {
  readonly decision: string
  readonly facts: Facts
  readonly api: ApiIndex | undefined
  readonly operation: OperationIndex | undefined
  readonly interaction: readonly [name: string, id: string]
  /** Decision id of the first request with the same idempotency key. */
  readonly first: string | undefined
}

export function exchangeProblem(
  parts: CoreParts,
  { facts, api, operation, ...told }: Refused,
  said: {
    readonly code: ErrorCode
    readonly status: number | undefined
    readonly allow: readonly string[] | undefined
  },
): Answer {
  const { code, status, allow } = said
  const answer = problem(code, {
    ...told,
    allow,
    dpop: facts.proof !== undefined ? 'used' : api?.dpop,
    nonce: freshNonce(parts, facts, code),
    stepUp: operation?.stepUp,
    ...(status !== undefined && { status }),
  })
  // A signature costs more than a refusal: strangers get none.
  return operation?.signed === undefined || facts.token?.kind !== 'verified'
    ? answer
    : sealProblem(answer, operation.signed, parts.answers(), parts.clock.now())
}

/** RFC 9449 §8.2, §9: a client gets one when it needs one, and the next before the last one ends. */
export function freshNonce(
  { proofs }: CoreParts,
  { proof, now }: Facts,
  code?: ErrorCode,
): string | undefined {
  const aging = proof?.kind === 'verified' && proof.nonce === 'aging'
  return aging || code === 'GH_GATEWAY_PROOF_NONCE' ? proofs.nonce(now) : undefined
}
