/**
 * Preloaded into a real process (`NODE_OPTIONS=--import`): its wall clock is off by the milliseconds in the file that
 * `GATEHOUSE_TEST_CLOCK` names, read again at each SIGUSR2. Clocks that only go on are left alone, as an operator who sets the time leaves
 * them. The product knows nothing of it.
 */
import { readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env['GATEHOUSE_TEST_CLOCK']
if (file !== undefined && isMainThread) {
  const real = Date.now.bind(Date)
  let offset = 0
  const read = (): void => {
    offset = Number(readFileSync(file, 'utf8'))
  }
  read()
  process.on('SIGUSR2', read)
  Date.now = () => real() + offset
}
