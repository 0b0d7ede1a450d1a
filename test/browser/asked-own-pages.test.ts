/** A device that is asked and a code that is sent, from `/approvals` and `/security`, in Chromium, as axe-core judges each page; and without script. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { decoupledClient, poll } from '../identity/approvals/phone.ts'
import { askDecoupled, ISSUER } from '../identity/client.ts'
import { askedBank } from '../identity/strong/asked-bank.ts'
import { PASSCODE } from '../identity/strong/strong-bank.ts'
import { type Chromium, chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertFits, assertQuiet } from './accessible.ts'
import { logIn, send } from './bank-in-browser.ts'

const PAY = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '165.88' },
  creditorName: 'Northern Water Company',
  creditorAccount: { iban: 'DE02100100109307118603' },
}
const NARROW = { viewport: { width: 320, height: 640 } }
const ASK = 'button[name="ask"][value="approval"]'
const SEND = 'button[name="ask"][value="one-time-code"]'
const LOOK = 'a[href*="looked"]'

async function started(t: TestContext, chromium: Chromium, look: BrowserContextOptions) {
  const client = await decoupledClient('tpp')
  const bank = await askedBank(t, [client], ['passcode', 'approval', 'one-time-code'], {
    decoupled: 'page',
  })
  chromium.serve(new URL(ISSUER).host, bank.server.listener)
  const visitor = await chromium.visit(t, look)
  const { page } = visitor
  const judged = async (where: string): Promise<void> => {
    if (look.javaScriptEnabled === false) return
    await assertAccessible(page, where)
    await assertFits(page, where)
  }
  const says = async (decision: 'approve' | 'refuse'): Promise<void> => {
    const number = decision === 'approve' ? { number: await numberOn(page) } : {}
    assert.ok((await (await bank.phone()).says(decision, number)).ok)
  }
  return { ...bank, client, visitor, page, judged, says }
}
const numberOn = async (page: Page): Promise<string> =>
  ((await page.locator('[data-part="number"]').textContent()) ?? '').trim()

for (const [look, options] of [
  ['English, with script', { locale: 'en-GB' }],
  ['German, dark, narrow', { locale: 'de-DE', colorScheme: 'dark', ...NARROW }],
  ['German, without script', { locale: 'de-DE', javaScriptEnabled: false, ...NARROW }],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[]) {
  chromiumTest(`/approvals asks a device, and is answered: ${look}`, async (t, chromium) => {
    const bank = await started(t, chromium, options)
    const { page, judged } = bank
    const asked = await askDecoupled(bank.ask, bank.client, {
      scope: 'openid payments',
      login_hint: 'amira',
      binding_message: '4711',
      authorization_details: JSON.stringify([PAY]),
    })
    await page.goto(`${ISSUER}/approvals`)
    await logIn(page)
    await page.locator('a[href^="/approvals/"]').click()
    await judged('what to confirm by')
    await send(page, ASK)
    assert.match(await page.locator('main').innerText(), /165[.,]88 EUR[\s\S]*Northern Water/)
    await judged('number')
    await send(page, LOOK)
    assert.equal(await page.locator('[data-part="not-yet"]').count(), 1)
    await judged('not yet')
    await bank.says('approve')
    await send(page, LOOK)
    await judged('approved on the device')
    await page.locator('#number').fill('4711')
    await page.locator('#passcode').fill(PASSCODE)
    await send(page, 'form[action$="/approve"] button[class="main"]')
    await judged('thanks')
    const told = await poll(bank.ask, bank.client, String(asked.body['auth_req_id']))
    assert.equal(told.status, 200)
    assert.equal((await bank.record())?.decision.method, 'passcode+approval')
    assertQuiet(bank.visitor)
  })

  chromiumTest(
    `/security adds by a code that is sent, and is refused: ${look}`,
    async (t, chromium) => {
      const bank = await started(t, chromium, options)
      const { page, judged } = bank
      await page.goto(`${ISSUER}/security`)
      await logIn(page)
      await page.goto(`${ISSUER}/security/add/totp`)
      await judged('what to confirm by')
      await send(page, ASK)
      await judged('number')
      await bank.says('refuse')
      await send(page, LOOK)
      assert.equal(await page.locator('[data-part="refused"]').count(), 1)
      await judged('refused')
      await page.goto(`${ISSUER}/security/add/totp`)
      const answer = page.waitForResponse((one) => one.request().method() === 'POST')
      await send(page, ASK)
      assert.equal((await answer).status(), 429)
      await judged('asked too often')
      bank.later(60_000)
      await send(page, SEND)
      await judged('code')
      await page.locator('#passcode').fill(PASSCODE)
      await page.locator('#one-time-code').fill('00000000')
      await send(page, 'form[action$="/add/totp"] button[class="main"]')
      await judged('wrong code')
      await page.locator('#passcode').fill(PASSCODE)
      await page.locator('#one-time-code').fill(bank.sent.at(-1)?.code ?? '')
      await send(page, 'form[action$="/add/totp"] button[class="main"]')
      assert.equal(await page.locator('a[href^="otpauth:"]').count(), 1)
      assertQuiet(bank.visitor)
    },
  )
}
