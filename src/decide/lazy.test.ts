/** What is left for the first request of an operation, and what happens when it cannot be done then. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bankPlan, goodFacts, headers, openApi } from '../../test/decide/bank-plan.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import type { Facts } from './facts.ts'
import { prepareWith } from './kernel.ts'
import type { ActiveApi, PlanOperation } from './plan.ts'
import { ALWAYS_PASSES, type RuleKind } from './rule.ts'
import { RULES } from './rules/list.ts'
import type { Kernel } from './verdict.ts'

const ROUTES = [
  ['GET', '/a'],
  ['GET', '/b'],
  ['POST', '/b'],
] as const

function facts(target: string, changes: Partial<Facts> = {}): Facts {
  return goodFacts('', { request: { method: 'GET', target, headers: headers() }, ...changes })
}

/** What a request hears: `allow`, what is needed, or the code. */
function ask(kernel: Kernel, target: string): string {
  const answer = kernel.next(facts(target))
  return answer.kind === 'deny' ? answer.code : answer.kind
}

/** A kernel that counts which operations were prepared; `broken` cannot be, though it passes every check. */
function counting(
  apis: readonly ActiveApi[],
  broken?: string,
): { readonly kernel: Kernel; readonly made: string[] } {
  const made: string[] = []
  const kind: RuleKind<'authz.default'> = {
    name: 'authz.default',
    prepare(_rule, { operation }) {
      made.push(operation.id)
      if (operation.id === broken) throw new TypeError('cannot be made')
      return ALWAYS_PASSES
    },
  }
  const rules = new Map([...RULES, ['authz.default', kind as RuleKind]]) // sound: looked up by its name
  return { kernel: prepareWith(bankPlan(...apis), { regex: linearRegex }, rules), made }
}

describe('an operation is prepared at its first request', () => {
  test('and not before, and once', () => {
    const { kernel, made } = counting([openApi('x', '/x', ROUTES)])
    assert.deepEqual(made, [])
    assert.equal(ask(kernel, '/x/b'), 'allow')
    assert.equal(ask(kernel, '/x/b'), 'allow')
    assert.deepEqual(made, ['GET /b'])
    assert.equal(ask(kernel, '/x/a'), 'allow')
    assert.deepEqual(made, ['GET /b', 'GET /a'])
  })

  test('nothing is prepared for a path or a method that there is not', () => {
    const { kernel, made } = counting([openApi('x', '/x', ROUTES)])
    assert.equal(ask(kernel, '/x/c'), 'GH_GATEWAY_ROUTE_UNKNOWN')
    const put = kernel.next(
      facts('', { request: { method: 'PUT', target: '/x/b', headers: headers() } }),
    )
    assert.equal(put.kind === 'deny' && put.code, 'GH_GATEWAY_METHOD_UNKNOWN')
    assert.deepEqual(made, [])
  })
})

describe('an operation that passes every check and cannot be prepared', () => {
  const two = [openApi('x', '/x', ROUTES), openApi('y', '/y', ROUTES)]

  test('closes its API for every operation, for good and alone, and says why in the event', () => {
    const { kernel, made } = counting(
      [two[0] ?? openApi('x', '/x', []), openApi('y', '/y', [])],
      'GET /b',
    )
    assert.equal(ask(kernel, '/x/a'), 'allow')
    const first = kernel.next(facts('/x/b'))
    assert.ok(first.kind === 'deny')
    assert.equal(first.code, 'GH_GATEWAY_API_CLOSED')
    assert.equal(first.api, 'x')
    assert.equal(first.trail.failed[0]?.detail, 'closed: cannot be made')
    assert.equal(ask(kernel, '/x/a'), 'GH_GATEWAY_API_CLOSED')
    assert.equal(ask(kernel, '/x/nothing'), 'GH_GATEWAY_API_CLOSED')
    assert.deepEqual(made, ['GET /a', 'GET /b'])
  })

  test('leaves the other APIs alone', () => {
    const { kernel } = counting(two, 'GET /b')
    assert.equal(ask(kernel, '/x/b'), 'GH_GATEWAY_API_CLOSED')
    assert.equal(ask(kernel, '/y/a'), 'allow')
  })

  test('stops what is under way: a request that waits for its body, and an answer of the bank', () => {
    const api = openApi('x', '/x', ROUTES)
    const body: PlanOperation['requestBody'] = {
      required: true,
      content: [{ mediaType: 'application/json', schema: 13 }],
    }
    const validation = bankPlan().apis.flatMap((one) =>
      one.state === 'active' ? one.rules.filter((rule) => rule.name === 'request.validation') : [],
    )
    const { kernel } = counting(
      [
        {
          ...api,
          rules: [...api.rules, ...validation],
          operations: api.operations.map((one) =>
            one.method === 'POST' ? { ...one, rules: [0, 1], requestBody: body } : one,
          ),
        },
      ],
      'GET /b',
    )
    const { body: _, ...waiting } = facts('/x/b')
    const request = { ...waiting.request, method: 'POST' }
    const need = kernel.next({ ...waiting, request })
    assert.ok(need.kind === 'need')
    const read = kernel.next(facts('/x/a'))
    assert.ok(read.kind === 'allow')
    const head = { status: 204, mediaType: '', contentEncoding: '', headers: [] }
    assert.equal(kernel.respond(read, facts('/x/a'), head).kind, 'pass')

    assert.equal(ask(kernel, '/x/b'), 'GH_GATEWAY_API_CLOSED')
    const text = { kind: 'text', mediaType: 'application/json', text: '{}' } as const
    const after = kernel.next({ ...waiting, request, resume: need.resume, body: text })
    assert.equal(after.kind === 'deny' && after.code, 'GH_GATEWAY_API_CLOSED')
    assert.equal(kernel.respond(read, facts('/x/a'), head).kind, 'refuse')
  })
})

test('a pattern that no linear engine runs closes the API at its first request at the latest, alone', () => {
  const api = openApi('x', '/x', ROUTES)
  const refusing = {
    regex: {
      compile: () => {
        throw new TypeError('not linear')
      },
    },
  }
  const parameter = { in: 'query', name: 'q', required: false, schema: 2, list: false } as const
  const rule = bankPlan().apis.flatMap((one) => (one.state === 'active' ? one.rules : []))
  const validated: ActiveApi = {
    ...api,
    rules: rule.filter(({ name }) => name === 'request.validation'),
    operations: api.operations.map((one) => ({ ...one, parameters: [parameter] })),
  }
  const kernel = prepareWith(bankPlan(validated, openApi('y', '/y', ROUTES)), refusing, RULES)
  const answer = kernel.next(facts('/x/a?q=1'))
  assert.equal(answer.kind, 'deny')
  assert.equal(ask(kernel, '/y/a'), 'allow')
})
