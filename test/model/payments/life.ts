/** One seed: customers, third parties and a bank, in whatever order chance has them come. Each step is done and foretold. */
import assert from 'node:assert/strict'
import { NOT_EVALUATED } from '../../../src/sca/ledger/ports.ts'
import { CLEAR } from '../../sca/ledger/rig.ts'
import { APPROVAL_ENDS } from './house.ts'

import { AppPayments } from './app-payments.ts'
import { HOUR, MINUTE } from './life-state.ts'

/** How often each step is drawn; a theme has more of some. */
const WEIGHTS = {
  wholeJourney: 14,
  newJourney: 6,
  need: 8,
  ask: 8,
  answer: 14,
  approveAndRefuse: 4,
  guess: 1,
  finish: 7,
  giveUp: 2,
  pay: 20,
  payTwice: 3,
  appBegin: 8,
  appCode: 6,
  appPay: 9,
  wholeApp: 4,
  manySmall: 2,
  time: 6,
  weather: 4,
  endConsent: 3,
  restart: 2,
  govern: 1,
}
type Step = keyof typeof WEIGHTS
const THEMES: readonly Partial<Record<Step, number>>[] = [
  {},
  { answer: 100, ask: 30, need: 40, guess: 20, time: 15 },
  { appBegin: 40, appCode: 50, appPay: 70, wholeApp: 30, manySmall: 8 },
  { wholeJourney: 40, pay: 80, payTwice: 10 },
  { ask: 40, approveAndRefuse: 60 },
]

export class Life extends AppPayments {
  readonly #theme = this.one(THEMES)

  async step(): Promise<void> {
    this.house.now += 1 + Math.floor(this.chance() * 2_000)
    const weights = { ...WEIGHTS, ...this.#theme }
    const steps = {
      wholeJourney: () => this.wholeJourney(),
      newJourney: () => this.newJourney(),
      need: () => this.need(),
      ask: () => this.ask(),
      answer: () => this.answer(),
      approveAndRefuse: () => this.approveAndRefuse(),
      guess: () => this.guess(),
      finish: () => this.finish(),
      giveUp: () => this.giveUp(),
      pay: () => this.pay(),
      payTwice: () => this.payTwice(),
      appBegin: () => this.appBegin(),
      appCode: () => this.appCode(),
      appPay: () => this.appPay(),
      wholeApp: () => this.wholeApp(),
      manySmall: () => this.manySmall(),
      time: () => this.time(),
      weather: () => this.weather(),
      endConsent: () => this.endConsent(),
      restart: () => this.restart(),
      govern: () => this.govern(),
    } satisfies Record<Step, () => Promise<unknown>>
    let drawn = this.chance() * Object.values(weights).reduce((sum, weight) => sum + weight, 0)
    const names = Object.keys(weights) as Step[] // sound: the keys of `WEIGHTS`
    const step = steps[names.find((name) => (drawn -= weights[name]) < 0) ?? 'wholeJourney']
    const dies = this.chance() < 0.004
    if (dies) this.house.dieAt(Math.floor(this.chance() * 8), this.chance() < 0.5)
    try {
      await step()
    } catch (error) {
      // What comes of it is an error of the store, or whatever somebody made of that.
      if (!this.house.isDead()) throw error
    }
    const dead = this.house.isDead()
    if (dead) this.unsure = true
    if (dead) this.met.add('died')
    if (dies) this.house.restart()
  }

  /** The evidence of every decision is there, says what was decided, and is decided again to the same. */
  async end(): Promise<void> {
    this.house.restart()
    const { ledger } = this.house.of(this.entity)
    for (const payer of this.payers.values())
      for (const [id, { outcome, authenticated, state }] of payer.decided) {
        const found = await ledger.evidence(id)
        if (found === undefined) assert.ok(this.unsure, `no evidence of ${id}`)
        else assert.equal(found.replayed, 'same', id)
        if (this.unsure || found === undefined) continue
        const { decision } = found
        assert.deepEqual(
          [decision.outcome, decision.authentication === 'succeeded', decision.state],
          [outcome, authenticated, state],
          id,
        )
      }
  }

  protected time(): Promise<void> {
    const { now } = this.house
    const until = APPROVAL_ENDS - now
    const jump = this.one([29_000, 299_000, 301_000, 16 * MINUTE, 61 * MINUTE, 25 * HOUR, until])
    this.house.now += Math.max(1, jump)
    return Promise.resolve()
  }

  protected weather(): Promise<void> {
    const found = { ...CLEAR, monitoring: { ...CLEAR.monitoring, malware: 'found' as const } }
    this.house.signals = this.one([CLEAR, CLEAR, found, NOT_EVALUATED])
    return Promise.resolve()
  }

  protected async restart(): Promise<void> {
    this.house.restart()
    this.met.add('restarted')
  }

  protected async govern(): Promise<void> {
    if (this.entity !== 'switched') return
    const on = this.chance() < 0.5
    await this.house.exempt(on)
    this.met.add(on ? 'approved' : 'stopped')
  }
}
