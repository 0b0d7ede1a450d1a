/** What a customer does with what he confirms by, in Chromium, as axe-core judges each page: enrol, confirm, approve, remove; and pages of errors. No script is needed. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { askDecoupled, ISSUER } from '../identity/client.ts'
import { decoupledClient } from '../identity/approvals/phone.ts'
import { ocra, PASSCODE, startStrongBank } from '../identity/strong/strong-bank.ts'
import { type Chromium, chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertFits, assertQuiet } from './accessible.ts'
import { logIn, send } from './bank-in-browser.ts'

const HOST = new URL(ISSUER).host
const NEW = 'a quiet orchard'
const PAY = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: `Donaudampfschifffahrts${'gesellschaft'.repeat(4)}`,
  creditorAccount: { iban: 'DE02100100109307118603' },
}

async function bankWith(t: TestContext, chromium: Chromium) {
  const client = await decoupledClient('tpp')
  const bank = await startStrongBank(t, [client], { decoupled: 'page' })
  chromium.serve(HOST, bank.server.listener)
  const codeFor = (subject: string, kind: 'passcode' | 'transaction-code') =>
    bank.sca.enrolment.activation({
      subject,
      kind,
      channel: 'post',
      lifeMs: 86_400_000,
      recovers: false,
    })
  return { ...bank, client, codeFor, visit: (of?: BrowserContextOptions) => chromium.visit(t, of) }
}
type Bank = Awaited<ReturnType<typeof bankWith>>

const question = (page: Page): Promise<string> => page.locator('form code').innerText()
async function confirm(page: Page, { token }: Pick<Bank, 'token'>, button: string): Promise<void> {
  await page.locator('#passcode').fill(PASSCODE)
  await page.locator('#transaction-code').fill(token(await question(page)))
  await send(page, button)
}

for (const [look, options] of [
  ['English, light', { locale: 'en-GB', colorScheme: 'light' }],
  ['German, dark', { locale: 'de-DE', colorScheme: 'dark' }],
] as const)
  chromiumTest(`a customer enrols with codes of the bank: ${look}`, async (t, chromium) => {
    const bank = await bankWith(t, chromium)
    const visitor = await bank.visit(options)
    const { page } = visitor
    await page.goto(`${ISSUER}/security`)
    await assertAccessible(page, 'login')
    await logIn(page, 'ben')
    await assertAccessible(page, 'nothing yet')
    const passcode = await bank.codeFor('cust-ben', 'passcode')
    await page.goto(`${ISSUER}/security/add`)
    await assertAccessible(page, 'what to add')
    await page.goto(`${ISSUER}/security/code/passcode`)
    await assertAccessible(page, 'code of the bank')
    await page.locator('#code').fill('ABCD-EFGH-JKMN')
    await send(page, 'form[action$="/code/passcode"] button')
    await assertAccessible(page, 'wrong code')
    await page.locator('#code').fill(passcode)
    await send(page, 'form[action$="/code/passcode"] button')
    await assertAccessible(page, 'choose a passcode')
    await page.locator('#value').fill(NEW)
    await page.locator('#repeat').fill('another')
    await send(page, 'form[action$="/finish/passcode"] button')
    await assertAccessible(page, 'not the same')
    await page.locator('#value').fill(NEW)
    await page.locator('#repeat').fill(NEW)
    await send(page, 'form[action$="/finish/passcode"] button')
    await assertAccessible(page, 'an element')

    await page.goto(`${ISSUER}/security/code/transaction-code`)
    await page.locator('#code').fill(await bank.codeFor('cust-ben', 'transaction-code'))
    await send(page, 'form[action$="/code/transaction-code"] button')
    await assertAccessible(page, 'a secret')
    const hex = (await page.locator('dl code').last().innerText()).replaceAll(' ', '')
    await page
      .locator('#value')
      .fill(ocra(Buffer.from(hex, 'hex').toString('base64url'), await question(page)))
    await send(page, 'form[action$="/finish/transaction-code"] button')
    await page.goto(`${ISSUER}/security`)
    await assertAccessible(page, 'my security')
    assert.equal(await page.locator('a[href^="/security/element/"]').count(), 2)
    assertQuiet(visitor)
  })

chromiumTest(
  'without script: confirmed with passcode and code, added, approved and removed',
  async (t, chromium) => {
    const bank = await bankWith(t, chromium)
    const visitor = await bank.visit({
      javaScriptEnabled: false,
      viewport: { width: 320, height: 512 },
    })
    const { page } = visitor
    await page.goto(`${ISSUER}/security`)
    await logIn(page)
    await page.goto(`${ISSUER}/security/add/totp`)
    await confirm(page, bank, 'form[action$="/add/totp"] button')
    assert.equal(await page.locator('a[href^="otpauth:"]').count(), 1)
    const asked = await askDecoupled(bank.ask, bank.client, {
      scope: 'openid payments',
      login_hint: 'amira',
      authorization_details: JSON.stringify([PAY]),
    })
    assert.equal(asked.status, 200)
    await page.goto(`${ISSUER}/approvals`)
    await logIn(page).catch(() => undefined)
    await page.locator('a[href^="/approvals/"]').click()
    const text = await page.locator('main').innerText()
    for (const part of ['123.50 EUR', 'DE02 1001 0010 9307 1186 03'])
      assert.ok(text.includes(part), part)
    await confirm(page, bank, 'form[action$="/approve"] button')
    assert.equal((await bank.record())?.decision.state, 'done')

    await page.goto(`${ISSUER}/security`)
    const [token] = (await bank.sca.enrolment.devices('cust-amira')).filter(
      ({ kind }) => kind === 'transaction-code',
    )
    await page.goto(`${ISSUER}/security/element/${token?.id}/remove`)
    await confirm(page, bank, 'form[action$="/remove"] button')
    assert.equal((await bank.sca.enrolment.devices('cust-amira')).length, 1)
    assertQuiet(visitor)
  },
)

chromiumTest(
  'approvals, removal and pages of errors: as axe has them, and narrow',
  async (t, chromium) => {
    const bank = await bankWith(t, chromium)
    const visitor = await bank.visit({ locale: 'de-DE', viewport: { width: 320, height: 512 } })
    const { page } = visitor
    const look = async (where: string): Promise<void> => {
      await assertAccessible(page, where)
      await assertFits(page, where)
    }
    await page.goto(`${ISSUER}/approvals`)
    await logIn(page)
    await look('nothing waits')
    await askDecoupled(bank.ask, bank.client, {
      scope: 'openid payments',
      login_hint: 'amira',
      binding_message: '4711',
      authorization_details: JSON.stringify([PAY]),
    })
    await page.goto(`${ISSUER}/approvals`)
    await look('one waits')
    await page.locator('a[href^="/approvals/"]').first().click()
    await look('payment to approve')
    await page.locator('#number').fill('4711')
    await page.locator('#passcode').fill('wrong harbour')
    await page.locator('#transaction-code').fill('00000000')
    await send(page, 'form[action$="/approve"] button')
    await look('wrong answer')
    await send(page, 'form[action$="/refuse"] button')
    await look('refused')
    const [element] = await bank.sca.enrolment.devices('cust-amira')
    for (const [path, where] of [
      ['/security', 'my security'],
      ['/security/add/totp', 'confirm'],
      [`/security/element/${element?.id}`, 'an element'],
      [`/security/element/${element?.id}/remove`, 'remove it'],
      ['/security/nothing', 'no such page'],
    ] as const) {
      await page.goto(`${ISSUER}${path}`)
      await look(where)
    }
    // The library's own: no client, and a request that is none.
    for (const query of ['', '?client_id=nobody', '?client_id=tpp&request_uri=urn:nothing']) {
      await page.goto(`${ISSUER}/authorize${query}`)
      await look(`error of the library ${query}`)
      assert.equal(await page.locator('h1').count(), 1)
    }
  },
)
