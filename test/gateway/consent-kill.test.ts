/**
 * `kill -9` under payment load, each payment again and again under keys of its own: no consent ever pays twice, and one whose end nobody saw
 * is in doubt, whatever key comes next.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededChance } from '../support/seeded-chance.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { accessToken, jwks, type SigningKey, signingKey } from '../support/token-issuer.ts'

const ROUNDS = Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 4)
const AT_ONCE = 16
const ORDER = { amount: '1.00', currency: 'EUR', payee: { iban: 'DE02100100109307118603' } }
const DETAILS = [
  {
    type: 'payment_initiation',
    instructedAmount: { amount: ORDER.amount, currency: ORDER.currency },
    creditorAccount: ORDER.payee,
  },
]

test(`a gateway killed ${ROUNDS} times pays under no consent twice, whatever key comes`, async (t) => {
  const dir = temporaryFolder(t)
  const key = signingKey('key-1')
  writeFileSync(join(dir, 'jwks.json'), jwks(key))
  const chance = seededChance(20_261_129)
  const orders = new Map<string, number>()
  /** Kills whoever sent the next order, which is never answered. */
  let killSender: (() => void) | undefined
  const bank = createServer((incoming, response) => {
    let text = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (part: string) => (text += part))
    incoming.on('end', () => {
      const { Text } = JSON.parse(text) as { Text: string }
      orders.set(Text, (orders.get(Text) ?? 0) + 1)
      if (killSender !== undefined) {
        killSender()
        killSender = undefined
        return
      }
      // Some answers take long enough to be killed in.
      setTimeout(
        () => {
          response.writeHead(201, { 'content-type': 'application/json' })
          response.end(JSON.stringify({ Text: `order of ${Text}` }))
        },
        chance() < 0.5 ? 0 : 5,
      )
    })
  })
  bank.listen(0, '127.0.0.1')
  await once(bank, 'listening')
  t.after(() => bank.close())
  const upstream = `http://127.0.0.1:${(bank.address() as AddressInfo).port}` // sound: listening on TCP

  const open = new Set<string>()
  const paid = new Set<string>()
  let doubts = 0
  let used = 0
  let number = 0
  for (let round = 0; round <= ROUNDS; round++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'paying-gateway.ts'), dir, upstream, 'consents'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    t.after(() => child.kill('SIGKILL'))
    const closed = once(child, 'close')
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const port = Number(line.toString())
    const pay = async (consent: string): Promise<void> => {
      open.add(consent)
      const answer = await post(port, consent, key).catch(() => undefined)
      if (answer === undefined) return // killed
      if (answer.status === 503) return pay(consent)
      open.delete(consent)
      const { code = '' } = JSON.parse(answer.body) as { code?: string }
      if (answer.status === 201) {
        assert.ok(!paid.has(consent), `${consent} paid twice`)
        paid.add(consent)
      } else if (code === 'GH_GATEWAY_PAYMENT_CONSENT_USED') used++
      else {
        assert.equal(code, 'GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT', answer.body)
        doubts++
      }
    }
    // What the last run left open, and what it answered, under new keys.
    await Promise.all(
      [...open, ...[...paid].filter((_, at) => at === 0 || chance() < 0.2)].map(pay),
    )
    assert.equal(open.size, 0)
    if (round === ROUNDS) {
      child.kill('SIGTERM')
      await closed
      break
    }
    const until = 10 + Math.floor(chance() * 40)
    let begun = 0
    const worker = async (): Promise<void> => {
      while (child.exitCode === null && child.signalCode === null) {
        // At some moment; once surely while the bank has an order.
        if (++begun === until) {
          if (round === 0) killSender = () => child.kill('SIGKILL')
          else child.kill('SIGKILL')
        }
        await pay(`c-${number++}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    await closed
  }
  for (const [consent, count] of orders) assert.equal(count, 1, consent)
  for (const consent of paid) assert.equal(orders.get(consent), 1, consent)
  assert.ok(paid.size > ROUNDS && doubts > 0 && used > 0, `${paid.size} ${doubts} ${used}`)
})

function post(
  port: number,
  consent: string,
  key: SigningKey,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ Text: consent, ...ORDER })
    const token = accessToken(key, Date.now(), {
      consent_id: consent,
      authorization_details: DETAILS,
    })
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
          'x-idempotency-key': randomUUID(),
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
