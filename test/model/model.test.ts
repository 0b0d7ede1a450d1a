/**
 * Generated requests against an independent model of the rules: what the gateway decides, with which code and by which rule, what it
 * asks the bank for and what of the answer leaves, is what the model says. The model (`rules/`) was written from the standards, the
 * configuration and `docs`, and imports nothing that decides. `GATEHOUSE_MODEL_REQUESTS` says how many; the seed is in each message.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Kernel } from '../../src/decide/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { seededChance } from '../support/seeded-chance.ts'
import { bankAnswer } from './bank.ts'
import { compiledHouse } from './compiled-house.ts'
import { type Around, type Sent } from './faults/fault.ts'
import { drawn } from './faults/faults.ts'
import { startGateway } from './gateway.ts'
import { type House, house } from './house.ts'
import { good, write } from './recipe.ts'
import { type Answered, Comparison } from './comparison.ts'
import { OPERATIONS } from './rules/operations.ts'
import { Proofs } from './rules/proof.ts'
import { makeWorld } from './world.ts'

test('the model imports nothing that decides', () => {
  const folder = join(import.meta.dirname, 'rules')
  const files = readdirSync(folder)
  assert.ok(files.length >= 10, 'no files found: the check is blind')
  for (const file of files)
    for (const [, from = ''] of readFileSync(join(folder, file), 'utf8').matchAll(
      / from '([^']+)'/g,
    ))
      assert.ok(
        !from.includes('/src/') || from.endsWith('/data/open-data.json'),
        `${file}: ${from}`,
      )
})

const REQUESTS = Number(process.env['GATEHOUSE_MODEL_REQUESTS'] ?? 10_000)
const SEED = Number(process.env['GATEHOUSE_MODEL_SEED'] ?? 5)
const HOUSES = 40
/** Requests to one house before the next. */
const STAY = 50

test(`${REQUESTS} generated requests are decided as the model says (seed ${SEED})`, async (t) => {
  const chance = seededChance(SEED)
  const one = <T>(...list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T // sound: never empty
  const world = makeWorld()
  const clock = new FakeClock(world.now)
  const gateway = await startGateway(t, world, clock)
  const proofs = new Proofs(world.now)
  const houses: readonly { readonly house: House; readonly kernel: Kernel }[] = Array.from(
    { length: HOUSES },
    (_, at) => {
      const made = house(at, seededChance(SEED * 1_000 + at))
      return { house: made, kernel: compiledHouse(made) }
    },
  )
  const comparison = new Comparison(world, proofs)
  const sent: Sent[] = []
  const nonces: string[] = []
  const operations = Object.keys(OPERATIONS)
  for (let at = 0; at < REQUESTS; at++) {
    clock.advance(Math.floor(chance() * 40))
    const now = clock.now()
    // The strictest house is asked as often as all others together.
    const turn = at % (2 * STAY) < STAY ? 0 : 1 + (Math.floor(at / (2 * STAY)) % (HOUSES - 1))
    const { house: home, kernel } = houses[turn] ?? never()
    const recipe = good(
      world,
      home,
      one(
        ...operations,
        'CreateDomesticPayments',
        'CreateDomesticPayments',
        'CreateDomesticPayments',
        'GetTransactions',
      ),
      now,
      chance,
    )
    const around: Around = { world, now, one, nonces, sent }
    if (
      home.accounts['token.senderConstrained']?.params['nonce'] === 'required' &&
      recipe.proof !== null &&
      chance() < 0.8
    )
      recipe.proof.claims['nonce'] = nonces.at(-1)
    const faults = one(0, 0, 0, 1, 1, 1, 1, 2, 2, 3)
    const names: string[] = []
    for (let more = 0; more < faults; more++) {
      const fault = drawn(recipe, around)
      fault.change(recipe, around)
      names.push(fault.name)
    }
    const jti = `jti-${at}`
    const wire = write(recipe, world, now, jti)
    const bank = bankAnswer(recipe.operation, wire.target, chance)
    const seen: Answered = { ...(await gateway.ask(kernel, wire, bank)), bank }
    comparison.compare(
      home,
      wire,
      seen,
      `request ${at} of seed ${SEED}, house ${home.number}: ${names.join(' + ') || 'in order'}`,
    )
    sent.push({ recipe, wire, jti })
    if (sent.length > 30) sent.shift()
    const fresh = seen.answer.headers.at(seen.answer.headers.indexOf('dpop-nonce') + 1)
    if (seen.answer.headers.includes('dpop-nonce') && fresh !== undefined) {
      proofs.handedOut(fresh, now)
      if (nonces.at(-1) !== fresh) nonces.push(fresh)
      if (nonces.length > 4) nonces.shift()
    }
  }
  comparison.assertReached(REQUESTS)
  t.diagnostic(comparison.told())
})

function never(): never {
  throw new Error('there is a house for each turn')
}
