import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientView } from '../app/index.ts'
import { clientLines } from './commands/clients-show.ts'
import { plainStyle } from './style.ts'

const AT = Date.UTC(2026, 10, 29, 12)
const event = (id: string, outcome: string, code: string | null = null) => ({
  id,
  at: AT,
  api: 'accounts',
  operation: 'GetAccounts',
  outcome,
  code,
})
const VIEW: ClientView = {
  id: 'app',
  name: 'Budget Buddy',
  status: 'suspended',
  origin: 'registered',
  details: { scope: 'openid accounts', roles: ['PSP_AI', 'PSP_PI'], nested: [{ a: 1 }] },
  history: [
    {
      at: AT,
      what: 'suspended',
      by: 'ops',
      reason: 'INC-9',
      record: { law: 'PSD2 Art. 68', customerNotice: 'told in the app', authority: 'GB-FCA' },
    },
    { at: AT, what: 'registered', by: 'PSDGB-FCA-123456', reason: null, record: null },
  ],
  lastEvents: [
    event('d1', 'allowed'),
    event('d1', 'trimmed'),
    event('d2', 'denied', 'GH_GATEWAY_CLIENT_INACTIVE'),
  ],
}
const lines = (changes: Partial<ClientView> = {}): string =>
  clientLines({ ...VIEW, ...changes }, { style: plainStyle, columns: 200 }).join('\n')

test('what a client may do, what became of it and what it did last, each under its heading, the newest first', () => {
  const text = lines()
  const at = (part: string): number => {
    assert.ok(text.includes(part), `${part} is not in\n${text}`)
    return text.indexOf(part)
  }
  assert.ok(at('What it may do') < at('What became of it'))
  assert.ok(at('What became of it') < at('What it did last'))
  assert.match(text, /roles +PSP_AI, PSP_PI$/m)
  assert.match(text, /nested +\[\{"a":1\}\]$/m)
  // One decision is one line, as it ended.
  assert.equal(text.match(/\bd1$/gm)?.length, 1)
  assert.match(text, /trimmed .* d1$/m)
  assert.ok(at('d2') < at('d1'))
  assert.match(text, /gatehouse explain/)
})

test('a suspension shows how customers were told, and whose authority hears of it', () => {
  assert.match(lines(), /customers +told in the app$/m)
  assert.match(lines(), /authority +GB-FCA: .*PSD2 Art\. 68/m)
})

test('of a client that did nothing nothing is said, and nothing is explained', () => {
  const text = lines({ lastEvents: [], history: [] })
  assert.doesNotMatch(text, /What it did last|What became of it|gatehouse explain/)
})
