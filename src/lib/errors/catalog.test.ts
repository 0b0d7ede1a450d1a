import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { CATALOG, type ErrorCode, errorEntry, GatehouseError } from '../index.ts'

const SRC = join(import.meta.dirname, '..', '..')
const AREAS = globSync('*.ts', { cwd: import.meta.dirname }).filter(
  (file) =>
    !file.endsWith('.test.ts') && !['catalog.ts', 'gatehouse-error.ts'].includes(basename(file)),
)
const CODES = Object.keys(CATALOG) as ErrorCode[] // sound: the catalogue's own keys

/** Codes as an area's file declares them: read from the text, because a spread would hide a duplicate. */
function declared(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  return [...text.matchAll(/^ {2}(\w+): \{/gm)].map((match) => match[1] ?? '')
}

test('the catalogue holds every code of every area, each declared once', () => {
  assert.ok(AREAS.length >= 10, `${AREAS.length} areas: the check is blind`)
  const all = AREAS.flatMap(declared)
  assert.ok(all.length > 90, `${all.length} codes: the check is blind`)
  const twice = all.filter((code, at) => all.indexOf(code) !== at)
  assert.deepEqual(twice, [])
  assert.deepEqual(all.toSorted(), CODES.toSorted())
})

/** Files whose area is not their name, as the modules call themselves. */
const AREA_OF_FILE: Readonly<Record<string, string>> = { cli: 'CLI' }
for (const file of AREAS) {
  test(`every code of ${file} is GH_<AREA>_<WHAT> of that area`, () => {
    const name = basename(file, '.ts')
    const area = AREA_OF_FILE[name] ?? name.toUpperCase()
    for (const code of declared(file)) assert.match(code, new RegExp(`^GH_${area}_[A-Z0-9_]+$`))
  })
}

for (const code of CODES) {
  const { status, title, mend } = errorEntry(code)
  test(`${code} has a sound status, a title anybody may read and an imperative mend`, () => {
    assert.match(code, /^GH_[A-Z]+_[A-Z0-9_]+$/)
    // 499 is nginx's word for a client that left; it never reaches a wire.
    assert.ok((status >= 400 && status < 500) || [500, 502, 503, 504].includes(status))
    assert.match(title, /^[A-Z$/][^\n]{5,99}[^.\s]$/, 'one line, a capital, no full stop')
    // Nothing that could come from a request or from this machine: no placeholder, no path, no address.
    assert.doesNotMatch(title, /[%{}`]|\$\{|https?:|\/(?:etc|home|var|tmp)\/|\d{6}/)
    if (mend !== undefined) assert.match(mend, /^[A-Z][^\n]+[.…A-Z]$/)
  })
}

test('titles are told apart', () => {
  const titles = CODES.map((code) => errorEntry(code).title)
  assert.deepEqual(
    titles.filter((title, at) => titles.indexOf(title) !== at),
    [],
  )
})

test('every code is used somewhere outside the catalogue', () => {
  const text = [
    ...globSync('**/*.ts', { cwd: SRC })
      .filter((file) => !file.startsWith(join('lib', 'errors')) && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(SRC, file), 'utf8')),
    readFileSync(join(SRC, '..', 'bin', 'gatehouse'), 'utf8'),
  ]
  assert.ok(text.length > 150, `${text.length} files: the check is blind`)
  const used = new Set(text.flatMap((one) => one.match(/\bGH_[A-Z]+_[A-Z0-9_]+\b/g) ?? []))
  assert.deepEqual(
    CODES.filter((code) => !used.has(code)),
    [],
  )
  const unknown = [...used].filter((code) => !Object.hasOwn(CATALOG, code))
  assert.deepEqual(unknown, [], 'a code that nobody declared')
})

test('`GatehouseError` carries code and status, and its title when there is no detail', () => {
  const cause = new Error('password=hunter2')
  const bare = new GatehouseError('GH_STORE_BUSY')
  assert.equal(bare.message, CATALOG.GH_STORE_BUSY.title)
  assert.equal(bare.status, 503)
  const full = new GatehouseError('GH_CLI_USAGE', 'what was meant', { cause })
  assert.deepEqual(
    [full.name, full.code, full.message, full.cause],
    ['GatehouseError', 'GH_CLI_USAGE', 'what was meant', cause],
  )
  assert.ok(full instanceof Error)
})
