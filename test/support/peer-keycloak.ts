/** Keycloak beside a test: found, started with a realm of a bank, stopped. Suites that need it skip by name where it is absent. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { peersRequired } from './peer-programs.ts'
import { freePort } from './free-port.ts'
import { startPeer } from './running-peer.ts'

const VERSION = '26.7.0'
const ADMIN = { name: 'admin', password: 'of-a-test-that-forgets-it' }
/** A virtual machine has to start, and to make its tables. */
const START_MS = 300_000

const folder = process.env['GATEHOUSE_KEYCLOAK']
/** Where it is unpacked; `undefined`: nowhere, or another version. */
export const keycloakHome = folder !== undefined && ours(folder) ? folder : undefined

function ours(home: string): boolean {
  const file = join(home, 'version.txt')
  return existsSync(file) && readFileSync(file, 'utf8').includes(VERSION)
}

/** A test that needs Keycloak: skipped by name without it, failed without it where peers are required. */
export function keycloakTest(
  name: string,
  body: (t: TestContext, home: string) => Promise<void>,
): void {
  const absent = `keycloak ${VERSION} is absent: see README`
  void test(
    name,
    { skip: keycloakHome === undefined && !peersRequired ? absent : false },
    async (t) => {
      if (keycloakHome === undefined) throw new Error(`GATEHOUSE_REQUIRE_PEERS=1, and ${absent}`)
      await body(t, keycloakHome)
    },
  )
}

export interface Keycloak {
  readonly origin: string
  readonly pid: number
  /** `POST` to the administration; resolves when it was done. @throws Error with its answer when it was not. */
  make(path: string, body: unknown): Promise<void>
  put(path: string, body: unknown): Promise<void>
}

/** A test wants it to start soon. */
const QUICKLY = '-XX:TieredStopAtLevel=1'

/** Runs until the test ends. It keeps nothing: its database is memory. */
export async function startKeycloak(
  t: Pick<TestContext, 'after'>,
  home: string,
  machine = QUICKLY,
): Promise<Keycloak> {
  const port = await freePort()
  const program = { name: 'keycloak', path: join(home, 'bin', 'kc.sh'), version: VERSION }
  const peer = await startPeer(
    program,
    [
      'start',
      '--optimized',
      '--hostname-strict=false',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      '--cache=local',
    ],
    port,
    {
      KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.name,
      KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
      JAVA_OPTS_APPEND: machine,
    },
    START_MS,
  )
  t.after(() => peer.stop())
  const origin = `http://127.0.0.1:${port}`
  const send = async (method: string, path: string, body: unknown): Promise<void> => {
    const authorization = `Bearer ${await administrator(origin)}`
    const answer = await fetch(`${origin}/admin/realms${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  }
  return {
    origin,
    pid: peer.pid,
    make: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
  }
}

async function administrator(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: ADMIN.name,
      password: ADMIN.password,
    }),
  })
  const read = (await answer.json()) as { readonly access_token?: string } // sound: a member of the answer or none
  if (read.access_token === undefined) throw new Error(`no administrator: ${answer.status}`)
  return read.access_token
}
