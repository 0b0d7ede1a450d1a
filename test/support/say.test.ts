import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

test('a process that says more than its reader takes waits for it, and every line arrives whole', async (t) => {
  const count = 20_000
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'saying-process.ts'), String(count)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let text = ''
  for await (const chunk of child.stdout) {
    // Nothing is read for a moment: long enough for the pipe to be full.
    if (text === '') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    text += String(chunk)
  }
  assert.deepEqual(await closed, [0, null])
  assert.deepEqual(
    text.split('\n').slice(0, -1),
    Array.from({ length: count }, (_, at) => `line-${at}`),
  )
})
