/**
 * Whole journeys at a steady rate: PAR, the customer's browser, code, token; begun by the clock, whatever the server does (an open loop).
 * A process of its own, so that what the third party and the browser cost is not mistaken for the server's. Connections stay open.
 */
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { ISSUER } from './world.ts'

/** Of one journey, all that the third party signs; the code is added to `redeem` when there is one. */
export interface Errand {
  readonly push: Sent
  readonly redeem: Sent
}
interface Sent {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}
export interface Stage {
  readonly port: number
  readonly perSecond: number
  readonly errands: readonly Errand[]
}
export interface Journeys {
  readonly walked: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of this process, which is the third party and the browser. */
  readonly cpuMs: number
}

const agent = new Agent({ keepAlive: true })

process.on('message', (stage: Stage) => {
  walk(stage).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ walked: 0, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())

async function walk({ port, perSecond, errands }: Stage): Promise<Journeys> {
  const before = process.cpuUsage()
  const begun = performance.now()
  const times = await Promise.all(
    errands.map(async (errand, at) => {
      const due = begun + (at * 1_000) / perSecond
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
      await journey(port, errand)
      return performance.now() - due
    }),
  )
  const { user, system } = process.cpuUsage(before)
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0
  return {
    walked: times.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMs: (user + system) / 1_000 / times.length,
  }
}

async function journey(port: number, { push, redeem }: Errand): Promise<void> {
  const pushed = await ask(port, '/par', push)
  const { request_uri: uri } = JSON.parse(pushed.text) as { readonly request_uri?: string } // sound: a member or none
  if (uri === undefined) throw new Error(`PAR: ${pushed.status}`)
  const code = await browse(port, `/authorize?client_id=tpp&request_uri=${uri}`)
  const body = `${redeem.body}&code=${code}`
  const answer = await ask(port, '/token', { ...redeem, body })
  if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.text}`)
}

/** Follows the server's redirects with its cookies, to the code. */
async function browse(port: number, path: string): Promise<string> {
  const cookies = new Map<string, string>()
  let at = path
  for (let hop = 0; hop < 12; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await ask(port, at, { headers: { cookie } })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const url = new URL(answer.headers.location ?? '', ISSUER)
    const code = url.searchParams.get('code')
    if (code !== null) return code
    at = url.pathname + url.search
  }
  throw new Error('the server goes round in circles')
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** With a body: a form, posted. */
function ask(
  port: number,
  path: string,
  { body, headers }: Partial<Sent> & Pick<Sent, 'headers'>,
): Promise<Answer> {
  const form =
    body === undefined
      ? {}
      : {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        }
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, ...form },
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (text += chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}
