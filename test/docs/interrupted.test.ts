/** What a how-to page starts does not outlive the test that follows it, however that ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../scenario/gateway-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Starts something that stays, one process directly and one below it. */
const page = (folder: string): string => `\`\`\`sh background
echo $$ > ${folder}/pid
sleep 600 &
echo $! > ${folder}/below
echo up
wait
\`\`\`

\`\`\`text
up
\`\`\`
`

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
  test(`a run that is ended by ${signal} leaves nothing behind`, async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'page.md')
    writeFileSync(file, page(folder))
    const reader = join(import.meta.dirname, 'interrupted-reader.ts')
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(process.execPath, [reader, file], { stdio: 'ignore', env })
    t.after(() => child.kill('SIGKILL'))
    const pids = (): number[] =>
      ['pid', 'below'].map((name) => Number(readFileSync(join(folder, name), 'utf8')))
    await until(30_000, () => {
      try {
        return pids().every((pid) => pid > 0 && isAlive(pid))
      } catch {
        return false
      }
    })
    const started = pids()
    const ended = once(child, 'close')
    child.kill(signal)
    await ended
    await until(10_000, () => !started.some(isAlive))
    assert.equal(started.length, 2)
  })

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // One that ended and was not waited for yet is dead.
    return (
      process.platform !== 'linux' ||
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z'
    )
  } catch {
    return false
  }
}
