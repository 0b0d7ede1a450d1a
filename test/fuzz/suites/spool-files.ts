/**
 * The files of a spool, cut, flipped and swapped at will. Opening it either refuses by name or gives events that stood there before, in
 * order and none invented; the checker finds what reading finds; nothing ever throws what has no code.
 */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { openSpool, verifySpool } from '../../../src/events/index.ts'
import { GatehouseError } from '../../../src/lib/index.ts'
import { notice } from '../../events/spool-harness.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import type { Json } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

interface Edit {
  readonly [key: string]: Json
  readonly file: number
  readonly at: number
  readonly how: 'flip' | 'cut' | 'zero' | 'noise' | 'remove' | 'swap' | 'grow'
  readonly value: number
}
const edit: fc.Arbitrary<Edit> = fc.record({
  file: fc.nat(9),
  at: fc.nat(5_000),
  how: fc.constantFrom('flip', 'flip', 'flip', 'cut', 'zero', 'noise', 'remove', 'swap', 'grow'),
  value: fc.nat(255),
})
/** Memory where there is some: half a million small files are no business of a disk. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const LIMITS = { maxSegmentBytes: 900, answerWithinMs: 1e9 }

export const spoolFiles = defineSuite<Json>(
  {
    name: 'spool-files',
    holds: 'any damage is refused by name, or harmless: no event is invented or out of order',
  },
  async () => {
    const top = mkdtempSync(join(base, 'gatehouse-fuzz-'))
    const source = join(top, 'source')
    const made = await openSpool({
      dir: source,
      scheduler: new FakeClock(),
      create: true,
      limits: LIMITS,
    })
    const ids = Array.from({ length: 12 }, (_, at) => `e${at + 1}`)
    for (const id of ids) await new Promise((resolve) => made.append(notice(id), 'strict', resolve))
    const consumer = await made.consumer('posture')
    const read = await consumer.read(5)
    const fifth = read.at(-1)
    if (fifth !== undefined) await consumer.commit(fifth)
    await made.close()
    const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.endsWith('.lock') && name !== 'consumers')
      .sort()
    const files = new Map(names.map((name) => [name, readFileSync(join(source, name))]))
    let harmless = 0
    const spoiled = (edits: readonly Edit[]): ReadonlyMap<string, Buffer> => {
      const left = new Map(files)
      for (const { file, at, how, value } of edits) {
        const [name = ''] = names.slice(file % names.length)
        const bytes = Buffer.from(left.get(name) ?? Buffer.alloc(0))
        const place = at % (bytes.length + 1)
        if (how === 'remove') left.delete(name)
        else if (how === 'swap')
          left.set(name, files.get(names[value % names.length] ?? '') ?? bytes)
        else if (how === 'cut') left.set(name, bytes.subarray(0, place))
        else if (how === 'grow') left.set(name, Buffer.concat([bytes, Buffer.alloc(value, at)]))
        else {
          if (how === 'flip' && place < bytes.length)
            bytes[place] = (bytes[place] ?? 0) ^ (value || 1)
          if (how === 'zero') bytes.fill(0, place)
          if (how === 'noise') bytes.fill(value, place, Math.min(bytes.length, place + 40))
          left.set(name, bytes)
        }
      }
      return left
    }
    return {
      input: fc.array(edit, { minLength: 1, maxLength: 3 }).map((all): Json => [...all]),
      async check(input) {
        const dir = join(top, 'one')
        rmSync(dir, { recursive: true, force: true })
        mkdirSync(join(dir, 'consumers'), { recursive: true })
        for (const [name, bytes] of spoiled(input as unknown as Edit[]))
          // sound: made above
          writeFileSync(join(dir, name), bytes)
        const report = await named(() => verifySpool(dir))
        const spool = await named(() =>
          openSpool({ dir, scheduler: new FakeClock(), limits: LIMITS }),
        )
        if (spool === undefined) return
        const seen: string[] = []
        await named(async () => {
          const all = await spool.consumer('all')
          for (const { event } of await all.read(100)) seen.push(event.id)
        })
        assert.deepEqual(seen, ids.slice(0, seen.length), 'a gap, a stranger or another order')
        if (report?.damage === null) harmless++
        const behind = await named(() => spool.consumer('posture'))
        const next = await named(async () => behind?.read(1))
        const first = next?.[0]?.event.id
        if (first !== undefined) assert.ok(ids.indexOf(first) <= 5, `it skipped to ${first}`)
        await spool.close()
      },
      close() {
        rmSync(top, { recursive: true, force: true })
        assert.ok(harmless > 0, 'nothing was harmless: the check is blind')
      },
    }
  },
)

/** `undefined` for a refusal that has a code; anything else is a fault of ours. */
async function named<R>(run: () => Promise<R>): Promise<R | undefined> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof GatehouseError && error.code.startsWith('GH_EVENTS_')) return undefined
    throw error
  }
}
