/** Whole journeys at a steady rate: PAR, the customer's browser, code, token; begun by the clock, whatever the server does (an open loop). */
import { ISSUER, REDIRECT, type World } from './world.ts'

export interface Journeys {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export async function runJourneys(
  port: number,
  world: World,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Journeys> {
  const total = perSecond * seconds
  // Signed ahead: the third party's own work is not the server's.
  const pushes = await Promise.all(
    Array.from({ length: total }, () =>
      world.form('tpp', '/par', {
        response_type: 'code',
        redirect_uri: REDIRECT,
        scope: 'openid accounts',
        state: 'of-a-benchmark',
        code_challenge: world.pkce.challenge,
        code_challenge_method: 'S256',
      }),
    ),
  )
  const begun = performance.now()
  const times = await Promise.all(
    pushes.map(async (push, at) => {
      const due = begun + (at * 1_000) / perSecond
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
      await journey(port, world, push)
      return performance.now() - due
    }),
  )
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0
  return { count: total, p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function journey(
  port: number,
  world: World,
  push: Awaited<ReturnType<World['form']>>,
): Promise<void> {
  const base = `http://127.0.0.1:${port}`
  const pushed = await fetch(`${base}/par`, { method: 'POST', ...push })
  const { request_uri: uri } = (await pushed.json()) as { readonly request_uri?: string } // sound: a member or none
  if (uri === undefined) throw new Error(`PAR: ${pushed.status}`)
  const code = await browse(base, `/authorize?client_id=tpp&request_uri=${uri}`)
  const redeem = await world.form('tpp', '/token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT,
    code_verifier: world.pkce.verifier,
  })
  const answer = await fetch(`${base}/token`, { method: 'POST', ...redeem })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`token: ${answer.status}`)
}

/** Follows the server's redirects with its cookies, to the code. */
async function browse(base: string, path: string): Promise<string> {
  const cookies = new Map<string, string>()
  let at = path
  for (let hop = 0; hop < 12; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(base + at, { redirect: 'manual', headers: { cookie } })
    await answer.arrayBuffer()
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const url = new URL(answer.headers.get('location') ?? '', ISSUER)
    const code = url.searchParams.get('code')
    if (code !== null) return code
    at = url.pathname + url.search
  }
  throw new Error('the server goes round in circles')
}
