/**
 * Chromium beside a test: found, started once for a file of tests, stopped after them. Every name leads to one address on this machine, where
 * a test says who answers under which name; so pages have the origins that they have at a bank, over TLS, and no packet leaves. Suites that
 * need it skip by name where it is absent.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { makeCertificates } from '../../src/app/index.ts'
import { type PeerProgram, findChromium, peersRequired } from './peer-programs.ts'

export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** What the console was told: a broken policy, a failed script, a warning. */
  readonly complaints: readonly string[]
}
export interface Chromium {
  /** Whoever asks for this name from now on; the one before is gone. */
  serve(host: string, listener: RequestListener): void
  /** Somebody with a profile of their own, until the test ends. */
  visit(t: TestContext, options?: BrowserContextOptions): Promise<Visitor>
}

/** A page that does not come within this long does not come. */
const PATIENCE_MS = 15_000
const found = findChromium()
let running: Promise<{ readonly chromium: Chromium; close(): Promise<void> }> | undefined
after(async () => (await running?.catch(() => undefined))?.close())

/** A test that skips, or fails where peers are required, without Chromium. */
export function chromiumTest(
  name: string,
  body: (t: TestContext, chromium: Chromium) => Promise<void>,
): void {
  const absent = 'chromium is absent: see README'
  void test(name, { skip: found === undefined && !peersRequired ? absent : false }, async (t) => {
    if (found === undefined) throw new Error(`GATEHOUSE_REQUIRE_PEERS=1, and ${absent}`)
    running ??= start(found)
    const { chromium } = await running
    await body(t, chromium)
  })
}

async function start(program: PeerProgram) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-chromium-'))
  const listeners = new Map<string, RequestListener>()
  const { server, key } = await listen(join(folder, 'certs'), listeners)
  const { port } = server.address() as AddressInfo // sound: it listens on TCP
  const close = (): void => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  const launched = chromium.launch({
    executablePath: onPath(program.path),
    // Its sandbox does not start for root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      `--host-resolver-rules=MAP * 127.0.0.1:${port}`,
      // Trusted as if an authority of the system had signed it: what needs a secure page works.
      `--ignore-certificate-errors-spki-list=${key}`,
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const browser: Browser = await launched.catch((error: unknown) => {
    close()
    throw error
  })
  return {
    chromium: {
      serve: (host: string, listener: RequestListener) => void listeners.set(host, listener),
      visit: (t: TestContext, options: BrowserContextOptions = {}) => visit(t, browser, options),
    },
    async close() {
      await browser.close()
      close()
    },
  }
}

/** The library wants a path, and no name. */
const onPath = (command: string): string =>
  (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => resolve(folder, command))
    .find((path) => existsSync(path)) ?? command

async function visit(
  t: TestContext,
  browser: Browser,
  options: BrowserContextOptions,
): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  t.after(() => context.close())
  context.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  context.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  context.on('weberror', (failure) => complaints.push(failure.error().message))
  return { context, page: await context.newPage(), complaints }
}

async function listen(
  dir: string,
  listeners: ReadonlyMap<string, RequestListener>,
): Promise<{ readonly server: Server; readonly key: string }> {
  makeCertificates({
    dir,
    organization: 'Example Third Party DEVELOPMENT ONLY',
    organizationIdentifier: 'PSDGB-FCA-123456',
    hosts: ['localhost'],
    days: 90,
    now: Date.now(),
  })
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8')
  const cert = read('server.pem')
  const server = createServer({ cert, key: read('server-key.pem') }, (request, response) => {
    const [host = ''] = (request.headers.host ?? '').split(':')
    const listener = listeners.get(host)
    if (listener === undefined) response.writeHead(404).end()
    else listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const open = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return { server, key: createHash('sha256').update(open).digest('base64') }
}
