/**
 * The statistics of a period: what RTS Art. 21 wants recorded at least each quarter, and how authentication went. Only acts that took place
 * count as paid. Made of a tally alone, so that whoever adds up the records again gets the same report.
 */
import { EXEMPTIONS } from '../decision/context.ts'
import type { ScaRules } from '../decision/rules.ts'
import type { Period } from '../fraud/quarter.ts'
import { ppmOf } from '../fraud/desk.ts'
import type { Sum, Tally } from './tally.ts'

/** Of payments of one type, done in one way. Values are decimal text of minor units. */
export interface PaymentFigures {
  readonly type: 'card' | 'credit-transfer' | 'contactless' | 'terminal'
  readonly remote: boolean
  /** `sca`, the name of an exemption, or `all`. */
  readonly how: string
  readonly article: string
  readonly payments: number
  readonly value: string
  /** Rounded to whole minor units, half up; `null`: there were none. */
  readonly average: string | null
  /** Share of all payments of the type, in parts per million. */
  readonly sharePpm: number | null
  readonly unauthorised: { readonly payments: number; readonly value: string }
  readonly manipulated: { readonly payments: number; readonly value: string }
  /**
   * Unauthorised value of all value (RTS Art. 19(1)). Where some payments are in no sum it is the most that it can be, for what nobody
   * authorised is in it whatever its currency: a report of such fraud says its value.
   */
  readonly fraudRatePpm: number | null
  /** Payments in no currency that could be converted: counted, and neither in the sum nor in the average. */
  readonly unvalued: number
}

export interface AuthenticationFigures {
  readonly act: string
  readonly required: number
  readonly succeeded: number
  readonly failed: number
  readonly abandoned: number
  /** Required, and nobody said what became of it. */
  readonly open: number
  readonly methods: readonly {
    readonly method: string
    readonly count: number
    readonly averageMs: number
    readonly longestMs: number
  }[]
}

export interface ScaReport {
  readonly v: 1
  readonly entity: string
  readonly period: Period
  readonly timeZone: string
  /** Empty: the jurisdiction has no sourced rules, so amounts had no measure. */
  readonly currency: string
  readonly minorUnits: number
  readonly rules: { readonly id: string; readonly version: string } | null
  readonly payments: readonly PaymentFigures[]
  /** Acts that are no payment and were exempt, and those that were refused. */
  readonly acts: readonly {
    readonly act: string
    readonly outcome: string
    readonly exemption: string
    readonly count: number
  }[]
  readonly authentication: readonly AuthenticationFigures[]
}

const TYPES: readonly {
  readonly type: PaymentFigures['type']
  readonly remote: boolean
  readonly matches: (sum: Sum) => boolean
}[] = [
  {
    type: 'card',
    remote: true,
    matches: ({ act, instrument }) => act === 'remote-payment' && instrument === 'card',
  },
  {
    type: 'credit-transfer',
    remote: true,
    matches: ({ act, instrument }) => act === 'remote-payment' && instrument === 'credit-transfer',
  },
  { type: 'contactless', remote: false, matches: ({ act }) => act === 'contactless-payment' },
  {
    type: 'terminal',
    remote: false,
    matches: ({ act }) => act === 'unattended-terminal-payment',
  },
]

const ARTICLES: Readonly<Record<string, keyof ScaRules>> = {
  contactless: 'contactless',
  corporate: 'corporate',
  'low-value': 'lowValue',
  'own-accounts': 'ownAccounts',
  recurring: 'recurring',
  'risk-analysis': 'riskAnalysis',
  'trusted-payee': 'trustedPayee',
  'unattended-terminal': 'unattendedTerminal',
}

export function scaReport(
  tally: Tally,
  asked: {
    readonly entity: string
    readonly period: Period
    readonly timeZone: string
    readonly rules: ScaRules | undefined
  },
): ScaReport {
  const { entity, period, timeZone, rules } = asked
  const sums = [...tally.values()]
  return {
    v: 1,
    entity,
    period,
    timeZone,
    currency: rules?.currency ?? '',
    minorUnits: rules?.minorUnits ?? 0,
    rules: rules === undefined ? null : { id: rules.id, version: rules.version },
    payments: TYPES.flatMap((one) => figuresOf(one, sums, rules)),
    acts: actsOf(sums),
    authentication: authenticationOf(sums),
  }
}

