/** What the journey of `npm start` is played with, and what it writes down. */
import type { Bank } from '../third-party/bank.ts'
import type { CallResult } from '../third-party/calls.ts'
import type { Software } from '../third-party/software.ts'
import type { CustomerBrowser } from '../customer/browser.ts'
import type { Elements } from '../customer/device.ts'
import type { ThirdParty } from '../third-party/third-party.ts'
import type { Certificates } from './certificates.ts'
import type { WebPayment } from './web-payment.ts'

export interface Step extends CallResult {
  readonly chapter: string
  /** What came of it, where its answer does not say it. */
  readonly note: string | undefined
}
export interface TourParts {
  readonly bank: Bank
  /** Of the bank's API itself, which no third party should reach. */
  readonly behind: string
  readonly software: Software
  readonly certificates: Certificates
  readonly amira: CustomerBrowser
  /** What she knows and has, for the bank's own pages. */
  readonly elements: Elements
  /** The bank's own order, once its own customer was authenticated. */
  order(payment: WebPayment): void
  /** `gatehouse` with these words, typed by somebody at the bank. */
  operate(...words: string[]): Promise<unknown>
}
export interface Journey {
  readonly steps: readonly Step[]
  readonly party: ThirdParty
}

export interface Log {
  chapter: string
  /** Something that is no call of the API. */
  say(title: string, status: number, note: string | undefined, code?: string): void
  keep(result: CallResult, note?: string): void
}
export const SAID = {
  decision: undefined,
  challenge: undefined,
  interaction: undefined,
  body: undefined,
  text: '',
  signature: undefined,
} as const
