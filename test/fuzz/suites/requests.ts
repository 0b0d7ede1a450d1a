/** What reaches the kernel of a request: any method, target and headers. Never an exception, and nobody sees another's account. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { prepare } from '../../../src/decide/index.ts'
import { BASE, bankPlan, CONSENT, goodFacts, headers } from '../../decide/bank-plan.ts'
import { cutUp, type Json } from '../../support/json-mutation.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { defineSuite } from '../suite.ts'

const PIECES = [
  '/',
  '//',
  '/./',
  '/../',
  '%2e',
  '%2E%2e',
  '%2f',
  '%5c',
  '\\',
  ';',
  '?',
  '#',
  '%',
  '%00',
  '%zz',
  '%c0%ae',
  '%u002e',
  '\0',
  '\ud800',
  'é',
  ' ',
  '+',
  '@',
  ':',
  'http://',
  '&',
  '=',
  '[',
  ']',
  '22289',
  '99999',
  '31820',
  'accounts',
  'accountIds=99999',
  '&accountIds=22289',
  'iban=x',
]
const ALLOWED = /^\/open-banking\/v4\.0\/aisp\/[^/?#%\\;]+(?:\/[^/?#%\\;]+)*(?:\?[^#]*)?$/

export const requests = defineSuite<Json>(
  {
    name: 'requests',
    holds: 'any request is decided, and what is allowed is in canonical form and in the consent',
  },
  () => {
    const kernel = prepare(bankPlan(), { regex: linearRegex })
    const target = fc.oneof(
      fc
        .constantFrom('/accounts/22289', '/accounts', '/accounts?accountIds=22289')
        .chain((path) => cutUp(BASE + path, PIECES)),
      fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((parts) => BASE + parts.join('')),
      fc.string({ unit: 'binary', maxLength: 60 }),
    )
    let allowed = 0
    return {
      input: fc
        .record({
          method: fc.oneof(
            { weight: 5, arbitrary: fc.constant('GET') },
            fc.string({ maxLength: 8 }),
          ),
          target,
          header: fc.oneof(
            fc.constantFrom('', '22289', '99999', '22289,99999'),
            fc.string({ maxLength: 20 }),
          ),
        })
        .map((made): Json => ({ ...made })),
      check(input) {
        const { method, target: asked, header } = input as Record<string, string> // sound: made above
        const request = {
          method: method ?? '',
          target: asked ?? '',
          headers: headers(header === '' || header === undefined ? {} : { 'x-account': [header] }),
        }
        const step = kernel.next(goodFacts('', { request }))
        assert.ok(step.kind === 'allow' || step.kind === 'deny', step.kind)
        if (step.kind !== 'allow') return
        allowed++
        assert.match(request.target, ALLOWED)
        // What stands behind the `?` names no account, whatever it looks like.
        const named = /^[^?]*\/accounts\/([^/?]+)/.exec(request.target)?.[1]
        if (named !== undefined) assert.ok(CONSENT.accounts.has(named), named)
      },
      close: () => assert.ok(allowed > 0, 'nothing was allowed: the check is blind'),
    }
  },
)
