import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProgress } from './progress.ts'

function terminal(columns = 80) {
  const drawn: string[] = []
  let time = 0
  return {
    drawn,
    pass: (ms: number) => void (time += ms),
    look: { draw: (text: string) => void drawn.push(text), now: () => time, columns },
  }
}
const CLEAR = '\r\u001B[2K'

test('`startProgress` draws nothing where there is no terminal', () => {
  const progress = startProgress({ draw: undefined, now: () => 1e9, columns: 80 }, 'reading')
  progress.at(1, 2)
  progress.end()
})

test('`startProgress` shows share, count and time left, and clears its line at the end', () => {
  const { drawn, pass, look } = terminal()
  const progress = startProgress(look, 'replaying events')
  pass(2_000)
  progress.at(5_000, 20_000)
  progress.end()
  assert.deepEqual(drawn, [`${CLEAR}replaying events:  25 %  5,000 of 20,000  6 s left`, CLEAR])
})

test('`startProgress` shows a bare count when nobody knows the total', () => {
  const { drawn, pass, look } = terminal()
  const progress = startProgress(look, 'reading')
  pass(1_000)
  progress.at(1_234)
  progress.at(1_235)
  assert.deepEqual(drawn, [`${CLEAR}reading: 1,234`])
})

test('`startProgress` stays silent for short work and redraws at most ten times a second', () => {
  const { drawn, pass, look } = terminal()
  const short = startProgress(look, 'short')
  pass(399)
  short.at(1, 2)
  short.end()
  assert.deepEqual(drawn, [])
  const long = startProgress(look, 'long')
  for (let ms = 0; ms < 2_000; ms++) {
    pass(1)
    long.at(ms, 2_000)
  }
  assert.ok(drawn.length >= 15 && drawn.length <= 17, String(drawn.length))
})

test('`startProgress` never grows beyond the line, nor past a hundred percent', () => {
  const { drawn, pass, look } = terminal(20)
  const progress = startProgress(look, 'a label that is longer than the line')
  pass(1_000)
  progress.at(3, 2)
  assert.equal((drawn[0] ?? '').length, CLEAR.length + 19)
  const wide = terminal(200)
  const over = startProgress(wide.look, 'over')
  wide.pass(1_000)
  over.at(3, 2)
  assert.match(wide.drawn[0] ?? '', /100 %/)
})
