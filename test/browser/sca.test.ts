/** Strong authentication in Chromium: a passkey is made, pays, approves; amount and payee first; refused, cancelled, too late, blocked, tampered with, without script. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { decoupledClient, poll } from '../identity/approvals/phone.ts'
import { askDecoupled, ISSUER, makeClient, redeem } from '../identity/client.ts'
import { PASSCODE, startStrongBank, STRONG } from '../identity/strong/strong-bank.ts'
import { type Chromium, chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertFits, assertQuiet } from './accessible.ts'
import { backWith, inBrowser, logIn, send } from './bank-in-browser.ts'
import { authenticatorOf, enrolPasskey, PASSKEYS } from './passkeys-in-browser.ts'

const PATH = '/v1/payments/sepa-credit-transfers'
const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '165.88' },
  debtorAccount: { iban: 'DE89370400440532013000' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Northern Water Company',
}
const OFFER = '[data-part="offer"] button'
const WORDS = '[data-part="words"]'

async function started(
  t: TestContext,
  chromium: Chromium,
  options: BrowserContextOptions & { readonly typed?: boolean } = {},
) {
  const { typed = true, ...look } = options
  const client = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const strong = await startStrongBank(t, [client], { passkeys: PASSKEYS, typed })
  const bank = await inBrowser(t, chromium, client, strong)
  const visitor = await bank.visit(look)
  const { page } = visitor
  const device = await authenticatorOf(page)
  return {
    ...bank,
    visitor,
    page,
    device,
    enrol: () => enrolPasskey(page, chromium, bank.sca),
    /** As far as the step. */
    async begin(): Promise<string> {
      const id = await bank.make(PATH, PAYMENT)
      await page.goto(await bank.request({ scope: 'openid payments', consent_id: id }))
      await logIn(page)
      return id
    },
    status: (id: string) => bank.state(`${PATH}/${id}/status`),
  }
}
/** Asks for the passkey, and waits for the page that the answer leads to. */
const pressed = (page: Page): Promise<void> => send(page, OFFER)

async function type(page: Page, token: (question: string) => string, passcode = PASSCODE) {
  await page.locator('#passcode').fill(passcode)
  const question = (await page.locator('main code').textContent()) ?? ''
  await page.locator('#transaction-code').fill(token(question))
}

for (const [look, options] of [
  ['English, light', { locale: 'en-GB', colorScheme: 'light' }],
  [
    'German, dark, narrow',
    { locale: 'de-DE', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  ],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[])
  chromiumTest(`a payment by passkey: ${look}`, async (t, chromium) => {
    const bank = await started(t, chromium, options)
    const { page } = bank
    await bank.enrol()
    const id = await bank.begin()
    await page.locator(OFFER).waitFor()
    await assertAccessible(page, 'passkey')
    await assertFits(page, 'passkey')
    // RTS Art. 5(1)(a): seen before there is anything to press.
    const seen = await page.evaluate<boolean>(
      `[...document.querySelectorAll('dd')].some((one) => one.textContent.includes('Northern Water Company') && one.compareDocumentPosition(document.querySelector('${OFFER}')) & 4)`,
    )
    assert.ok(seen)
    const text = await page.locator('main').innerText()
    assert.ok(/165[.,]88 EUR/.test(text), text)
    const before = await bank.device.signed()
    // By the keyboard alone; where it is can be seen.
    await page.keyboard.press('Tab')
    const focused = await page.evaluate<string>(
      `document.activeElement.parentElement.dataset.part + ' ' + getComputedStyle(document.activeElement).outlineStyle`,
    )
    assert.equal(focused, 'offer solid')
    await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')])
    const answer = await backWith(page)
    assert.equal(await bank.device.signed(), before + 1)
    assert.equal(await bank.status(id), 'ACTC')
    const { body } = await redeem(bank.ask, bank.client, answer.get('code') ?? '')
    const claims = decodeJwt(String(body['access_token']))
    assert.equal(claims['acr'], STRONG)
    assert.deepEqual(claims['amr'], ['hwk', 'user', 'mfa'])
    const record = await bank.record()
    assert.equal(record?.decision.authentication, 'succeeded')
    assertQuiet(bank.visitor)
  })

chromiumTest(
  'who is not known to the device is told so, and can still type',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    const { page } = bank
    await bank.enrol()
    const id = await bank.begin()
    await bank.device.knows(false)
    await page.locator(OFFER).click()
    await page.locator(WORDS, { hasText: 'not used' }).waitFor()
    await assertAccessible(page, 'cancelled')
    assert.equal(await bank.status(id), 'RCVD')
    await type(page, bank.token)
    await send(page, '[data-part="typed"] button')
    await backWith(page)
    assert.equal(await bank.status(id), 'ACTC')
    assertQuiet(bank.visitor)
  },
)

chromiumTest(
  'who refuses while the device waits ends it, and nobody waits any more',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    const { page } = bank
    await bank.enrol()
    const id = await bank.begin()
    await bank.device.untouched()
    await page.locator(OFFER).click()
    await page.locator(WORDS, { hasText: 'Your device' }).waitFor()
    await send(page, 'form[action$="/refuse"] button')
    assert.equal((await backWith(page)).get('error'), 'access_denied')
    assert.equal(await bank.status(id), 'RJCT')
    assertQuiet(bank.visitor)
  },
)

