/** The gateway's word beside the model's, request by request; and how often each refusal was reached. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { House } from './house.ts'
import type { Seen } from './gateway.ts'
import { type BankAnswer, leaving, type Leaving } from './rules/answer.ts'
import { assertVouched } from './context.ts'
import { leadsOf } from './rules/claims.ts'
import { Accesses, Windows } from './rules/counts.ts'
import { type Expected, type Failed, judge, type Known } from './rules/judge.ts'
import { readable } from './rules/origins.ts'
import type { Proofs } from './rules/proof.ts'
import type { Wire } from './rules/wire.ts'
import type { World } from './world.ts'

export type Answered = Seen & { readonly bank: BankAnswer }

const DAY_MS = 86_400_000
const OLDER: Failed = ['sca.required', 'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT', 'observed']

export class Comparison {
  readonly #world: World
  readonly #proofs: Proofs
  readonly #keys: Known['keys'] = new Map()
  readonly #counts: Known['counts'] = { windows: new Windows(), accesses: new Accesses() }
  /** Answers that were kept under a key. */
  readonly #kept = new Map<string, string>()
  /** Bucket by house and client: drawn once. */
  readonly #buckets = new Map<string, number>()
  readonly #reached = new Map<string, number>()
  #decided = { refused: 0, forwarded: 0, repeated: 0, preflight: 0 }

  constructor(world: World, proofs: Proofs) {
    this.#world = world
    this.#proofs = proofs
  }

  compare(house: House, wire: Wire, seen: Answered, about: string): void {
    const { event, answer, call, bank } = seen
    const known: Known = {
      house,
      world: this.#world,
      proofs: this.#proofs,
      keys: this.#keys,
      counts: this.#counts,
    }
    const bucket = event.facts?.bucket ?? 0
    const expected = judge(known, wire, bucket)
    this.#count(expected)
    if (event.client !== null) this.#sameBucket(`${house.number} ${event.client}`, bucket, about)
    const show = (): string =>
      `${about}\n${wire.method} ${wire.target}\n${wire.headers.join('\n')}\n${wire.body ?? ''}`
    // What was found in the answer is compared by what left of it.
    const failed = event.failed.filter(
      ({ rule, code }) => !/^(response|upstream)\./.test(rule) || code === 'GH_GATEWAY_FEED_STALE',
    )
    const got = {
      kind: kindOf(seen),
      failed: failed.map(({ rule, code, effect }) => [rule, code, effect]),
      ...(expected.kind === 'refused' && {
        code: event.code,
        status: answer.status,
        eventStatus: event.status,
      }),
      ...(call !== undefined && { path: call.path, method: call.method, body: call.body }),
    }
    const left =
      expected.asked === undefined ? undefined : leaving(house, expected.asked, bucket, bank)
    const want = {
      kind: expected.kind,
      failed: left?.older === true ? [...expected.failed, OLDER] : expected.failed,
      ...(expected.kind === 'refused' && {
        code: expected.code,
        status: expected.status,
        eventStatus: expected.status,
      }),
      ...(expected.kind === 'forwarded' && {
        path: expected.path,
        method: wire.method,
        body: wire.body === '' ? undefined : wire.body,
      }),
    }
    assert.deepEqual(got, want, show())
    // Where it is not known which API it is, nobody is told who may read.
    if (expected.failed[0]?.[0] !== 'gateway.baseline') sameReaders(answer, house, wire, show)
    if (expected.asked !== undefined && left !== undefined) {
      if (call !== undefined) assertVouched(this.#world, call, expected.asked, event.id, show())
      sameAnswer(answer, left, bank, show)
      const broken = event.failed.filter(({ rule }) => rule === 'upstream.validation')
      assert.equal(
        broken[0]?.effect,
        left.contract,
        `${show()}\n${bank.status} ${bank.mediaType} ${bank.body} ${JSON.stringify(left)}`,
      )
      if (left.contract !== undefined)
        this.#reach(['upstream.validation', 'GH_GATEWAY_RESPONSE_INVALID', left.contract])
      this.#settle(expected, wire, left, seen)
    }
    if (expected.kind === 'repeated')
      assert.equal(String(answer.body), this.#kept.get(expected.key?.name ?? ''), show())
  }

  #sameBucket(who: string, bucket: number, about: string): void {
    const before = this.#buckets.get(who) ?? bucket
    assert.equal(bucket, before, about)
    assert.ok(bucket >= 0 && bucket < 10_000)
    this.#buckets.set(who, bucket)
  }

  /** What whoever comes back with the key will be told. */
  #settle(
    { key, visits = [] }: Expected,
    wire: Wire,
    left: Leaving,
    { bank, answer, streamed }: Answered,
  ): void {
    if (bank.status === 429) return
    // A refusal of the bank is its answer, as it leaves: where nobody replaces it, a 401 is one as well.
    const clear =
      bank.status < 500 &&
      bank.status !== 408 &&
      left.status < 500 &&
      (bank.status >= 400 || left.code === null)
    const leads = streamed ? ['*'] : leadsOf(String(answer.body))
    if (clear) for (const visit of visits) this.#counts.accesses.take(visit, wire.at, leads)
    if (key === undefined) return
    this.#keys.set(key.name, {
      content: key.content,
      end: clear ? 'answered' : 'in-doubt',
      until: wire.at + DAY_MS,
    })
    this.#kept.set(key.name, String(answer.body))
  }

  #count({ kind, failed }: Expected): void {
    this.#decided[kind]++
    for (const one of failed) this.#reach(one)
  }

  #reach([rule, code, effect]: Failed): void {
    const name = `${rule} ${code}${effect === 'denied' ? '' : ' observed'}`
    this.#reached.set(name, (this.#reached.get(name) ?? 0) + 1)
  }

  /** Each refusal that the table names was reached often enough to mean something. */
  assertReached(requests: number): void {
    const least = Math.max(1, Math.floor(requests / 10_000))
    const seldom = REACHED.filter((name) => (this.#reached.get(name) ?? 0) < least)
    assert.deepEqual(
      seldom.map((name) => `${name}: ${this.#reached.get(name) ?? 0}`),
      [],
      `reached less than ${least} times`,
    )
  }

  told(): string {
    const lines = [...this.#reached]
      .filter(([name]) => !name.endsWith(' observed'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return `${JSON.stringify(this.#decided)}\n${lines.map(([name, count]) => `${count} ${name}`).join('\n')}`
  }
}

function kindOf({ call, event, answer }: Seen): Expected['kind'] {
  if (call !== undefined) return 'forwarded'
  if (event.outcome === 'denied') return 'refused'
  return answer.status === 204 ? 'preflight' : 'repeated'
}

/** Who may read it in a browser. */
function sameReaders(
  { headers }: Seen['answer'],
  house: House,
  wire: Wire,
  show: () => string,
): void {
  const { varies, origin } = readable(house, wire)
  const valueOf = (name: string): string | undefined =>
    headers.includes(name) ? headers[headers.indexOf(name) + 1] : undefined
  assert.equal(valueOf('access-control-allow-origin'), origin, show())
  assert.equal(valueOf('vary')?.includes('Origin') ?? false, varies, show())
}

function sameAnswer(
  answer: Seen['answer'],
  left: Leaving,
  bank: BankAnswer,
  show: () => string,
): void {
  const text = String(answer.body ?? '')
  const body =
    left.value !== undefined || left.code !== null
      ? (JSON.parse(text) as { code?: unknown })
      : undefined // sound: asked for its code only
  assert.equal(answer.status, left.status, show())
  if (left.code !== null) assert.equal(body?.code, left.code, show())
  else if (left.value === undefined) assert.equal(text, bank.body, show())
  else {
    assert.deepEqual(
      body,
      left.value,
      `${show()}\n${bank.status} ${bank.mediaType} ${bank.body} ${JSON.stringify(left)}`,
    )
    // Numbers keep their text.
    for (const number of text.match(/(?<="Count":)[^,}]+/g) ?? [])
      assert.ok(bank.body.includes(number), show())
  }
}
/** Rule and code, as they must have refused: `reached.case`. */
const REACHED: readonly string[] = readFileSync(join(import.meta.dirname, 'reached.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .flatMap((line) => {
    const [rule = '', ...codes] = line.split(' ')
    return codes.map((code) => `${rule} GH_GATEWAY_${code}`)
  })
