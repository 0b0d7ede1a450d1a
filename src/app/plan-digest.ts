import { hash } from 'node:crypto'
import type { Plan } from '../decide/index.ts'
import { canonicalJson } from '../lib/index.ts'

/** Whether the plan is the one that its digest names: `sha256:` over the canonical JSON of the rest (decide/plan.ts). */
export function isIntact(plan: Plan): boolean {
  const { digest, ...content } = plan
  return digest === `sha256:${hash('sha256', canonicalJson(content), 'hex')}`
}