chromiumTest(
  'the time that is left can be read, is said seldom, and when it is over there is a way on',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    const { page } = bank
    await bank.enrol()
    await page.clock.install()
    const id = await bank.begin()
    await bank.device.untouched()
    const clock = page.locator('[data-part="clock"]')
    await clock.waitFor()
    assert.match((await clock.textContent()) ?? '', /^(5:00|4:5\d)$/)
    // A person hears what changes in the live region: three times in five minutes.
    await page.evaluate(
      `window.said = []; new MutationObserver(() => said.push(document.querySelector('${WORDS}').textContent)).observe(document.querySelector('${WORDS}'), { childList: true })`,
    )
    await page.clock.runFor(200_000)
    assert.deepEqual(await page.evaluate('said'), [])
    await page.locator(OFFER).click()
    await page.locator(WORDS, { hasText: 'Your device' }).waitFor()
    await page.clock.runFor(102_000)
    const said = (await page.evaluate<readonly string[]>('said')).map(
      (one) => /\d+|\w+/.exec(one)?.[0],
    )
    assert.deepEqual(said.slice(0, 4), ['Your', '60', '30', '10'])
    assert.match((await page.locator(WORDS).textContent()) ?? '', /over/)
    assert.ok(await page.locator(OFFER).isDisabled())
    assert.ok(await page.locator('#passcode').isDisabled())
    const again = page.locator('[data-part="again"]')
    assert.equal(await page.evaluate('document.activeElement.dataset.part'), 'again')
    await assertAccessible(page, 'over')
    await again.click()
    await page.locator(OFFER).waitFor()
    assert.equal(await page.locator(OFFER).isDisabled(), false)
    assert.equal(await bank.status(id), 'RCVD')
  },
)

/** Something else than what the server asked, in the page. */
const spoil = (page: Page): Promise<void> =>
  page.evaluate(
    `{ const form = document.querySelector('form[data-passkey]'); const asked = JSON.parse(form.dataset.passkey); form.dataset.passkey = JSON.stringify({ ...asked, challenge: asked.challenge.slice(0, -2) + 'AA' }) }`,
  )

chromiumTest(
  'a page that was tampered with pays nothing else than the server showed',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    const { page } = bank
    await bank.enrol()
    // Another text on the page is no other payment: what is signed is the server's.
    const id = await bank.begin()
    await page.evaluate(
      `for (const one of document.querySelectorAll('dd')) one.textContent = one.textContent.replace('165.88', '1.00')`,
    )
    await pressed(page)
    await backWith(page)
    const act = bank.questions.at(-1)?.act
    assert.deepEqual(act && 'amount' in act && act.amount, { value: '165.88', currency: 'EUR' })
    assert.equal(await bank.status(id), 'ACTC')
    // A signature over something else, and one under another transaction of the same customer.
    const first = await bank.begin()
    const transaction = await page.locator('input[name="transaction"]').getAttribute('value')
    const second = await bank.begin()
    await spoil(page)
    const failed = page.waitForResponse((response) => response.request().method() === 'POST')
    await pressed(page)
    assert.equal((await failed).status(), 403)
    await assertAccessible(page, 'failed')
    await page.evaluate(
      `document.querySelector('input[name="transaction"]').value = ${JSON.stringify(transaction)}`,
    )
    const crossed = page.waitForResponse((response) => response.request().method() === 'POST')
    await pressed(page)
    assert.ok((await crossed).status() >= 400)
    assert.deepEqual([await bank.status(first), await bank.status(second)], ['RCVD', 'RCVD'])
    assertQuiet(bank.visitor)
  },
)

chromiumTest(
  'five wrong answers block, whichever they were, and then the right one does not count',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    const { page } = bank
    await bank.enrol()
    const id = await bank.begin()
    for (let at = 0; at < 5; at++) {
      if (at % 2 === 0) {
        await spoil(page)
        await pressed(page)
      } else {
        await type(page, bank.token, 'wrong harbour')
        await send(page, '[data-part="typed"] button')
      }
      assert.equal(await page.locator('#failed').count(), 1)
    }
    await assertAccessible(page, 'blocked')
    await pressed(page)
    assert.equal(await page.locator('#failed').count(), 1)
    assert.equal(await bank.status(id), 'RCVD')
  },
)

