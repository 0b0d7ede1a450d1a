/** What must become of a request: the rules in their order, their modes, and what is done once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import openData from '../../../src/policy/template/data/open-data.json' with { type: 'json' }
import { BASE, type House, type RuleWord } from '../house.ts'
import type { World } from '../world.ts'
import { readJson, sorted } from './json.ts'
import { OPERATIONS } from './operations.ts'
import type { Proof, Proofs } from './proof.ts'
import { declaredQuery, mediaTypeOf, takesBody } from './request.ts'
import { type Counts, unitsOf, visitOf } from './claims.ts'
import type { Visit } from './counts.ts'
import { isPreflight } from './origins.ts'
import { type Case, type Check, claimsOf, EARLY, type Fault, LATE } from './rules.ts'
import { escaped, route, type Routed } from './target.ts'
import { textOf, type Token, tokenOf } from './token.ts'
import { valuesOf, type Wire } from './wire.ts'

export type Failed = readonly [rule: string, code: string, effect: 'denied' | 'observed']
export interface Expected {
  readonly kind: 'refused' | 'forwarded' | 'repeated' | 'preflight'
  readonly status: number
  readonly code: string | null
  readonly failed: readonly Failed[]
  /** Path and query that the bank is asked for. */
  readonly path?: string
  /** Of a request that is done once: under which name it is remembered, and what it asks. */
  readonly key?: { readonly name: string; readonly content: string }
  readonly asked?: Case
  /** Accesses that are counted once it is known what the bank said. */
  readonly visits?: readonly Visit[]
}
export interface Known {
  readonly house: House
  readonly world: World
  readonly proofs: Proofs
  readonly counts: Counts
  /** By name: what was asked, and what became of it. */
  readonly keys: Map<
    string,
    { readonly content: string; readonly end: 'answered' | 'in-doubt'; readonly until: number }
  >
}

const STATUS = new Map(
  readFileSync(join(import.meta.dirname, '../../lib/published-codes.case'), 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([code = '', status = '']) => [code, Number(status)]),
)
export function statusOf(code: string): number {
  return STATUS.get(code) ?? 0
}

/** `bucket`: the canary bucket of who calls, as the gateway says it drew. */
export function judge(known: Known, wire: Wire, bucket: number): Expected {
  const routed = route(wire)
  // A target that two readers read differently is refused whoever asks.
  const malformed = 'code' in routed && routed.code === 'GH_GATEWAY_TARGET_MALFORMED'
  if (!malformed && isPreflight(known.house, wire))
    return { kind: 'preflight', status: 204, code: null, failed: [] }
  if ('code' in routed) return refused(routed.code, [['gateway.baseline', routed.code, 'denied']])
  const one = caseOf(known, wire, routed, bucket)
  const failed: Failed[] = []
  const announced = Number(valuesOf(wire, 'content-length')[0] ?? '0')
  const reads = LATE.some(([rule]) => {
    const mode = modeOf(known.house, routed, rule)
    if (mode === undefined || !readsBody(rule, routed)) return false
    return rule !== 'sca.required' || mode.params['outcome'] === 'linked'
  })
  for (const list of [EARLY, LATE]) {
    // More than any API takes is not read, whatever the modes.
    if (list === LATE && reads && announced > mostBytes(known.house))
      return refused('GH_GATEWAY_BODY_TOO_LARGE', [])
    for (const [rule, check] of list) {
      const mode = modeOf(known.house, routed, rule)
      if (mode === undefined) continue
      const refusal = one.refused && rule === 'authz.consent'
      const fault = asFault(check, one, mode.params)
      if (fault === undefined) continue
      const spared = !mode.mandate && !refusal && wire.killed.has(routed.api)
      const enforced =
        mode.mandate ||
        refusal ||
        (mode.mode === 'enforce' &&
          !spared &&
          (mode.fraction === undefined || bucket < mode.fraction * 100))
      const denied = fault.always === true || enforced
      failed.push([rule, fault.code, denied ? 'denied' : 'observed'])
      if (denied) return refused(fault.told ?? fault.code, failed)
    }
  }
  // Windows first, then what is counted for a day, then the key.
  const counted = (rule: string): RuleWord['params'] | undefined =>
    enforced(known.house, one, rule, bucket) === true
      ? modeOf(known.house, routed, rule)?.params
      : undefined
  const { windows, accesses } = known.counts
  const units = isCounted(known.house, one) ? unitsOf(one, counted('rate') ?? {}, false) : []
  const spent = (rule: string, code: string): Expected =>
    refused(code, [...failed, [rule, code, 'denied']])
  if (!windows.take(units, wire.at)) return spent('rate', 'GH_GATEWAY_RATE_EXCEEDED')
  const limited = counted('rate.unattended')
  const visit = limited === undefined ? undefined : visitOf(one, limited, false)
  if (visit !== undefined && !accesses.fits(visit, wire.at)) {
    windows.giveBack(units)
    return spent('rate.unattended', 'GH_GATEWAY_UNATTENDED_EXCEEDED')
  }
  const key = keyOf(known, one, bucket)
  const before = key === undefined ? undefined : known.keys.get(key.name)
  if (key !== undefined && before !== undefined && before.until > wire.at) {
    const code =
      before.content !== key.content
        ? 'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED'
        : before.end === 'in-doubt'
          ? 'GH_GATEWAY_IDEMPOTENCY_IN_DOUBT'
          : undefined
    if (code === undefined) return { kind: 'repeated', status: 0, code: null, failed, key }
    windows.giveBack(units)
    return spent('payment.idempotency', code)
  }
  const watched = watch(known, one, bucket, failed)
  // A body that nobody judged goes nowhere.
  if (announced > 0 && !reads) return refused('GH_GATEWAY_REQUEST_INVALID', failed)
  return {
    kind: 'forwarded',
    status: 0,
    code: null,
    failed,
    path: forwarded(known, wire, routed),
    asked: one,
    visits: [visit, watched].filter((is) => is !== undefined),
    ...(key !== undefined && { key }),
  }
}

