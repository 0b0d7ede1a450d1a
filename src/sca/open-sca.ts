/** Strong customer authentication with everything that it needs: one per process, over a store that all processes have in common. */
import type { Clock } from '../lib/index.ts'
import type { SealingKeys, Store } from '../store/index.ts'
import { attemptGate, type PayerNotice } from './attempts/gate.ts'
import { forgetAttempts } from './attempts/units.ts'
import { type ActivationSender, type CodeDesk, codeDesk } from './enrolment/code-desk.ts'
import { type EnrolmentParts, enrolmentDesk } from './enrolment/desk.ts'
import type { EnrolmentDesk } from './enrolment/enrolment.ts'
import { type GivenElements, givenElements } from './enrolment/given.ts'
import { forgetEnrolments } from './enrolment/units.ts'
import { approvalFactor, type DevicePush } from './factors/approval.ts'
import { createArgon2 } from './factors/argon2.ts'
import { bundledPasscodes } from './factors/common-passcodes.ts'
import { factorBook } from './factors/book.ts'
import type { Factor } from './factors/factor.ts'
import { type CommonPasscodes, passcodeFactor } from './factors/passcode.ts'
import { type CodeSender, oneTimeCodeFactor } from './factors/one-time-code.ts'
import { passkeyFactor, type PasskeySettings } from './factors/passkey.ts'
import { totpFactor } from './factors/totp.ts'
import { transactionCodeFactor, type TransactionSuite } from './factors/transaction-code.ts'
import type { ScaLedger } from './ledger/ledger.ts'
import { scaSealing } from './sealing.ts'
import { type DeviceDesk, deviceDesk } from './transactions/devices.ts'
import { type TransactionDesk, transactionDesk } from './transactions/desk.ts'
import { forgetFactors } from './factors/units.ts'
import { forgetTransactions } from './transactions/units.ts'

export interface ScaOptions {
  /** Of the installation; all processes have the same. */
  readonly keys: SealingKeys
  /** Who gives out codes: an `https` URL. */
  readonly issuer: string
  readonly store: Store
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  /** Absent: the bundled list. */
  readonly commonPasscodes?: CommonPasscodes
  /** Of those that need nothing else, which the bank has; absent: all. */
  readonly kinds?: ReadonlySet<PlainFactor>
  /** Of tokens that are given out from now on. */
  readonly transactionSuite?: TransactionSuite
  /** Absent: the bank does not have this factor. */
  readonly devices?: DevicePush
  readonly sender?: CodeSender
  readonly passkeys?: PasskeySettings
  /** Absent: whoever approves codes of the bank hands them over. */
  readonly sendCodes?: ActivationSender
  /** Keeps what happens to elements, before it counts; absent: nobody does. */
  readonly record?: EnrolmentParts['record']
  /** Decisions that want an authentication. */
  readonly ledger?: Pick<ScaLedger, 'authenticated' | 'evidence' | 'fits'>
  readonly maxOpen?: number
  readonly maxOpenBytes?: number
  /** Failures in a row before a block, where the bank is stricter than the law. */
  readonly maxFailures?: number
  /** Tells a customer of a block by a way that is not the one on which he tries; absent: nobody can, and then none is blocked for good. */
  readonly alertPayer?: ((notice: PayerNotice) => Promise<void>) | undefined
}
/** Factors that need no port and no setting. */
export type PlainFactor = 'passcode' | 'totp' | 'transaction-code'

export interface Sca {
  readonly transactions: TransactionDesk
  /** Questions to devices, between the device and the screen on which the customer began. */
  readonly devices: DeviceDesk
  readonly enrolment: EnrolmentDesk
  /** Codes of the bank, with which customers enrol: proposed and approved. */
  readonly codes: CodeDesk
  /** For development: elements whose secret is said beforehand, so that an example can play the customer. */
  readonly given: GivenElements
  /** Whether a block of the customer is in force: of interest to the decision (`ScaQuestion.blocked`). */
  blocked(subject: string): Promise<boolean>
  /** Takes away what has ended, of each kind at most `limit`; gives the most that went of one, fewer than `limit` when no more is left. */
  forgetEnded(limit: number): Promise<number>
}

export function openSca(options: ScaOptions): Sca {
  const { store, clock, randomBytes, issuer, keys, devices, sender, passkeys, kinds } = options
  const sealing = scaSealing(keys, randomBytes)
  const argon2 = createArgon2({ pepper: keys.lasting('sca passcodes'), randomBytes })
  const plain: readonly Factor[] = [
    passcodeFactor(argon2, options.commonPasscodes ?? bundledPasscodes()),
    transactionCodeFactor(randomBytes, options.transactionSuite),
    totpFactor(clock, randomBytes),
  ]
  const wanted: ReadonlySet<string> | undefined = kinds
  const factors: readonly Factor[] = [
    ...plain.filter(({ kind }) => wanted?.has(kind) !== false),
    ...(devices === undefined ? [] : [approvalFactor(devices, randomBytes)]),
    ...(sender === undefined ? [] : [oneTimeCodeFactor(sender, randomBytes)]),
    ...(passkeys === undefined ? [] : [passkeyFactor(passkeys)]),
  ]
  const book = factorBook(store, sealing)
  const { alertPayer, maxFailures } = options
  const gate = attemptGate({ store, sealing, clock, alertPayer, maxFailures })
  const parts = { store, sealing, clock, randomBytes, factors, book, gate }
  const transactions = transactionDesk({
    ...parts,
    keys,
    issuer,
    ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
    ...(options.maxOpen === undefined ? {} : { maxOpen: options.maxOpen }),
    ...(options.maxOpenBytes === undefined ? {} : { maxOpenBytes: options.maxOpenBytes }),
  })
  const { redeem } = transactions
  const enrolment = enrolmentDesk({ ...parts, redeem, record: options.record })
  return {
    transactions,
    devices: deviceDesk({ ...parts, transactions }),
    enrolment,
    codes: codeDesk({ ...parts, enrolment, send: options.sendCodes }),
    given: givenElements({ book, factors, clock, randomBytes }),
    blocked: gate.blocked,
    async forgetEnded(limit) {
      const ended = { now: clock.now(), limit }
      let gone = 0
      for (const unit of [forgetTransactions, forgetAttempts, forgetEnrolments, forgetFactors])
        gone = Math.max(gone, await store.run(unit, ended))
      return gone
    },
  }
}
