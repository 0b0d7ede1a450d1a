import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const WANTED: readonly (readonly [title: string, answer: RegExp])[] = [
  ['Its QWAC, and a token that is bound to it', /200\s*$/],
  ['A token that was stolen from another certificate', /401 GH_GATEWAY_TOKEN_BINDING$/],
  ['A QWAC for payments alone', /403 GH_GATEWAY_CERTIFICATE_ROLE$/],
  ['No certificate', /no answer \(\S+\)$/],
  ['A certificate that signed itself', /no answer \(\S+\)$/],
  ['A QWAC of an authority that nobody trusts', /no answer \(\S+\)$/],
  ['A QWAC that expired', /no answer \(\S+\)$/],
  ['A QWAC that was revoked', /no answer \(\S+\)$/],
]

test('`npm run start:mutual-tls` serves the third party with the right certificate and nobody else, and ends', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'mutual-tls.ts'),
  ])
  const lines = stdout.split('\n')
  for (const [title, answer] of WANTED)
    assert.match(lines.find((line) => line.startsWith(`  ${title}  `)) ?? '', answer, title)
  assert.match(stdout, /certificate is for +PSDGB-FCA-123456; PSD2 roles: PSP_PI/)
})
