/** A payment that is confirmed on a phone, begun on the page of the bank, in Chromium: approved, refused, too late, refused again and again; and without script. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Said } from '../../examples/bank/sca.ts'
import { phoneBackEnd } from '../../examples/phone/back-end.ts'
import type { JsonObject } from '../../src/lib/index.ts'
import { textAt } from '../../src/identity/consents/shape.ts'
import type { CodeMessage } from '../../src/sca/index.ts'
import { TRANSACTION_MS } from '../../src/sca/transactions/desk.ts'
import { makeClient } from '../identity/client.ts'
import { enrol, PASSCODE, startStrongBank } from '../identity/strong/strong-bank.ts'
import { type Chromium, chromiumTest } from '../support/peer-chromium.ts'
import { assertAccessible, assertFits, assertQuiet } from './accessible.ts'
import { backWith, inBrowser, logIn, send } from './bank-in-browser.ts'

const PATH = '/v1/payments/sepa-credit-transfers'
const PHONE = 'https://phone.bank.example/'
const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '165.88' },
  debtorAccount: { iban: 'DE89370400440532013000' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Northern Water Company',
}
const NARROW = { viewport: { width: 320, height: 640 } }
const ASK = 'button[name="ask"][value="approval"]'

async function started(t: TestContext, chromium: Chromium, look: BrowserContextOptions = {}) {
  const client = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const pushed: string[] = []
  const sent: CodeMessage[] = []
  let late = 0
  const clock = { now: () => Date.now() + late, monotonic: () => performance.now() + late }
  const strong = await startStrongBank(t, [client], {
    clock,
    typed: false,
    push: { push: ({ transaction }) => Promise.resolve(void pushed.push(transaction)) },
    sender: { send: (message) => Promise.resolve(void sent.push(message)) },
  })
  await enrol(strong.sca, 'cust-amira', 'passcode', () => PASSCODE)
  const bank = await inBrowser(t, chromium, client, strong)
  const phone = phoneBackEnd(callsOf(strong.sca), enrolling(strong.sca))
  chromium.serve(new URL(PHONE).host, (request, response) => {
    phone.pushed(pushed.at(-1) ?? 'none')
    phone.listener(request, response)
  })
  const device = await chromium.visit(t, NARROW)
  await device.page.goto(PHONE)
  await device.page.locator('#enrol').click()
  await said(device.page, 'is set up')
  const visitor = await bank.visit(look)
  return {
    ...bank,
    page: visitor.page,
    visitor,
    device,
    pushed,
    sent,
    later: (ms: number) => void (late += ms),
    status: (id: string) => bank.state(`${PATH}/${id}/status`),
    async begin(page: Page = visitor.page): Promise<string> {
      const id = await bank.make(PATH, PAYMENT)
      await page.goto(await bank.request({ scope: 'openid payments', consent_id: id }))
      await logIn(page)
      return id
    },
    /** The phone shows what waits. */
    async shows(): Promise<string> {
      await device.page.locator('#look').click()
      await device.page.locator('#question').waitFor()
      return device.page.locator('#shown').innerText()
    },
    async approves(number: string): Promise<void> {
      await device.page.locator('#number').fill(number)
      await device.page.locator('#question button[type="submit"]').click()
    },
  }
}
const said = (page: Page, hasText: string): Promise<void> =>
  page.locator('#words', { hasText }).waitFor()
const numberOn = async (page: Page): Promise<string> =>
  ((await page.locator('[data-part="number"]').textContent()) ?? '').trim()
const LOOK = 'a[href*="looked"]'

/** As `/sca/v1` answers; tokens and proofs of its clients have a clock that this test does not move. */
function callsOf({ devices }: Awaited<ReturnType<typeof startStrongBank>>['sca']) {
  const said = (found: Awaited<ReturnType<typeof devices.question | typeof devices.answer>>) =>
    found.ok
      ? {
          status: 200,
          body: typeof found.value === 'string' ? { decision: found.value } : found.value,
        }
      : { status: 404, body: { code: found.error.code } }
  const idIn = (path: string): string => path.replace('/approvals/', '')
  return {
    get: async (path: string) => said(await devices.question(idIn(path))) as Said,
    post: async (path: string, body: object = {}) =>
      said(await devices.answer(idIn(path), 'signed' in body ? String(body.signed) : '')) as Said,
  }
}

function enrolling({ enrolment }: Awaited<ReturnType<typeof startStrongBank>>['sca']) {
  const subject = 'cust-amira'
  let begun = ''
  return {
    async begin() {
      const of = { subject, kind: 'approval', lifeMs: 60_000, recovers: true } as const
      const code = await enrolment.activation({ ...of, channel: 'post' })
      const authorisation = { kind: 'activation', code, network: '192.0.2.1' } as const
      const made = await enrolment.begin({ ...of, channel: 'app', authorisation, given: {} })
      assert.ok(made.ok)
      begun = made.value.id
      return { challenge: textAt(made.value.options, 'challenge') }
    },
    async finish(value: Readonly<Record<string, unknown>>) {
      const done = await enrolment.finish({ subject, id: begun, value: value as JsonObject }) // sound: it came as JSON
      return done.ok ? { id: done.value.id } : undefined
    },
  }
}

