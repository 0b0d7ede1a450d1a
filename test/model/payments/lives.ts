/** Some of the seeds, in a thread of their own. */
import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { seededChance } from '../../support/seeded-chance.ts'
import { openHouse } from './house.ts'
import { Life } from './life.ts'

const STEPS = 8

// Sound: started by the test only.
const { from, to, by } = workerData as { from: number; to: number; by: number }
assert.ok(parentPort !== null)
const house = await openHouse()
const met = new Set<string>()
let lived = 0
for (let seed = from; seed < to; seed += by) {
  const life = new Life(house, String(seed), seededChance(seed), met)
  await life.begin()
  for (let step = 0; step < STEPS; step++) await life.step()
  await life.end()
  lived++
}
await house.close()
parentPort.postMessage({ lived, met })
