/** What only a browser can show: frames that stay empty, forms of other sites, scripts that do not run, the way back, the keyboard, a restart. */
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { elsewhereAt, PROVIDER, startBankProvider } from '../identity/login/bank-provider.ts'
import { startBank } from '../identity/consents/bank.ts'
import { intent } from '../identity/consents/journey.ts'
import { ISSUER } from '../identity/client.ts'
import { chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertQuiet } from './accessible.ts'
import { access, backWith, bankInBrowser, logIn, payment, send, UK } from './bank-in-browser.ts'

const CONSENTS = `${UK}/aisp/account-access-consents`
const EVIL = 'https://evil.example'
/** A site of the attacker's, with this in its page. */
const site =
  (body: string): RequestListener =>
  (_, response) =>
    void response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(`<!doctype html><title>evil</title><body>${body}`)

chromiumTest(
  'no page of ours is shown in a frame, and no form of another site is taken',
  async (t, chromium) => {
    const bank = await bankInBrowser(t, chromium)
    const { page, context } = await bank.visit()
    const id = await bank.make(CONSENTS, access())
    await page.goto(await bank.request({ claims: intent(id) }))
    await logIn(page)
    const at = page.url()
    await send(page, 'form[action$="/confirm"] button') // nothing picked: the page stands where the form leads
    const token = await page
      .locator('form[action$="/confirm"] input[name=form]')
      .getAttribute('value')
    for (const address of [at, `${ISSUER}/permissions`]) {
      chromium.serve('evil.example', site(`<iframe id="x" src="${address}"></iframe>`))
      const frame = await context.newPage()
      await frame.goto(EVIL)
      const inside = await (await frame.locator('#x').elementHandle())?.contentFrame()
      await frame.waitForLoadState('load')
      assert.equal(await inside?.locator('form').count(), 0, address)
      await frame.close()
    }
    // Not even with the token: the cookie stays behind, and where the form comes from is said.
    const fields = `<input name="form" value="${token}"><input name="account" value="22200">`
    for (const action of [`${at}/confirm`, `${at}/refuse`, `${ISSUER}/permissions/logout`]) {
      chromium.serve(
        'evil.example',
        site(`<form method="post" action="${action}">${fields}<button>go</button></form>`),
      )
      const forged = await context.newPage()
      await forged.goto(EVIL)
      await send(forged, 'button')
      assert.equal(await forged.locator('form[action$="/confirm"]').count(), 0, action)
      await forged.close()
    }
    assert.equal(await bank.state(`${CONSENTS}/${id}`), 'AWAU')
  },
)

chromiumTest(
  'no script runs, whatever a third party is called; and cookies are not for scripts',
  async (t, chromium) => {
    const bank = await bankInBrowser(t, chromium, {
      name: '"><img src=x onerror="document.title=1"><script>document.title=1</script>',
    })
    const visitor = await bank.visit()
    const { page, context } = visitor
    const id = await bank.make(CONSENTS, access())
    await page.goto(
      await bank.request({ claims: intent(id), state: '"><script>document.title=1</script>' }),
    )
    await assertAccessible(page, 'a hostile name')
    await logIn(page)
    assert.equal(await page.locator('img, script').count(), 0)
    assert.notEqual(await page.title(), '1')
    // Even one that got in would not run.
    await page.evaluate(
      `document.body.appendChild(document.createElement('script')).textContent = 'document.title = 1'`,
    )
    assert.notEqual(await page.title(), '1')
    assert.equal(await page.evaluate('document.cookie'), '')
    for (const { name, httpOnly, secure, sameSite } of await context.cookies(ISSUER)) {
      assert.ok(httpOnly && secure, name)
      assert.notEqual(sameSite, 'None', name)
    }
  },
)

chromiumTest('the keyboard is enough, and where it is can be seen', async (t, chromium) => {
  const bank = await bankInBrowser(t, chromium)
  const visitor = await bank.visit()
  const { page } = visitor
  const id = await bank.make(CONSENTS, access())
  await page.goto(await bank.request({ claims: intent(id) }))
  const focused = (): Promise<string> =>
    page.evaluate(
      `document.activeElement.name + ' ' + getComputedStyle(document.activeElement).outlineStyle`,
    )
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'username solid')
  await page.keyboard.type('amira')
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'password solid')
  await page.keyboard.type('correct horse battery staple')
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')])
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'account solid')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.ok((await backWith(page)).has('code'))
  assertQuiet(visitor)
})

chromiumTest(
  'the way back answers nothing twice, a restart loses nothing, and what has ended says so',
  async (t, chromium) => {
    const bank = await bankInBrowser(t, chromium)
    const visitor = await bank.visit()
    const { page } = visitor
    const path = `${UK}/pisp/domestic-payment-consents`
    const id = await bank.make(path, payment())
    await page.goto(await bank.request({ scope: 'openid payments', consent_id: id }))
    await logIn(page)
    const again = await startBank(t, {
      testClients: [bank.client],
      secret: bank.secret,
      store: bank.store,
    })
    chromium.serve(new URL(ISSUER).host, again.server.listener)
    await page.reload()
    assert.ok((await page.locator('main').innerText()).includes('165.88 GBP'))
    const at = page.url()
    await send(page, 'form[action$="/confirm"] button')
    assert.ok((await backWith(page)).has('code'))
    await page.goBack()
    const ended = await page.goto(at)
    assert.equal(ended?.status(), 400)
    assert.equal(await page.locator('form').count(), 0)
    await assertAccessible(page, 'ended')
    // Somebody else with the address sees the same word.
    const stranger = await bank.visit()
    assert.equal((await stranger.page.goto(at))?.status(), 400)
    assertQuiet(visitor)
  },
)

chromiumTest(
  'at the bank’s own login: there by a link, back to the request, and to the customer’s own page',
  async (t, chromium) => {
    const provider = await startBankProvider(t)
    chromium.serve(new URL(PROVIDER).host, provider.listener)
    const bank = await bankInBrowser(t, chromium, { elsewhere: elsewhereAt(provider) })
    const visitor = await bank.visit({ locale: 'de-DE', colorScheme: 'dark' })
    const { page } = visitor
    const id = await bank.make(CONSENTS, access())
    await page.goto(await bank.request({ claims: intent(id) }))
    await assertAccessible(page, 'bank login')
    await page.locator('a.button').click()
    await page.locator('input[value="22200"]').check()
    await send(page, 'button.main')
    assert.ok((await backWith(page)).has('code'))
    await page.goto(`${ISSUER}/permissions`)
    await page.locator('a.button').click()
    // By the header of the page in between, since the cookie is strict.
    await page.locator(`a[href$="${id}"]`).click()
    await assertAccessible(page, 'permission')
    assertQuiet(visitor)
  },
)