/** Where nothing counts nobody looks at a token, and a proof that came with it is not used up. */
function isCounted(house: House, { routed }: Case): boolean {
  return modeOf(house, routed, 'rate') !== undefined
}

/** Whom rules that only watch would have refused, each for itself, when everything else was taken. */
function watch(known: Known, one: Case, bucket: number, failed: Failed[]): Visit | undefined {
  const watches = (rule: string): RuleWord['params'] | undefined =>
    enforced(known.house, one, rule, bucket) === false
      ? modeOf(known.house, one.routed, rule)?.params
      : undefined
  const { windows, accesses } = known.counts
  const units = isCounted(known.house, one) ? unitsOf(one, watches('rate') ?? {}, true) : []
  if (!windows.take(units, one.wire.at))
    failed.push(['rate', 'GH_GATEWAY_RATE_EXCEEDED', 'observed'])
  const limited = watches('rate.unattended')
  const visit = limited === undefined ? undefined : visitOf(one, limited, true)
  if (visit === undefined || accesses.fits(visit, one.wire.at)) return visit
  failed.push(['rate.unattended', 'GH_GATEWAY_UNATTENDED_EXCEEDED', 'observed'])
  return undefined
}

function mostBytes({ accounts, payments }: House): number {
  const limits = [accounts, payments].flatMap((rules) => {
    const rule = rules['request.validation']
    return rule === undefined || rule.mode === 'off' ? [] : [Number(rule.params['maxBodyBytes'])]
  })
  return limits.length === 0 ? 65_536 : Math.max(...limits)
}

function readsBody(rule: string, { operation }: Routed): boolean {
  if (!takesBody(operation)) return false
  return (
    rule === 'request.validation' ||
    rule === 'request.signature' ||
    OPERATIONS[operation]?.pays === true
  )
}

function asFault(check: Check, one: Case, params: RuleWord['params']): Fault | undefined {
  const found = check(one, params)
  return typeof found === 'string' ? { code: found } : found
}

export function refused(code: string, failed: readonly Failed[]): Expected {
  return { kind: 'refused', status: statusOf(code), code, failed }
}

function caseOf({ house, world, proofs }: Known, wire: Wire, routed: Routed, bucket: number): Case {
  let token: Token | undefined
  let proof: { readonly is: Proof | undefined } | undefined
  const takeToken = (): Token => {
    token ??= tokenOf(valuesOf(wire, 'authorization'), world)
    // Whoever looks at a token looks at its proof.
    proof ??= {
      is:
        token.kind === 'good' && token.scheme === 'dpop'
          ? proofs.take(wire, token.text)
          : undefined,
    }
    return token
  }
  const reads = wire.method === 'GET'
  const allowance =
    routed.api === 'atms'
      ? 300_000
      : house.feedAllowanceMs[routed.api === 'accounts' ? 'accounts' : 'payments']
  return {
    wire,
    routed,
    world,
    feedLimitMs:
      house.degraded && reads && routed.api !== 'atms' ? Math.max(allowance, 3_600_000) : allowance,
    bindingIsJudged: modeOf(house, routed, 'token.senderConstrained') !== undefined,
    tokensAreJudged: !wire.killed.has(routed.api),
    refused: OPERATIONS[routed.operation]?.refused === true,
    linking: linkingOf(house, wire, routed, bucket),
    token: takeToken,
    proof: () => {
      takeToken()
      return proof?.is
    },
  }
}

