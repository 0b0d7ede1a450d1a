/** The small API with an operation whose messages are signed: `POST /aisp/accounts/{AccountId}/notes`. */
import type { Plan, PlanRule, SignatureParams } from '../../src/decide/index.ts'
import { aisPlan } from './ais-plan.ts'

const PARAMS: SignatureParams = {
  header: 'x-jws-signature',
  maxAgeSeconds: 300,
  trustAnchors: ['openbanking.org.uk'],
  unencoded: false,
}

export function signedPlan(upstream: string, changes: Partial<SignatureParams> = {}): Plan {
  const rule: PlanRule = {
    name: 'request.signature',
    control: 'message-signing',
    mode: 'enforce',
    origin: { level: 'profile', source: 'pis@1.2.0' },
    params: { ...PARAMS, ...changes },
  }
  const made = aisPlan({ upstream })
  return {
    ...made,
    apis: made.apis.map((api) =>
      api.state === 'active'
        ? {
            ...api,
            rules: [...api.rules, rule],
            operations: api.operations.map((one) =>
              one.id === 'AddNote' ? { ...one, rules: [...one.rules, api.rules.length] } : one,
            ),
          }
        : api,
    ),
  }
}
