/** `kill -9` while accesses are counted: in a day no account is had more often than four times, and none that had no answer is lost for more. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededChance } from '../support/seeded-chance.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { accessToken, jwks, signingKey } from '../support/token-issuer.ts'

const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 6)
const TARGETS = ['A1', 'A2', 'A1/transactions', 'A2/transactions'] as const

test(`a gateway killed ${ROUNDS} times while it counts lets no fifth access through, and takes none away`, async (t) => {
  const dir = temporaryFolder(t)
  const key = signingKey('key-1')
  writeFileSync(join(dir, 'jwks.json'), jwks(key))
  const chance = seededChance(20_261_129)
  /** Kills whoever asked next, which is never answered. */
  let killSender: (() => void) | undefined
  const bank = createServer((incoming, response) => {
    incoming.resume()
    if (killSender !== undefined) {
      killSender()
      killSender = undefined
      return
    }
    setTimeout(
      () => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end('{"Data":{}}')
      },
      chance() < 0.5 ? 0 : 5,
    )
  })
  bank.listen(0, '127.0.0.1')
  await once(bank, 'listening')
  t.after(() => bank.close())
  const upstream = `http://127.0.0.1:${(bank.address() as AddressInfo).port}` // sound: listening on TCP
  const had = new Map<string, number>()
  /** Asked for when the gateway was killed: whether the answer was about to leave nobody knows. */
  let cut = 0

  for (let round = 0; round <= ROUNDS; round++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'paying-gateway.ts'), dir, upstream, 'counts'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    t.after(() => child.kill('SIGKILL'))
    const closed = once(child, 'close')
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const port = Number(line.toString())
    const ask = async (target: string): Promise<void> => {
      const status = await read(port, target, accessToken(key, Date.now()))
      // A disk that is slow for a moment: nothing was counted, and asking again is what it is for.
      if (status === 503) return ask(target)
      if (status === 200) had.set(target, (had.get(target) ?? 0) + 1)
      else if (status === undefined) cut++
      else assert.equal(status, 429)
    }
    const last = round === ROUNDS
    // One access of each target a round, some of them killed, the first surely; in the last round whatever is left.
    const asked = last ? [...TARGETS, ...TARGETS, ...TARGETS, ...TARGETS, ...TARGETS] : TARGETS
    if (round === 0) killSender = () => child.kill('SIGKILL')
    const all = Promise.all(asked.map(ask))
    if (last) await all
    else if (round > 0) setTimeout(() => child.kill('SIGKILL'), Math.floor(chance() * 30))
    await all
    if (last) child.kill('SIGKILL')
    await closed
  }
  for (const target of TARGETS)
    assert.ok((had.get(target) ?? 0) <= 4, `${target}: ${had.get(target)}`)
  const total = [...had.values()].reduce((sum, count) => sum + count, 0)
  assert.ok(total + cut >= TARGETS.length * 4, `${total} had and ${cut} cut`)
  assert.ok(cut > 0, 'some were killed')
})

/** `undefined`: killed before it answered. */
function read(port: number, target: string, token: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const path = `/aisp/accounts/${target}`
    const call = get(
      {
        port,
        host: '127.0.0.1',
        path,
        agent: false,
        headers: { authorization: `Bearer ${token}` },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode))
        response.on('error', () => resolve(undefined))
      },
    )
    call.on('error', () => resolve(undefined))
  })
}
