import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upstreamRoot } from './assemble.ts'

// The table of docs/decisions/003.
const cases = [
  ['http://core:9000', '/ob/v4', 'http://core:9000/ob/v4'],
  ['http://core:9000/', '/ob/v4', 'http://core:9000/'],
  ['http://core:9000/x', '/ob/v4', 'http://core:9000/x'],
  ['https://[::1]:9000', '', 'https://[::1]:9000'],
  ['HTTP://core', '/v1', 'HTTP://core/v1'],
] as const
for (const [upstream, specPath, root] of cases) {
  test(`upstreamRoot of ${upstream} for a specification at "${specPath}" is ${root}`, () => {
    assert.equal(upstreamRoot(upstream, specPath), root)
  })
}