chromiumTest(
  'without script passcode and transaction code work; where there is a passkey only, it says why not',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    await bank.enrol()
    const { page } = await bank.visit({ javaScriptEnabled: false })
    const id = await bank.make(PATH, PAYMENT)
    await page.goto(await bank.request({ scope: 'openid payments', consent_id: id }))
    await logIn(page)
    assert.equal(await page.locator(OFFER).isVisible(), false)
    await type(page, bank.token)
    await send(page, '[data-part="typed"] button')
    await backWith(page)
    assert.equal(await bank.status(id), 'ACTC')

    const only = await started(t, chromium, { typed: false })
    await only.enrol()
    const still = await only.visit({ javaScriptEnabled: false })
    const other = await only.make(PATH, PAYMENT)
    await still.page.goto(await only.request({ scope: 'openid payments', consent_id: other }))
    await logIn(still.page)
    assert.equal(await still.page.locator('noscript').count(), 1)
    assert.equal(await still.page.locator('input:not([type=hidden])').count(), 0)
    await send(still.page, 'form[action$="/refuse"] button')
    assert.equal(await only.status(other), 'RJCT')
  },
)

chromiumTest('on such a page our one script runs, and nothing else does', async (t, chromium) => {
  const bank = await started(t, chromium)
  const { page } = bank
  await bank.enrol()
  const answer = page.waitForResponse((one) => one.request().resourceType() === 'script')
  await bank.begin()
  const script = await answer
  const policy = (await page.reload())?.headers()['content-security-policy'] ?? ''
  assert.equal(/script-src ([^;]*);/.exec(policy)?.[1], script.url())
  assert.equal(new URL(script.url()).origin, ISSUER)
  assert.doesNotMatch(policy, /unsafe|\*/)
  await page.evaluate(
    `{ try { document.body.appendChild(document.createElement('script')).textContent = 'document.title = 1' } catch {} }`,
  )
  await page.evaluate(
    `{ try { const one = document.createElement('script'); one.src = '${ISSUER}/screens.css'; document.body.append(one) } catch {} }`,
  )
  assert.notEqual(await page.title(), '1')
  // A page without a passkey in it runs none.
  await page.goto(`${ISSUER}/permissions`)
  assert.equal(await page.locator('script').count(), 0)
})

chromiumTest(
  'a passkey is made under “my security”, with what there is already',
  async (t, chromium) => {
    const bank = await started(t, chromium, { viewport: { width: 320, height: 640 } })
    const { page } = bank
    await page.goto(`${ISSUER}/security`)
    await logIn(page)
    await page.goto(`${ISSUER}/security/add/passkey`)
    await assertAccessible(page, 'authorise')
    await type(page, bank.token)
    await send(page, 'form[action$="/add/passkey"] button.main')
    await page.locator(OFFER).waitFor()
    await assertAccessible(page, 'new passkey')
    await assertFits(page, 'new passkey')
    await page.locator('#label').fill('Laptop')
    // Enter is the button: there is no other answer.
    await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')])
    const mine = async () =>
      (await bank.sca.enrolment.devices('cust-amira')).filter(({ kind }) => kind === 'passkey')
    assert.deepEqual(
      (await mine()).map(({ label }) => label),
      ['Laptop'],
    )
    assert.match(await page.locator('main').innerText(), /Laptop/)
    await assertAccessible(page, 'made')
    // The next one is allowed by it; the same device has one already.
    await page.goto(`${ISSUER}/security/add/passkey`)
    await pressed(page)
    await page.locator('#label').waitFor()
    await page.locator(OFFER).click()
    await page.locator(WORDS, { hasText: 'already' }).waitFor()
    assert.equal((await mine()).length, 1)
    // And it goes by itself.
    await page.goto(`${ISSUER}/security/element/${(await mine())[0]?.id}/remove`)
    await type(page, bank.token)
    await send(page, '[data-part="typed"] button')
    assert.equal((await mine()).length, 0)
    assertQuiet(bank.visitor)
  },
)

