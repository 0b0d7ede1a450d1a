/** A third party with certificates: warm connections, and new ones; what came back, in words that can be expected. */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import type { SoakedBank } from './bank.ts'

export interface Asked {
  readonly path: string
  readonly method?: 'POST'
  readonly body?: string
  readonly headers: Readonly<Record<string, string>>
  readonly certificate: string
  /** On a connection of its own. */
  readonly cold?: boolean
}

export interface Came {
  /** `200`, `403 GH_GATEWAY_…`, `no answer`. */
  readonly word: string
  readonly body: string
  readonly nonce: string | undefined
}

/** Nothing was done, for the disk did not answer in time: the client asks again. */
export class SlowDisk extends Error {}

const SLOW_DISK: ReadonlySet<string> = new Set([
  '503 GH_AUDIT_UNAVAILABLE',
  '503 GH_GATEWAY_IDEMPOTENCY_UNAVAILABLE',
  '503 GH_GATEWAY_QUOTA_UNAVAILABLE',
])
const PATIENCE = 50

/** Asks again while the disk is slow; `waited` is told each time. @throws Error when it never answers */
export async function patiently<T>(ask: () => Promise<T>, waited?: () => void): Promise<T> {
  for (let left = PATIENCE; ; left--) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof SlowDisk) || left === 0) throw error
      waited?.()
      await wait(100)
    }
  }
}

export interface ThirdParty {
  /** @throws SlowDisk */
  ask(what: Asked): Promise<Came>
  end(): void
}

const MAX_WARM = 8

export function thirdParty({ gateway, home, pem }: SoakedBank): ThirdParty {
  const authorities = ['certs', 'other'].map((dir) => readFileSync(`${home.dir}/${dir}/ca.pem`))
  const agents = new Map<string, Agent>()
  const agentOf = (certificate: string, keepAlive: boolean): Agent =>
    new Agent({
      keepAlive,
      maxSockets: keepAlive ? MAX_WARM : 1,
      ca: authorities,
      cert: readFileSync(pem(certificate)),
      key: readFileSync(pem(`${certificate}-key`)),
    })
  const warm = (certificate: string): Agent => {
    const agent = agents.get(certificate) ?? agentOf(certificate, true)
    agents.set(certificate, agent)
    return agent
  }
  return {
    ask: ({ path, method = 'GET', body, headers, certificate, cold = false }) =>
      new Promise((resolve, reject) => {
        const agent = cold ? agentOf(certificate, false) : warm(certificate)
        const lost = (): void => resolve({ word: 'no answer', body: '', nonce: undefined })
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
        const asked = request(
          {
            host: '127.0.0.1',
            port: gateway.port,
            path,
            method,
            agent,
            headers: { ...headers, ...length },
          },
          (response) => {
            let text = ''
            response.setEncoding('utf8')
            response.on('data', (part: string) => (text += part))
            response.on('error', lost)
            response.on('end', () => {
              const word = wordOf(response.statusCode ?? 0, text)
              if (SLOW_DISK.has(word)) return reject(new SlowDisk(word))
              const nonce = response.headers['dpop-nonce']
              resolve({
                word,
                body: text,
                nonce: typeof nonce === 'string' ? nonce : undefined,
              })
            })
          },
        )
        asked.on('error', lost)
        asked.end(body)
      }),
    end() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

function wordOf(status: number, body: string): string {
  const code = /"code":"(GH_[A-Z_]+)"/.exec(body)?.[1]
  return status >= 400 && code !== undefined ? `${status} ${code}` : String(status)
}
