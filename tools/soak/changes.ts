/** What changes beneath a gateway while it is soaked: consents given and withdrawn, keys, certificates, lists, configuration. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { jwks, signingKey } from '../../test/support/token-issuer.ts'
import { readerConsent, type SoakedBank } from './bank.ts'

export interface Changes {
  /** Makes the next ones. */
  step(): void
  readonly made: number
  /** A consent that was withdrawn through the feed, long enough ago to be sure. */
  withdrawn(): string | undefined
}

/** Steps until what is in the feed surely counts. */
const SURE_STEPS = 4
/** Consents that come and go; what is gone from the feed must be gone from memory. */
const KEPT_STEPS = 24

export function changes(bank: SoakedBank): Changes {
  const { home, gateway } = bank
  const next = signingKey('key-2')
  let made = 0
  const consent = (step: number): string => `consent-brief-${step}`
  return {
    get made() {
      return made
    },
    withdrawn: () => (made > 2 * SURE_STEPS ? consent(made - SURE_STEPS - 1) : undefined),
    step() {
      const step = made++
      home.write(`feed/consents/brief-${step}.json`, readerConsent(consent(step)))
      // Withdrawn a step later, so that it was good for a while.
      if (step > 0)
        home.write(`feed/revocations/brief-${step - 1}.json`, {
          consent: consent(step - 1),
          at: new Date().toISOString(),
          reason: 'withdrawn by the customer',
        })
      if (step >= KEPT_STEPS)
        for (const folder of ['consents', 'revocations'])
          home.remove(`feed/${folder}/brief-${step - KEPT_STEPS}.json`)
      if (step % 3 === 0)
        home.write('jwks.json', step % 2 === 0 ? jwks(home.key, next) : jwks(home.key))
      if (step % 4 === 0) copyFileSync(bank.pem('crl'), join(home.dir, 'served', 'crl.pem'))
      if (step % 5 === 0) {
        home.write('gatehouse.yaml', bank.configurationOf(step))
        gateway.child.kill('SIGHUP')
      }
      if (step % 6 === 0) bank.changeServerCertificate()
    },
  }
}
