import { writeSync } from 'node:fs'

const PAUSE_MS = 1
const nothing = new Int32Array(new SharedArrayBuffer(4))

/**
 * For a process that a test kills: a line is out before whatever comes next. The pipe to a test does not block where there is a worker, and a
 * few hundred lines fill it: a test that is behind is waited for.
 */
export function say(...words: readonly string[]): void {
  const bytes = Buffer.from(`${words.join(' ')}\n`)
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(nothing, 0, 0, PAUSE_MS)
    }
  }
}
