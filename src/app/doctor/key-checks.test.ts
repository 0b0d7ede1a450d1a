import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_STALE_MS } from '../../proof/index.ts'
import { MAX_KEYS_AGE_MS, staleKeys } from './key-checks.ts'

const NOW = Date.UTC(2026, 10, 29)
const of = (keys: number, ageMs: number): (boolean | string)[] =>
  staleKeys({ issuer: 'https://as.example', keys, loadedAt: NOW - ageMs }, NOW).map(({ refused }) =>
    refused ? 'fail' : 'warn',
  )

test('`staleKeys` is silent about keys that are read as often as they should be', () => {
  assert.deepEqual(of(2, 0), [])
  assert.deepEqual(of(2, MAX_KEYS_AGE_MS), [])
})

test('`staleKeys` warns of keys that are read no more, and fails once they are believed no more, or there are none', () => {
  assert.deepEqual(of(2, MAX_KEYS_AGE_MS + 1), ['warn'])
  assert.deepEqual(of(2, MAX_STALE_MS), ['warn'])
  assert.deepEqual(of(2, MAX_STALE_MS + 1), ['fail'])
  assert.deepEqual(of(0, 0), ['fail'])
  assert.deepEqual(of(0, NOW), ['fail'], 'never loaded')
})
