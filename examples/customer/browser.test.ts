/** The customer's browser before pages that a bank might send: what it does with them, and what it leaves alone. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { customerBrowser } from './browser.ts'

const GATEHOUSE = join(import.meta.dirname, '..', '..', 'bin', 'gatehouse')
const AMIRA = { username: 'amira', password: 'a & b', accounts: ['1', '3'] }
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-customer-'))
const pem = (name: string): string => join(folder, 'certs', `${name}.pem`)

before(() => promisify(execFile)(GATEHOUSE, ['certs', join(folder, 'certs')]))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Seen {
  readonly path: string
  readonly cookie: string
  readonly origin: string | undefined
  readonly form: URLSearchParams
}
type Answer = (seen: Seen, response: ServerResponse) => void

/** A bank with these pages; what it was asked is in `seen`. */
async function bank(t: TestContext, pages: Readonly<Record<string, Answer>>) {
  const seen: Seen[] = []
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { headers, url = '', method = '' } = request
    const one: Seen = {
      path: url,
      cookie: headers.cookie ?? '',
      origin: headers.origin,
      form: new URLSearchParams(body),
    }
    seen.push(one)
    const page = pages[`${method} ${url}`]
    if (page === undefined) response.writeHead(404).end()
    else page(one, response)
  }
  const server = createServer(
    { cert: readFileSync(pem('server')), key: readFileSync(pem('server-key')) },
    (request, response) => void answer(request, response),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo // sound: it listens on TCP
  const issuer = `https://127.0.0.1:${port}`
  const browser = customerBrowser({ issuer, api: issuer, authority: pem('ca') }, AMIRA)
  return { browser, seen, at: (path: string) => new URL(path, issuer) }
}
const to =
  (location: string, ...cookies: string[]): Answer =>
  (_, response) =>
    void response.writeHead(303, { location, 'set-cookie': cookies }).end()
const html =
  (text: string, ...cookies: string[]): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'set-cookie': cookies }).end(text)
const form = (action: string, inside = ''): string =>
  `<form method="post" action="${action}"><input type="hidden" name="form" value="t&quot;1" />${inside}<button>ok</button></form>`

test('a customer logs in, ticks what is theirs to tick, and comes back to whoever sent them', async (t) => {
  const box = (value: string): string => `<input type="checkbox" name="account" value="${value}" />`
  const { browser, seen, at } = await bank(t, {
    'GET /authorize?a=1': to('/i/1', 'session=s1; Path=/; Secure', 'there=x; Path=/elsewhere'),
    'GET /i/1': html(`<h1>Budget &amp; Co asks</h1>${form('/i/1/refuse')}${form('/i/1/login')}`),
    'POST /i/1/login': to('/i/2', 'session=s2; Path=/'),
    'GET /i/2': html(`<h1>Which?</h1>${form('/i/2/confirm', box('1') + box('2') + box('3'))}`),
    'POST /i/2/confirm': to('https://third-party.example/callback?code=c', 'session=; Max-Age=0'),
  })
  const back = await browser.approve(at('/authorize?a=1'))
  assert.equal(back.href, 'https://third-party.example/callback?code=c')
  assert.deepEqual(browser.seen, ['Budget & Co asks', 'Which?'])
  const [first, , login, , confirm] = seen
  assert.equal(first?.cookie, '')
  assert.equal(login?.cookie, 'session=s1', 'a cookie of another path stays at home')
  assert.equal(login?.origin, at('/').origin)
  assert.equal(login?.form.get('password'), 'a & b')
  assert.equal(login?.form.get('form'), 't"1')
  assert.equal(confirm?.cookie, 'session=s2')
  assert.deepEqual(confirm?.form.getAll('account'), ['1', '3'])
})

test('a page that nobody told the customer of is left alone, and named', async (t) => {
  const { browser, at, seen } = await bank(t, {
    'GET /a': html(`<h1>Lend us your house?</h1>${form('/a/mortgage')}`),
  })
  await assert.rejects(browser.approve(at('/a')), /Lend us your house\?/)
  assert.equal(seen.length, 1)
})

test('pages and redirects without end come to one', async (t) => {
  const { browser, at, seen } = await bank(t, {
    'GET /turn': to('/turn'),
    'GET /again': html(`<h1>Again</h1>${form('/again/login')}`),
    'POST /again/login': to('/again'),
  })
  await assert.rejects(browser.approve(at('/turn')), /without end/)
  await assert.rejects(browser.approve(at('/again')), /“Again”/)
  assert.ok(seen.length < 100)
})

test('what cannot be withdrawn is not', async (t) => {
  const { browser, seen } = await bank(t, {
    'GET /permissions': html('<h1>My permissions</h1>'),
    'GET /permissions/1': html(`<h1>Budget Buddy</h1>${form('/permissions/1/withdraw')}`),
    'POST /permissions/1/withdraw': html('<h1>Budget Buddy</h1>'),
    'GET /permissions/2': html('<h1>Budget Buddy</h1>'),
  })
  await browser.withdraw('1')
  assert.equal(seen.at(-1)?.path, '/permissions/1/withdraw')
  await assert.rejects(browser.withdraw('2'), /nothing to withdraw/)
})
