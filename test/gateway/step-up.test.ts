/** Step-up (RFC 9470) at the gateway: `step-up.case` line by line, over real sockets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Plan, type PlanRule, prepare } from '../../src/decide/index.ts'
import { aisPlan } from '../support/ais-plan.ts'
import { gatewayRig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'

const LINES = readFileSync(join(import.meta.dirname, 'step-up.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('there are cases', () => assert.ok(LINES.length > 15))

function asking(plan: Plan, needs: string, mode: PlanRule['mode']): Plan {
  const asked = new Map(
    needs.split('+').map((need): [string, string] => {
      const [name = '', value = ''] = need.split(':')
      return [name, value]
    }),
  )
  const acr = asked.get('acr')?.split(',')
  const max = asked.get('max')
  const days = asked.get('days')
  const rule: PlanRule = {
    name: 'sca.required',
    control: 'sca-applied',
    mode,
    origin: { level: 'api', source: 'test' },
    params: {
      ...(acr !== undefined && { acr }),
      ...(asked.has('outcome') && { outcome: 'stated' }),
      ...(max !== undefined && { maxAgeSeconds: Number(max) }),
      ...(days !== undefined && {
        history: {
          days: Number(days),
          freshSeconds: 120,
          beyond: 'challenge',
          dates: ['fromBookingDateTime'],
          rows: [],
        },
      }),
    },
  }
  const apis = plan.apis.map((api): Plan['apis'][number] => {
    if (api.state !== 'active') return api
    const operations = api.operations.map((operation) => ({
      ...operation,
      rules: [...operation.rules, api.rules.length],
    }))
    return { ...api, rules: [...api.rules, rule], operations }
  })
  return { ...plan, apis }
}

/** What a token says of strong customer authentication; all but the first two say nothing that counts. */
const SAID: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['authenticated', { outcome: 'authenticated', decision: 'd-1' }],
  ['exempt', { outcome: 'exempt', decision: 'd-1', exemption: 'low-value' }],
  ['nameless', { outcome: 'exempt', decision: 'd-1' }],
  ['undecided', { outcome: 'authenticated' }],
  ['text', 'authenticated'],
  ['other', { outcome: 'required', decision: 'd-1' }],
])

for (const line of LINES)
  test(line, async (t) => {
    const [given = '', want = ''] = line.split(' => ')
    const words = new Map(
      given.split(' ').map((word): [string, string] => {
        const at = word.indexOf('=')
        return [word.slice(0, at), word.slice(at + 1)]
      }),
    )
    const rig = await gatewayRig(t)
    const mode = words.get('mode') === 'observe' ? 'observe' : 'enforce'
    const plan = asking(aisPlan({ upstream: rig.upstream.origin }), words.get('needs') ?? '', mode)
    rig.swap(prepare(plan, { regex: linearRegex }))
    const acr = words.get('acr')
    const at = words.get('at')
    const seconds = Math.floor(rig.clock.now() / 1000) + Number(at)
    const said = words.get('sca')
    const token = rig.token({
      ...(said !== undefined && { sca: SAID.get(said) }),
      ...(acr !== undefined && { acr: acr === 'list' ? ['loa3'] : acr }),
      ...(at !== undefined && { auth_time: at === 'text' ? '1' : seconds }),
    })
    const from = words.get('from')
    const day = new Date(rig.clock.now() - Number(from ?? 0) * 86_400_000)
      .toISOString()
      .slice(0, 10)
    const query = from === undefined ? '' : `?fromBookingDateTime=${day}T00:00:00Z`
    const answer = await rig.call(`/aisp/accounts${query}`, { token })
    const event = rig.sink.access.at(-1)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    const [code = '', ...told] = want.split(' ')
    if (want.startsWith('200')) {
      assert.equal(answer.status, 200)
      assert.equal(event?.failed[0]?.effect, want.includes('observed') ? 'observed' : undefined)
    } else assert.equal(event?.code, code)
    if (told.length > 0 && !want.startsWith('200')) {
      assert.equal(answer.status, 401)
      assert.match(challenge, /^Bearer realm="[^"]+", error="insufficient_user_authentication", /)
      assert.ok(challenge.endsWith(`, ${told.join(' ')}`), challenge)
    }
  })
