/**
 * `kill -9` under payment load, before a bank that counts orders: no key is ever ordered twice, every order of the bank has an intent
 * in the spool, every answer that a client got stands, and a key whose end nobody saw says so.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSpool } from '../../src/events/index.ts'
import { seededChance } from '../support/seeded-chance.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { accessToken, jwks, signingKey } from '../support/token-issuer.ts'

const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 6)
const AT_ONCE = 16

test(`a gateway killed ${ROUNDS} times while it pays orders nothing twice and loses no intent`, async (t) => {
  const dir = temporaryFolder(t)
  const key = signingKey('key-1')
  writeFileSync(join(dir, 'jwks.json'), jwks(key))
  const chance = seededChance(20_261_128)
  /** Key → decisions under which the bank was asked. */
  const orders = new Map<string, string[]>()
  /** Kills whoever sent the next order, which is never answered. */
  let killSender: (() => void) | undefined
  const bank = createServer((incoming, response) => {
    const name = String(incoming.headers['x-idempotency-key'])
    orders.set(name, [
      ...(orders.get(name) ?? []),
      String(incoming.headers['x-gatehouse-decision']),
    ])
    incoming.resume()
    if (killSender !== undefined) {
      killSender()
      killSender = undefined
      return
    }
    // Some answers take long enough to be killed in.
    setTimeout(
      () => {
        response.writeHead(201, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ Text: `order of ${name}` }))
      },
      chance() < 0.5 ? 0 : 5,
    )
  })
  bank.listen(0, '127.0.0.1')
  await once(bank, 'listening')
  t.after(() => bank.close())
  const upstream = `http://127.0.0.1:${(bank.address() as AddressInfo).port}` // sound: listening on TCP

  const open = new Set<string>()
  const answered = new Map<string, string>()
  let doubts = 0
  let number = 0

  for (let round = 0; round <= ROUNDS; round++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'paying-gateway.ts'), dir, upstream],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    t.after(() => child.kill('SIGKILL'))
    const closed = once(child, 'close')
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const port = Number(line.toString())
    const pay = async (name: string): Promise<void> => {
      open.add(name)
      const answer = await post(port, name, accessToken(key, Date.now())).catch(() => undefined)
      if (answer === undefined) return // killed
      // A disk that is slow for a moment: nothing was said, and asking again is what it is for.
      if (answer.status === 503) return pay(name)
      if (answer.status === 201) {
        const before = answered.get(name)
        assert.ok(before === undefined || before === answer.body, 'an answer is always the same')
        answered.set(name, answer.body)
        open.delete(name)
      } else {
        assert.match(
          answer.body,
          /GH_GATEWAY_IDEMPOTENCY_IN_DOUBT/,
          `${answer.status} ${answer.body}`,
        )
        doubts++
        open.delete(name)
      }
    }
    // What the last run left open is asked for again, and some that were answered, and new ones.
    const again = [...open, ...[...answered.keys()].filter(() => chance() < 0.2)]
    await Promise.all(again.map(pay))
    assert.equal(open.size, 0)
    if (round === ROUNDS) {
      child.kill('SIGTERM')
      await closed
      break
    }
    const until = 10 + Math.floor(chance() * 60)
    let begun = 0
    const worker = async (): Promise<void> => {
      while (child.exitCode === null && child.signalCode === null) {
        // At some moment; once surely while the bank has an order.
        if (++begun === until) {
          if (round === 0) killSender = () => child.kill('SIGKILL')
          else child.kill('SIGKILL')
        }
        await pay(`key-${++number}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    await closed
  }

  for (const [name, decisions] of orders) assert.equal(decisions.length, 1, name)
  for (const name of answered.keys()) assert.equal(orders.get(name)?.length, 1, name)
  assert.ok(answered.size > ROUNDS && doubts > 0, `${answered.size} answers, ${doubts} doubts`)
  const intents = new Set<string>()
  const { signal } = new AbortController()
  await readSpool({ dir: join(dir, 'spool'), from: 0, signal }, (event) => {
    if (event.kind === 'access' && event.status === 0) intents.add(event.id)
  })
  for (const [name, [decision = '']] of orders) assert.ok(intents.has(decision), name)
})

function post(
  port: number,
  name: string,
  token: string,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ Text: name })
    const call = request(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/aisp/accounts/A1/notes',
        agent: false,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'x-idempotency-key': name,
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}