/** How a payment that took place was let go: whoever authenticated counts there, also where an exemption would have held. */
export function wayOf({ authentication, exemption }: Sum): string {
  return authentication === 'succeeded' ? 'sca' : exemption
}

function figuresOf(
  { type, remote, matches }: (typeof TYPES)[number],
  sums: readonly Sum[],
  rules: ScaRules | undefined,
): readonly PaymentFigures[] {
  const done = sums.filter((sum) => matches(sum) && sum.state === 'done')
  if (done.length === 0) return []
  const all = done.reduce((count, { payments }) => count + payments, 0)
  const ways = ['sca', ...EXEMPTIONS].filter((way) => done.some((sum) => wayOf(sum) === way))
  const one = (how: string, of: readonly Sum[]): PaymentFigures => {
    const payments = of.reduce((count, sum) => count + sum.payments, 0)
    const unvalued = of.reduce((count, sum) => count + sum.unvalued, 0)
    const value = of.reduce((total, sum) => total + sum.value, 0n)
    const unauthorised = of.reduce((total, sum) => total + sum.unauthorisedValue, 0n)
    return {
      type,
      remote,
      how,
      article: articleOf(how, rules),
      payments,
      value: value.toString(),
      average: averageOf(value, payments - unvalued),
      sharePpm: all === 0 ? null : Math.round((payments * 1_000_000) / all),
      unauthorised: {
        payments: of.reduce((count, sum) => count + sum.unauthorised, 0),
        value: unauthorised.toString(),
      },
      manipulated: {
        payments: of.reduce((count, sum) => count + sum.manipulated, 0),
        value: of.reduce((total, sum) => total + sum.manipulatedValue, 0n).toString(),
      },
      fraudRatePpm: ppmOf(unauthorised, value),
      unvalued,
    }
  }
  return [
    one('all', done),
    ...ways.map((way) =>
      one(
        way,
        done.filter((sum) => wayOf(sum) === way),
      ),
    ),
  ]
}

function articleOf(how: string, rules: ScaRules | undefined): string {
  if (how === 'all') return ''
  if (how === 'sca') return 'PSD2 Art. 97'
  const member = ARTICLES[how]
  const clause = member === undefined ? undefined : rules?.[member]
  return typeof clause === 'object' && 'article' in clause ? clause.article : ''
}

function averageOf(value: bigint, count: number): string | null {
  if (count <= 0) return null
  const all = BigInt(count)
  return ((value * 2n + all) / (all * 2n)).toString()
}

function actsOf(sums: readonly Sum[]): ScaReport['acts'] {
  const counts = new Map<string, ScaReport['acts'][number]>()
  for (const { act, outcome, exemption, acts } of sums) {
    if (act.endsWith('payment') && outcome !== 'refused') continue
    if (outcome === 'required') continue
    const key = `${act} ${outcome} ${exemption}`
    const count = (counts.get(key)?.count ?? 0) + acts
    counts.set(key, { act, outcome, exemption, count })
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function authenticationOf(sums: readonly Sum[]): readonly AuthenticationFigures[] {
  const tried = sums.filter(
    ({ outcome, authentication }) => outcome === 'required' || authentication !== '',
  )
  const kinds = [...new Set(tried.map(({ act }) => act))].toSorted()
  return kinds.map((act) => {
    const own = tried.filter((sum) => sum.act === act)
    const count = (of: readonly Sum[]): number => of.reduce((all, { acts }) => all + acts, 0)
    const ended = (result: string): readonly Sum[] =>
      own.filter(({ authentication }) => authentication === result)
    const methods = [...new Set(ended('succeeded').map(({ method }) => method))].toSorted()
    return {
      act,
      required: count(own.filter(({ outcome }) => outcome === 'required')),
      succeeded: count(ended('succeeded')),
      failed: count(ended('failed')),
      abandoned: count(ended('abandoned')),
      open: count(ended('')),
      methods: methods.map((method) => {
        const of = ended('succeeded').filter((sum) => sum.method === method)
        const times = count(of)
        const total = of.reduce((all, { durationMs }) => all + durationMs, 0)
        return {
          method,
          count: times,
          averageMs: Math.round(total / times),
          longestMs: Math.max(...of.map(({ longestMs }) => longestMs)),
        }
      }),
    }
  })
}
