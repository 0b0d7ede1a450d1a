/**
 * Plans: whatever became of the JSON, it prepares or shuts the API, and never throws. Where only the *type* of a parameter of a rule is
 * wrong, so that nobody could mean it, nothing that the sound plan denies is allowed.
 */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import {
  type Facts,
  type Kernel,
  type Plan,
  prepare,
  type Verdict,
} from '../../../src/decide/index.ts'
import { bankPlan, goodFacts, TOKEN } from '../../decide/bank-plan.ts'
import { BREACHES } from '../../decide/breaches.ts'
import { changed, type Json, mutated, placesOf } from '../../support/json-mutation.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { defineSuite } from '../suite.ts'

const HOSTILE: readonly Facts[] = [
  ...Object.values(BREACHES).map(([, facts]) => facts),
  goodFacts('/accounts/22289', { token: { ...TOKEN, revoked: true } }),
  goodFacts('/accounts/22289', { token: { ...TOKEN, expiresAt: 1 } }),
  goodFacts('/accounts/22289', { token: { ...TOKEN, issuer: 'https://evil.example' } }),
  goodFacts('/accounts/22289', { consent: { kind: 'absent' } as never }),
  goodFacts('/nothing-of-the-kind'),
  goodFacts('/accounts/../accounts/22289'),
]
const GOOD = goodFacts('/accounts/22289')

/** Facts are all at hand: nobody is asked. */
function decide(kernel: Kernel, facts: Facts): Verdict | undefined {
  const step = kernel.next(facts)
  return step.kind === 'allow' || step.kind === 'deny' ? step : undefined
}

interface Case {
  readonly plan: Json
  /** Only types of parameters were made wrong. */
  readonly typesOnly: boolean
}

export const plans = defineSuite<Json>(
  { name: 'plans', holds: 'any plan prepares or shuts its API, and a wrong type opens nothing' },
  () => {
    const sound = JSON.parse(JSON.stringify(bankPlan())) as Json // sound: a plan is plain JSON
    const kernel = prepare(bankPlan(), { regex: linearRegex })
    assert.equal(decide(kernel, GOOD)?.kind, 'allow', 'the check is blind')
    for (const facts of HOSTILE) assert.equal(decide(kernel, facts)?.kind, 'deny')
    const leaves = placesOf(sound).filter((path) => path.includes('params'))
    const OTHER: readonly Json[] = [null, {}, [], [[]], [{}], 'odd', 5, true, -1]
    const wrongType = fc
      .tuple(fc.constantFrom(...leaves), fc.constantFrom(...OTHER))
      .filter(([path, to]) => kindOf(valueAt(sound, path)) !== kindOf(to))
      .map(([path, to]): Case => ({ plan: changed(sound, path, to), typesOnly: true }))
    const any = mutated(sound).map((plan): Case => ({ plan, typesOnly: false }))
    return {
      input: fc.oneof(wrongType, any).map((made) => made as unknown as Json), // sound: JSON
      check(input) {
        const { plan, typesOnly } = input as unknown as Case // sound: made above
        // Sound for nothing at all: that is the point.
        if (typeof plan !== 'object' || plan === null) return
        const made = prepare(plan as unknown as Plan, { regex: linearRegex })
        decide(made, GOOD)
        for (const facts of HOSTILE) {
          const verdict = decide(made, facts)
          if (typesOnly)
            assert.notEqual(verdict?.kind, 'allow', JSON.stringify(facts.request.target))
        }
      },
    }
  },
)

function kindOf(value: Json | undefined): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
}

function valueAt(value: Json, path: readonly (string | number)[]): Json | undefined {
  let here: Json | undefined = value
  for (const step of path)
    here =
      typeof here === 'object' && here !== null
        ? Object.entries(here).find(([key]) => key === String(step))?.[1]
        : undefined
  return here
}