for (const [look, options] of [
  ['English, with script', { locale: 'en-GB' }],
  ['German, narrow, without script', { locale: 'de-DE', javaScriptEnabled: false, ...NARROW }],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[])
  chromiumTest(`approved on the phone, then paid: ${look}`, async (t, chromium) => {
    const bank = await started(t, chromium, options)
    const { page, device } = bank
    const id = await bank.begin()
    const judged = async (where: string): Promise<void> => {
      if (look.includes('without')) return
      await assertAccessible(page, where)
      await assertFits(page, where)
    }
    await judged('begin')
    await send(page, ASK)
    await judged('number')
    assert.match(await page.locator('main').innerText(), /165[.,]88 EUR[\s\S]*Northern Water/)
    const number = await numberOn(page)
    await send(page, LOOK)
    assert.equal(await page.locator('[data-part="not-yet"]').count(), 1)
    await judged('not yet')
    const seen = await bank.shows()
    assert.match(seen, /165\.88 EUR[\s\S]*Northern Water Company[\s\S]*DE02/)
    await assertAccessible(device.page, 'phone')
    await assertFits(device.page, 'phone')
    assert.ok(!(await device.page.content()).includes(`>${number}<`))
    await bank.approves(number)
    await said(device.page, 'You approved')
    assert.equal(await bank.status(id), 'RCVD')
    await send(page, LOOK)
    await judged('approved')
    await page.locator('#passcode').fill(PASSCODE)
    await send(page, 'form[action$="/sca"] button[class="main"]')
    await backWith(page)
    assert.equal(await bank.status(id), 'ACTC')
    assert.equal((await bank.record())?.decision.method, 'passcode+approval')
    assert.equal(bank.pushed.length, 1)
    assertQuiet(bank.visitor)
    assertQuiet(device)
  })

chromiumTest(
  'refused on the phone, or with another number: the page says so, and the next question waits',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    const { page, device } = bank
    const id = await bank.begin()
    await send(page, ASK)
    await bank.shows()
    await device.page.locator('#refuse').click()
    await said(device.page, 'You refused')
    await send(page, LOOK)
    assert.equal(await page.locator('[data-part="refused"]').count(), 1)
    await assertAccessible(page, 'refused')
    await send(page, 'form[action$="/refuse"] button')
    assert.equal((await backWith(page)).get('error'), 'access_denied')
    assert.equal(await bank.status(id), 'RJCT')
    await bank.begin()
    const answer = page.waitForResponse((one) => one.request().method() === 'POST')
    await send(page, ASK)
    assert.equal((await answer).status(), 429)
    await assertAccessible(page, 'asked too often')
    assert.equal(bank.pushed.length, 1)
    bank.later(61_000)
    await send(page, ASK)
    const number = await numberOn(page)
    await bank.shows()
    await bank.approves(String((Number(number) + 1) % 100).padStart(2, '0'))
    await said(device.page, 'not approved')
    await send(page, LOOK)
    assert.equal(await page.locator('[data-part="refused"]').count(), 1)
    assertQuiet(bank.visitor)
  },
)

chromiumTest(
  'too late on the phone is too late on the page; then a code that is sent pays',
  async (t, chromium) => {
    const bank = await started(t, chromium)
    await enrol(bank.sca, 'cust-amira', 'one-time-code', () => bank.sent.at(-1)?.code ?? '', {
      to: '+491701234567',
    })
    const { page, device } = bank
    const id = await bank.begin()
    await send(page, ASK)
    const number = await numberOn(page)
    await bank.shows()
    bank.later(TRANSACTION_MS)
    await bank.approves(number)
    await said(device.page, 'not approved')
    await send(page, LOOK)
    assert.equal(await page.locator('#failed').count(), 1)
    assert.equal(await page.locator('[data-part="number"]').count(), 0)
    await assertAccessible(page, 'over')
    await send(page, 'button[name="ask"][value="one-time-code"]')
    await assertAccessible(page, 'code')
    const message = bank.sent.at(-1)
    assert.equal(message?.transaction?.shown.payments[0]?.payeeName, 'Northern Water Company')
    await page.locator('#passcode').fill(PASSCODE)
    await page.locator('#one-time-code').fill(message.code)
    await send(page, 'form[action$="/sca"] button[class="main"]')
    await backWith(page)
    const { decision } = (await bank.record()) ?? {}
    assert.deepEqual([decision?.method, decision?.state], ['passcode+one-time-code', 'done'])
    assert.notEqual(id, '')
    assertQuiet(bank.visitor)
  },
)