function linkingOf(house: House, wire: Wire, routed: Routed, bucket: number): Case['linking'] {
  const word = modeOf(house, routed, 'sca.dynamicLinking')
  if (word === undefined) return 'absent'
  const refuses =
    word.mandate ||
    (word.mode === 'enforce' &&
      !wire.killed.has(routed.api) &&
      (word.fraction === undefined || bucket < word.fraction * 100))
  const free = word.params['free']
  return refuses ? 'refuses' : Array.isArray(free) ? free : []
}

/** Rules that are asked of an operation which no template serves. */
const OF_REFUSED = [
  'transport.tls',
  'transport.mtls',
  'authz.default',
  'logging.redact',
  'token.validation',
  'token.lifetime',
  'token.senderConstrained',
  'identity.clientStatus',
  'authz.consent',
  'response.errors',
]

export type InForce = RuleWord & { readonly mandate: boolean }
/** The rule as it holds for this operation; `undefined`: it does not. */
export function modeOf(
  house: House,
  { api, operation }: Routed,
  rule: string,
): InForce | undefined {
  const facts = OPERATIONS[operation]
  if (api === 'atms') {
    const own = (openData.rules as Readonly<Record<string, RuleWord>>)[rule] // sound: its own words
    if (own !== undefined) return { ...own, mandate: false }
    // Of an open API nothing is asked that needs a token.
    return rule === 'transport.tls' && house.mandate.includes(rule)
      ? { mode: 'enforce', params: { minVersion: '1.2' }, mandate: true }
      : undefined
  }
  const word = house[api === 'accounts' ? 'accounts' : 'payments'][rule]
  if (word === undefined || facts === undefined) return undefined
  const mandate = house.mandate.includes(rule)
  if (facts.refused === true) {
    if (!OF_REFUSED.includes(rule)) return undefined
    if (rule === 'authz.consent') return { ...word, mode: 'enforce', mandate: false }
  } else if (facts.permissions === undefined) {
    // A client that acts for itself has neither consent nor customer.
    if (['authz.consent', 'sca.required'].includes(rule)) return undefined
  }
  if (rule === 'sca.dynamicLinking' && facts.pays !== true) return undefined
  if (['request.signature', 'payment.idempotency'].includes(rule) && facts.keyed !== true)
    return undefined
  if (!mandate && word.mode === 'off') return undefined
  return { ...word, ...(mandate && { mode: 'enforce' }), mandate }
}

/** Whether the rule refuses for this caller now. */
export function enforced(
  house: House,
  one: Case,
  rule: string,
  bucket: number,
): boolean | undefined {
  const mode = modeOf(house, one.routed, rule)
  if (mode === undefined) return undefined
  if (mode.mandate) return true
  return (
    mode.mode === 'enforce' &&
    !one.wire.killed.has(one.routed.api) &&
    (mode.fraction === undefined || bucket < mode.fraction * 100)
  )
}

function keyOf({ house }: Known, one: Case, bucket: number): Expected['key'] {
  if (enforced(house, one, 'payment.idempotency', bucket) !== true) return undefined
  const { wire, routed } = one
  const { client_id: client, consent_id: consent } = claimsOf(one)
  const body = mediaTypeOf(wire) === 'application/json' ? readJson(wire.body ?? '') : undefined
  const told = body === undefined || body.duplicates ? (wire.body ?? '') : sorted(body.value)
  return {
    name: [client, routed.operation, valuesOf(wire, 'x-idempotency-key')[0]].join('\n'),
    content: [wire.method, wire.target, textOf(consent), mediaTypeOf(wire), told].join('\n'),
  }
}

function forwarded({ house }: Known, wire: Wire, { api, operation, path, query }: Routed): string {
  const [raw = ''] = wire.target.split('?')
  const parts = raw
    .slice(BASE[api].length + 1)
    .split('/')
    .map((part) =>
      escaped([...path.values()].find((value) => value === decodeURIComponent(part)) ?? part),
    )
  const rule = modeOf(house, { api, operation, path, query }, 'request.validation')
  const strips =
    rule?.params['undeclaredQuery'] === 'strip' && rule.mode === 'enforce' && !wire.killed.has(api)
  const kept = query.filter(([name]) => !strips || declaredQuery(operation).includes(name))
  const text = kept.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&')
  return `/bank/${parts.join('/')}${text === '' ? '' : `?${text}`}`
}
