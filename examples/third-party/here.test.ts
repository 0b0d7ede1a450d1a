/** What a third party's developer reads when something is refused or missing, and what is kept between two commands. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { textOf } from './here.ts'
import { keep, readKept } from './kept.ts'

test('a refusal is told in the words of the bank', () => {
  const refused = Object.assign(new Error('server responded with an error'), {
    error: 'invalid_software_statement',
    error_description: 'software_statement: it has expired',
  })
  assert.match(textOf(refused), /invalid_software_statement \(software_statement: it has expired\)/)
  const short = Object.assign(new Error('server responded with an error'), {
    error: 'invalid_grant',
  })
  assert.match(textOf(short), /invalid_grant$/)
})

test('a bank that is not there, and whatever else happens, is told in a line', () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:9443')
  assert.match(textOf(new TypeError('fetch failed', { cause })), /npm start/)
  const other = new Error('self-signed certificate')
  assert.equal(
    textOf(new TypeError('fetch failed', { cause: other })),
    'fetch failed: self-signed certificate',
  )
  assert.equal(textOf(new Error('Not registered yet')), 'Not registered yet')
  assert.equal(textOf('just a text'), 'just a text')
})

test('what is kept is for its owner alone, and comes back as it was', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-kept-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, '.kept.json')
  assert.deepEqual(readKept(file), {})
  const kept = {
    registration: { client: 'c', token: 't' },
    accounts: { consent: 'k', refresh: 'r' },
  }
  keep(file, kept)
  assert.deepEqual(readKept(file), kept)
  assert.equal(statSync(file).mode & 0o077, 0)
})