for (const [look, options] of [
  ['English', { locale: 'en-GB' }],
  [
    'German, dark, narrow',
    { locale: 'de-DE', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  ],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[])
  chromiumTest(
    `who has nothing makes a passkey with two codes of the bank: ${look}`,
    async (t, chromium) => {
      const bank = await started(t, chromium, options)
      const { page } = bank
      const { enrolment } = bank.sca
      const both = await enrolment.activation({
        subject: 'cust-ben',
        kind: 'passkey',
        channel: 'post',
        second: 'message',
        lifeMs: 86_400_000,
        recovers: false,
      })
      const [letter = '', message = ''] = both.split(' ')
      assert.notEqual(message, '')
      const judged = async (where: string): Promise<void> => {
        await assertAccessible(page, where)
        await assertFits(page, where)
      }
      const send2 = async (first: string, second: string): Promise<void> => {
        await page.locator('#code').fill(first)
        await page.locator('#second').fill(second)
        await send(page, 'form[action$="/code/passkey"] button')
      }
      await page.goto(`${ISSUER}/security`)
      await logIn(page, 'ben')
      await page.locator('a[href="/security/code/passkey"]').click()
      await page.locator('#second').waitFor()
      await judged('two codes')
      // Each field says what it is for; the second may be left empty, for who was in the branch.
      for (const [field, hint] of [
        ['code', 'hint'],
        ['second', 'why-second'],
      ] as const) {
        assert.equal(await page.locator(`label[for="${field}"]`).count(), 1)
        assert.equal(await page.locator(`#${field}`).getAttribute('aria-describedby'), hint)
        assert.notEqual(await page.locator(`#${hint}`).innerText(), '')
      }
      // One of them is none, in either field, and neither is the same one twice.
      for (const [first, second] of [
        [letter, ''],
        [message, ''],
        [letter, letter],
      ] as const) {
        await send2(first, second)
        assert.equal(await page.locator('#failed').count(), 1)
        assert.equal(await page.locator(OFFER).count(), 0)
      }
      await judged('one of two')
      // By the keyboard: the one field follows the other, and Enter sends both.
      await page.locator('#code').fill(letter)
      await page.keyboard.press('Tab')
      await page.keyboard.type(message.toLowerCase())
      await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')])
      await page.locator(OFFER).waitFor()
      await judged('new passkey')
      await pressed(page)
      const made = await enrolment.devices('cust-ben')
      assert.deepEqual(
        made.map(({ kind }) => kind),
        ['passkey'],
      )
      await judged('made')
      // They were for once.
      await page.goto(`${ISSUER}/security/code/passkey`)
      await send2(letter, message)
      assert.equal(await page.locator('#failed').count(), 1)
      assertQuiet(bank.visitor)
    },
  )

chromiumTest('a key that is copied between devices is not taken', async (t, chromium) => {
  const bank = await started(t, chromium)
  const { page } = await bank.visit()
  await authenticatorOf(page, true)
  await page.goto(`${ISSUER}/security`)
  await logIn(page)
  await page.goto(`${ISSUER}/security/add/passkey`)
  await type(page, bank.token)
  await send(page, 'form[action$="/add/passkey"] button.main')
  await pressed(page)
  assert.equal(await page.locator('#failed').count(), 1)
  await assertAccessible(page, 'not taken')
  const devices = await bank.sca.enrolment.devices('cust-amira')
  assert.ok(devices.every(({ kind }) => kind !== 'passkey'))
})

chromiumTest(
  'on the phone: the number of the other screen, then the passkey',
  async (t, chromium) => {
    const client = await decoupledClient('tpp')
    const options = { passkeys: PASSKEYS, decoupled: 'page' } as const
    const bank = await inBrowser(t, chromium, client, await startStrongBank(t, [client], options))
    const visitor = await bank.visit({ viewport: { width: 320, height: 640 } })
    const { page } = visitor
    const device = await authenticatorOf(page)
    await enrolPasskey(page, chromium, bank.sca)
    const details = [{ type: 'payment_initiation', ...PAYMENT }]
    const asked = await askDecoupled(bank.ask, client, {
      scope: 'openid payments',
      login_hint: 'amira',
      binding_message: '4711',
      authorization_details: JSON.stringify(details),
    })
    const ask = () => poll(bank.ask, client, String(asked.body['auth_req_id']))
    await page.goto(`${ISSUER}/approvals`)
    await logIn(page)
    await page.locator('ul.plain a').click()
    await page.locator(OFFER).waitFor()
    assert.match(await page.locator('main').innerText(), /165\.88 EUR[\s\S]*Northern Water Company/)
    await assertAccessible(page, 'approval')
    await assertFits(page, 'approval')
    // Without the number the device is not asked.
    const before = await device.signed()
    await page.locator(OFFER).click()
    assert.equal(await page.evaluate('document.activeElement.id'), 'number')
    await page.locator('#number').fill('4711')
    await pressed(page)
    assert.equal(await device.signed(), before + 1)
    const { status, body } = await ask()
    assert.equal(status, 200)
    assert.equal(decodeJwt(String(body['access_token']))['acr'], STRONG)
    assertQuiet(visitor)
  },
)
