/** Strong customer authentication with everything that it needs: one per process, over a store that all processes have in common. */
import type { Clock } from '../lib/index.ts'
import type { Store } from '../store/index.ts'
import { attemptGate, type PayerNotice } from './attempts/gate.ts'
import { type EnrolmentDesk, enrolmentDesk } from './enrolment/desk.ts'
import { approvalFactor } from './factors/approval.ts'
import { createArgon2 } from './factors/argon2.ts'
import { factorBook } from './factors/book.ts'
import type { Factor } from './factors/factor.ts'
import { type CommonPasscodes, passcodeFactor } from './factors/passcode.ts'
import { scaSealing } from './sealing.ts'
import { type TransactionDesk, transactionDesk } from './transactions/desk.ts'

export interface ScaOptions {
  /** Of the installation, 32 bytes in base64url or more; all processes have the same. */
  readonly secret: string
  /** Who gives out codes: an `https` URL. */
  readonly issuer: string
  readonly store: Store
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  readonly commonPasscodes: CommonPasscodes
  /** Tells a customer of a block by a way that is not the one on which he tries. */
  readonly alertPayer: (notice: PayerNotice) => Promise<void>
}

export interface Sca {
  readonly transactions: TransactionDesk
  readonly enrolment: EnrolmentDesk
}

/** @throws GH_SCA_SECRET */
export function openSca(options: ScaOptions): Sca {
  const { store, clock, randomBytes, issuer, alertPayer } = options
  const sealing = scaSealing(options.secret, randomBytes)
  const argon2 = createArgon2({ pepper: sealing.derive('passcodes', 32), randomBytes })
  const factors: readonly Factor[] = [
    approvalFactor,
    passcodeFactor(argon2, options.commonPasscodes),
  ]
  const book = factorBook(store, sealing)
  const gate = attemptGate({ store, sealing, clock, alertPayer })
  const parts = { store, sealing, clock, randomBytes, factors, book, gate }
  const transactions = transactionDesk({ ...parts, issuer })
  return { transactions, enrolment: enrolmentDesk({ ...parts, redeem: transactions.redeem }) }
}
