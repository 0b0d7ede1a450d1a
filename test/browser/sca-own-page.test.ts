/** The page that the how-to for a bank's app developer shows, as it stands there, beside a back end that does what its table says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { JsonObject } from '../../src/lib/index.ts'
import type { Purpose, Sca } from '../../src/sca/index.ts'
import { makeClient } from '../identity/client.ts'
import { PASSKEY_SCRIPT, startStrongBank } from '../identity/strong/strong-bank.ts'
import { chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertQuiet } from './accessible.ts'
import { authenticatorOf, enrolPasskey, OWN_PAGE, PASSKEYS } from './passkeys-in-browser.ts'

const HOW_TO = readFileSync(
  join(import.meta.dirname, '../../docs/how-to/ask-for-strong-authentication.md'),
  'utf8',
)
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(HOW_TO)?.[1] ?? ''
const PURPOSE: Purpose = {
  kind: 'payment',
  payments: [
    {
      amount: '12.50',
      currency: 'EUR',
      creditorName: 'Shop',
      creditorAccount: { scheme: 'iban', identification: 'DE02100100109307118603' },
    },
  ],
}
const NAMES = { subject: 'cust-amira', client: 'app', audience: 'https://core.bank.example' }

/** Of one customer, who is logged in; what it has for codes is in `codes`. */
function backEnd({ transactions }: Sca, codes: string[]) {
  let id = ''
  const files = new Map([
    ['/passkeys.js', ['text/javascript', PASSKEY_SCRIPT]],
    ['/pay.js', ['text/javascript', block('js')]],
    [
      '/',
      [
        'text/html; charset=utf-8',
        `<!doctype html><html lang="en"><head><title>Pay</title><link rel="icon" href="data:,"></head><body>${block('html')}</body></html>`,
      ],
    ],
  ] as const)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [type, text] = files.get(request.url as '/') ?? []
    if (type !== undefined) {
      const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:"
      response.writeHead(200, { 'content-type': type, 'content-security-policy': policy })
      return void response.end(text)
    }
    let body = ''
    for await (const chunk of request) body += String(chunk)
    if (request.url === '/transaction') {
      const made = await transactions.create({ ...NAMES, purpose: PURPOSE })
      assert.ok(made.ok)
      id = made.value.id
      const shown = await transactions.present(id)
      return void response.end(JSON.stringify(shown.ok ? shown.value : {}))
    }
    if (request.url === '/refusal') await transactions.refuse(id)
    if (request.url === '/answer') {
      const { value = null } = JSON.parse(body) as JsonObject // sound: of the page
      const answers = [{ kind: 'passkey', value }] as const
      const verified = await transactions.verify({ id, answers, network: 'test' })
      const issued = verified.ok ? await transactions.issue(verified.value) : verified
      if (!issued.ok) return void response.writeHead(403).end()
      codes.push(issued.value.code)
    }
    response.writeHead(204).end()
  }
}

chromiumTest('a page of the bank’s own asks as the how-to says', async (t, chromium) => {
  const { sca } = await startStrongBank(t, [await makeClient('app')], { passkeys: PASSKEYS })
  const visitor = await chromium.visit(t)
  const { page } = visitor
  const device = await authenticatorOf(page)
  await enrolPasskey(page, chromium, sca)
  const codes: string[] = []
  const serve = backEnd(sca, codes)
  chromium.serve(new URL(OWN_PAGE).host, (request, response) => void serve(request, response))
  await page.goto(OWN_PAGE)
  await page.locator('#confirm').waitFor()
  await assertAccessible(page, 'own page')
  assert.match(await page.locator('main').innerText(), /12\.50 EUR[\s\S]*Shop/)
  await device.knows(false)
  await page.locator('#confirm').click()
  await page.locator('#words', { hasText: 'not used' }).waitFor()
  await device.knows(true)
  await page.locator('#confirm').click()
  await page.locator('#words', { hasText: 'Paid.' }).waitFor()
  const { audience: expectedAudience, ...names } = NAMES
  const redeemed = await sca.transactions.redeem({
    ...names,
    code: codes[0] ?? '',
    expectedAudience,
    purpose: PURPOSE,
  })
  assert.ok(redeemed.ok)
  // And who refuses while the device waits is not asked any more.
  await page.reload()
  await page.locator('#confirm').waitFor()
  await device.untouched()
  await page.locator('#confirm').click()
  await page.locator('#refuse').click()
  await page.locator('#words', { hasText: 'did not pay' }).waitFor()
  assert.equal(codes.length, 1)
  assertQuiet(visitor)
})
