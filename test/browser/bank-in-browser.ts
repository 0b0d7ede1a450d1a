/** A bank with its pages and a third party with its callback, each under its own name in Chromium; and what a person does there. */
import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { TestContext } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import {
  type Bank,
  callResource,
  ownToken,
  PASSWORD,
  startBank,
} from '../identity/consents/bank.ts'
import { begin } from '../identity/consents/journey.ts'
import { ISSUER, makeClient, type TestClient } from '../identity/client.ts'
import type { AuthorizationServerOptions } from '../../src/identity/server.ts'
import type { Chromium } from '../support/peer-chromium.ts'

export const UK = '/open-banking/v4.0'
const LOGIN_HOST = new URL(ISSUER).host
const THIRD_PARTY_HOST = 'third-party.example'

export type BankInBrowser = Awaited<ReturnType<typeof bankInBrowser>>

/** The callback of the third party says what it got in its address, and nothing else. */
const callback: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(
    '<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>Third party</title></head><body><main><h1>Back</h1></main></body></html>',
  )
}

export async function bankInBrowser(
  t: TestContext,
  chromium: Chromium,
  {
    name = 'Budget Buddy',
    elsewhere = {},
  }: {
    readonly name?: string
    readonly elsewhere?: Partial<AuthorizationServerOptions>
  } = {},
) {
  const client = await makeClient('tpp', { client_name: name })
  return inBrowser(t, chromium, client, await startBank(t, { testClients: [client], elsewhere }))
}

export async function inBrowser<B extends Bank>(
  t: TestContext,
  chromium: Chromium,
  client: TestClient,
  rig: B,
) {
  chromium.serve(LOGIN_HOST, rig.server.listener)
  chromium.serve(THIRD_PARTY_HOST, callback)
  const token = await ownToken(rig.ask, client, 'accounts payments')
  return {
    ...rig,
    client,
    chromium,
    /** A consent of the third party's, by its id. */
    async make(path: string, body: unknown): Promise<string> {
      const headers = { 'x-idempotency-key': randomUUID(), 'x-request-id': randomUUID() }
      const made = await callResource(rig.ask, client, token, 'POST', path, { body, headers })
      if (made.status !== 201) throw new Error(`${path}: ${made.status} ${made.text}`)
      return String(made.body.Data?.ConsentId ?? made.body.consentId ?? made.body.paymentId)
    },
    async state(path: string): Promise<string> {
      const { body } = await callResource(rig.ask, client, token, 'GET', path)
      return String(body.Data?.Status ?? body.consentStatus ?? body.transactionStatus)
    },
    /** Where the third party sends its customer. */
    async request(params: Readonly<Record<string, string>>): Promise<string> {
      return `${ISSUER}${await begin(rig.ask, client, params)}`
    },
    visit: (options?: BrowserContextOptions) => chromium.visit(t, options),
  }
}

export async function logIn(page: Page, username = 'amira', password = PASSWORD): Promise<void> {
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(password)
  await send(page, 'form[action$="/login"] button')
}

/** Sends the form that a button is of, and waits for the page that comes. */
export async function send(page: Page, button: string): Promise<void> {
  await Promise.all([page.waitForEvent('domcontentloaded'), page.locator(button).click()])
}

/** What the third party got, once the browser is there. */
export async function backWith(page: Page): Promise<URLSearchParams> {
  await page.waitForURL((url) => url.host === THIRD_PARTY_HOST)
  return new URL(page.url()).searchParams
}

export const access = (more = {}) => ({
  Data: {
    Permissions: ['ReadAccountsDetail', 'ReadTransactionsDetail', 'ReadTransactionsCredits'],
    ExpirationDateTime: '2099-01-01T00:00:00Z',
    ...more,
  },
  Risk: {},
})
export const payment = (more = {}) => ({
  Data: {
    Initiation: {
      InstructionIdentification: 'ACME412',
      EndToEndIdentification: 'FRESCO.21302.GFX.20',
      InstructedAmount: { Amount: '165.88', Currency: 'GBP' },
      CreditorAccount: {
        SchemeName: 'UK.OBIE.SortCodeAccountNumber',
        Identification: '08080021325690',
        Name: 'Northern Water Company',
      },
      RemittanceInformation: { Unstructured: ['Invoice 42'] },
      ...more,
    },
  },
  Risk: {},
})
