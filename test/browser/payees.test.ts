/** "Payees that you trust" in Chromium, as axe-core judges each page: added, confirmed, removed, refused; narrow, dark, and without script. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { ISSUER } from '../identity/client.ts'
import { PASSCODE, startStrongBank } from '../identity/strong/strong-bank.ts'
import { type Chromium, chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertFits, assertQuiet } from './accessible.ts'
import { logIn, send } from './bank-in-browser.ts'

const PAYEES = `${ISSUER}/security/payees`
/** A word that has to be broken at 320 pixels. */
const NAME = `Donaudampfschifffahrts${'gesellschaft'.repeat(4)}`

async function started(t: TestContext, chromium: Chromium, look: BrowserContextOptions) {
  const bank = await startStrongBank(t, [])
  chromium.serve(new URL(ISSUER).host, bank.server.listener)
  const visitor = await chromium.visit(t, look)
  const { page } = visitor
  const judged = async (where: string): Promise<void> => {
    if (look.javaScriptEnabled === false) return
    await assertAccessible(page, where)
    await assertFits(page, where)
  }
  return { ...bank, visitor, page, judged }
}
async function confirm(page: Page, token: (question: string) => string, code?: string) {
  await page.locator('#passcode').fill(PASSCODE)
  const question = await page.locator('form code').innerText()
  await page.locator('#transaction-code').fill(code ?? token(question))
  await send(page, 'form[action$="/confirm"] button')
}
async function add(page: Page, name: string, account: string): Promise<void> {
  await page.goto(`${PAYEES}/add`)
  await page.locator('#name').fill(name)
  await page.locator('#account').fill(account)
  await send(page, 'form[action$="/payees/add"] button')
}

for (const [look, options] of [
  ['English, light', { locale: 'en-GB' }],
  [
    'German, dark, narrow',
    { locale: 'de-DE', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  ],
  ['German, without script', { locale: 'de-DE', javaScriptEnabled: false }],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[])
  chromiumTest(`a payee is trusted, and no more: ${look}`, async (t, chromium) => {
    const bank = await started(t, chromium, options)
    const { page, judged, token } = bank
    await page.goto(`${ISSUER}/security`)
    await logIn(page)
    await page.locator('a[href="/security/payees"]').click()
    await judged('nobody')
    await page.locator('a[href="/security/payees/add"]').click()
    await judged('whom')
    await add(page, NAME, 'DE03 1001 0010 9307 1186 03')
    assert.equal(await page.locator('#failed').count(), 1)
    await judged('no account')
    await add(page, 'p\u0430ypal', 'DE02 1001 0010 9307 1186 03')
    await judged('a name that hides something')
    await add(page, NAME, 'DE02 1001 0010 9307 1186 03')
    assert.match(await page.locator('dl').innerText(), /DE02 1001 0010 9307 1186 03/)
    await judged('confirm')
    await confirm(page, token, '00000000')
    await judged('wrong code')
    await confirm(page, token)
    assert.match(await page.locator('ul.plain').innerText(), /…8603/)
    await judged('on the list')
    await send(page, 'form[action$="/remove"] button')
    await judged('to be removed')
    const confirming = page.url()
    await confirm(page, token)
    assert.equal(await page.locator('ul.plain').count(), 0)
    await page.goto(confirming)
    await judged('over')
    assertQuiet(bank.visitor)
  })
