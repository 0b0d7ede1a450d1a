/** Any JSON value made a little, or very, wrong: places are chosen, and what stands there is replaced, removed, doubled or moved. */
import * as fc from 'fast-check'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const WORDS = ['', '__proto__', 'constructor', 'toString', 'a', '*', '\ud800', '\u0000', '%2e']
const ODD: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  0.5,
  0x20000000000000,
  [],
  {},
  [[]],
  ...WORDS,
  ['__proto__'],
  { __proto__x: 1 },
  'x'.repeat(300),
  [null],
  [{}],
]

export const anyJson: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json) // sound: JSON

interface Mutation {
  readonly place: number
  readonly other: number
  readonly how: 'replace' | 'remove' | 'rename' | 'copy'
  readonly odd: Json
  readonly word: string
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(),
  other: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'remove', 'rename', 'copy'),
  odd: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ODD) }, anyJson),
  word: fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 8 })),
})

/** `base` with one to `most` mutations. */
export function mutated(base: Json, most = 4): fc.Arbitrary<Json> {
  return fc.array(mutation, { minLength: 1, maxLength: most }).map((all) => {
    let value = base
    for (const one of all) value = mutate(value, one)
    return value
  })
}

type Path = readonly (string | number)[]

function mutate(value: Json, { place, other, how, odd, word }: Mutation): Json {
  const places = placesOf(value)
  const path = places[place % places.length] ?? []
  if (how === 'copy') return changed(value, path, at(value, places[other % places.length] ?? []))
  if (how === 'replace' || path.length === 0) return changed(value, path, odd)
  if (how === 'remove') return changed(value, path, undefined)
  const parent = path.slice(0, -1)
  const holder = at(value, parent)
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder))
    return changed(value, path, odd)
  const name = path.at(-1)
  const entries = Object.entries(holder).map(([key, inner]) => [key === name ? word : key, inner])
  return changed(value, parent, Object.fromEntries(entries) as Json) // sound: keys and JSON values
}

export function placesOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => placesOf(item, [...path, index]))
    : Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))
  return [path, ...inner]
}

function at(value: Json, path: Path): Json {
  let here: Json | undefined = value
  for (const step of path)
    here =
      typeof here === 'object' && here !== null
        ? Object.entries(here).find(([key]) => key === String(step))?.[1]
        : undefined
  return here ?? null
}

/** `to` undefined: removed. */
export function changed(value: Json, path: Path, to: Json | undefined): Json {
  const [head, ...rest] = path
  if (head === undefined) return to ?? null
  const gone = rest.length === 0 && to === undefined
  if (Array.isArray(value))
    return value.flatMap((item, index) =>
      index !== head ? [item] : gone ? [] : [changed(item, rest, to)],
    )
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, item]) =>
    key !== head ? [[key, item]] : gone ? [] : [[key, changed(item, rest, to)]],
  )
  return Object.fromEntries(entries) as Json // sound: keys and JSON values
}

/** `text` with pieces cut out, doubled, or put in from `pieces`. */
export function cutUp(text: string, pieces: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(),
    length: fc.nat({ max: 40 }),
    put: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('', ...pieces) },
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    twice: fc.boolean(),
  })
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let made = text
    for (const { at: where, length, put, twice } of edits) {
      const start = where % (made.length + 1)
      const piece = made.slice(start, start + length)
      made = made.slice(0, start) + (twice ? piece + put + piece : put) + made.slice(start + length)
    }
    return made
  })
}
