/** What a customer does, in Chromium: allow, pay, refuse, look, end; in both languages, light and dark, with script and without. */
import assert from 'node:assert/strict'
import type { BrowserContextOptions } from 'playwright-core'
import { redeem, ISSUER } from '../identity/client.ts'
import { intent } from '../identity/consents/journey.ts'
import { chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertFits, assertQuiet } from './accessible.ts'
import {
  access,
  backWith,
  type BankInBrowser,
  bankInBrowser,
  logIn,
  payment,
  send,
  UK,
} from './bank-in-browser.ts'

const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['English, light', { locale: 'en-GB', colorScheme: 'light' }],
  ['German, dark', { locale: 'de-DE', colorScheme: 'dark' }],
]

for (const [look, options] of LOOKS)
  chromiumTest(`accounts are allowed, looked at and ended: ${look}`, async (t, chromium) => {
    const bank = await bankInBrowser(t, chromium)
    const visitor = await bank.visit(options)
    const { page } = visitor
    const path = `${UK}/aisp/account-access-consents`
    const id = await bank.make(path, access())
    await page.goto(await bank.request({ claims: intent(id) }))
    await assertAccessible(page, 'login')
    await logIn(page, 'amira', 'wrong')
    await assertAccessible(page, 'login failed')
    await logIn(page)
    await assertAccessible(page, 'accounts')
    await send(page, 'button.main')
    await assertAccessible(page, 'none picked')
    await page.locator('input[value="22200"]').check()
    await send(page, 'button.main')
    const answer = await backWith(page)
    const { status } = await redeem(bank.ask, bank.client, answer.get('code') ?? '')
    assert.equal(status, 200)
    assert.equal(await bank.state(`${path}/${id}`), 'AUTH')

    await page.goto(`${ISSUER}/permissions`)
    await assertAccessible(page, 'login of one’s own')
    await logIn(page)
    await assertAccessible(page, 'permissions')
    await page.locator(`a[href$="${id}"]`).click()
    await assertAccessible(page, 'permission')
    await send(page, `form[action$="/withdraw"] button`)
    await assertAccessible(page, 'ended permission')
    assert.equal(await page.locator('form[action$="/withdraw"]').count(), 0)
    assert.equal(await bank.state(`${path}/${id}`), 'CANC')
    await page.goto(`${ISSUER}/permissions`)
    await send(page, 'form[action$="/logout"] button')
    assert.equal(await page.locator('#username').count(), 1)
    assertQuiet(visitor)
  })

chromiumTest(
  'a payment is shown, confirmed and paid, or refused, without script',
  async (t, chromium) => {
    const bank = await bankInBrowser(t, chromium)
    for (const answerOf of ['confirm', 'refuse'] as const) {
      const visitor = await bank.visit({ javaScriptEnabled: false })
      const { page } = visitor
      const path = `${UK}/pisp/domestic-payment-consents`
      const id = await bank.make(path, payment())
      await page.goto(await bank.request({ scope: 'openid payments', consent_id: id }))
      for (const text of ['165.88 GBP', 'Northern Water Company', 'Invoice 42'])
        assert.ok((await page.locator('main').innerText()).includes(text), text)
      await logIn(page)
      assert.ok((await page.locator('main').innerText()).includes('165.88 GBP'))
      await send(page, `form[action$="/${answerOf}"] button`)
      const answer = await backWith(page)
      assert.equal(answer.get('error'), answerOf === 'refuse' ? 'access_denied' : null)
      assert.equal(await bank.state(`${path}/${id}`), answerOf === 'refuse' ? 'RJCT' : 'AUTH')
      assertQuiet(visitor)
    }
  },
)

chromiumTest('every page fits a narrow screen, and one that is enlarged', async (t, chromium) => {
  const bank = await bankInBrowser(t, chromium, {
    name: `Donaudampfschifffahrts${'gesellschaft'.repeat(8)}`,
  })
  // 1280 by 1024 at 200 % is 640 by 512; 320 is what 400 % makes of it.
  for (const width of [320, 640]) {
    const visitor = await bank.visit({ locale: 'de-DE', viewport: { width, height: 512 } })
    await walk(bank, visitor.page, (where) => assertFits(visitor.page, `${where} at ${width}`))
  }
})

async function walk(
  bank: BankInBrowser,
  page: Awaited<ReturnType<BankInBrowser['visit']>>['page'],
  look: (where: string) => Promise<void>,
): Promise<void> {
  const reference = { RemittanceInformation: { Unstructured: ['X'.repeat(140)] } }
  const pay = await bank.make(`${UK}/pisp/domestic-payment-consents`, payment(reference))
  await page.goto(await bank.request({ scope: 'openid payments', consent_id: pay }))
  await look('payment')
  await logIn(page)
  await look('confirm payment')
  const id = await bank.make(`${UK}/aisp/account-access-consents`, access())
  await page.goto(await bank.request({ claims: intent(id) }))
  await logIn(page)
  await look('accounts')
  await page.locator('input[value="22200"]').check()
  await send(page, 'button.main')
  await backWith(page)
  await page.goto(`${ISSUER}/permissions`)
  await logIn(page)
  await look('permissions')
  await page.goto(`${ISSUER}/permissions/${id}`)
  await look('permission')
  await page.goto(`${ISSUER}/interaction/nothing`)
  await look('expired')
}
