/** A customer with a passkey in Chromium: an authenticator that the browser plays (WebAuthn §11), and a page of the bank's own that loads our module. */
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import type { Page } from 'playwright-core'
import type { JsonObject, JsonValue } from '../../src/lib/index.ts'
import { passkeyScript } from '../../src/identity/strong/passkey-part.ts'
import type { PasskeySettings, Sca } from '../../src/sca/index.ts'
import { ISSUER } from '../identity/client.ts'
import { enrol, PASSKEY_SCRIPT } from '../identity/strong/strong-bank.ts'
import type { Chromium } from '../support/peer-chromium.ts'

export const OWN_PAGE = 'https://pay.bank.example'
export const PASSKEYS: PasskeySettings = {
  rpId: 'bank.example',
  rpName: 'Bank of Tests',
  origins: [ISSUER, OWN_PAGE],
}

export interface Authenticator {
  /** Whether it knows its user from now on. */
  knows(verified: boolean): Promise<void>
  /** Nobody touches it any more. */
  untouched(): Promise<void>
  /** How often its keys signed, together. */
  signed(): Promise<number>
}

/** In this page, and in what it opens itself: one device with room for keys. */
export async function authenticatorOf(page: Page, synced = false): Promise<Authenticator> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: synced,
      defaultBackupState: synced,
    },
  })
  return {
    async knows(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    async untouched() {
      const still = { authenticatorId, enabled: false }
      await session.send('WebAuthn.setAutomaticPresenceSimulation', still)
    },
    async signed() {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.reduce((sum, { signCount }) => sum + signCount, 0)
    },
  }
}

/** A page of the bank's own, under a policy of its own, that has the module and nothing else. */
export function ownPage(chromium: Chromium, body = ''): void {
  const { path, integrity } = passkeyScript(PASSKEY_SCRIPT, OWN_PAGE)
  const answer: RequestListener = (request, response) => {
    const script = request.url === path
    response.writeHead(200, {
      'content-type': script ? 'text/javascript' : 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; script-src 'self'; img-src data:",
    })
    response.end(
      script
        ? PASSKEY_SCRIPT
        : `<!doctype html><html lang="en"><head><title>Own</title><link rel="icon" href="data:,"><script type="module" src="${path}" integrity="${integrity}"></script></head><body><main><h1>Own</h1>${body}</main></body></html>`,
    )
  }
  chromium.serve(new URL(OWN_PAGE).host, answer)
}

/** What a function of the module gives for this, in a page of the bank's own; `{ reason }` where it fails. */
export async function inOwnPage(
  page: Page,
  call: 'createPasskey' | 'usePasskey',
  options: JsonObject,
): Promise<JsonObject> {
  const { path } = passkeyScript(PASSKEY_SCRIPT, OWN_PAGE)
  return page.evaluate<JsonObject>(
    `import('${path}').then((module) => module.${call}(${JSON.stringify(options)})).catch((error) => ({ reason: String(error.reason) }))`,
  )
}

/** With an activation code of the bank, on a page of its own; the key is in this page's authenticator then. */
export async function enrolPasskey(page: Page, chromium: Chromium, sca: Sca): Promise<void> {
  ownPage(chromium)
  await page.goto(OWN_PAGE)
  await enrol(sca, 'cust-amira', 'passkey', async (options): Promise<JsonValue> => {
    const made = await inOwnPage(page, 'createPasskey', options)
    assert.equal(made['reason'], undefined)
    return made
  })
}
