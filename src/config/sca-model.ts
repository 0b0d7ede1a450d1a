import type { IssuerTlsConfig } from './model.ts'
import type { SecretRef } from './shape-references.ts'

/** A service of the bank's own, asked by POST of JSON. */
export interface ScaServiceConfig {
  /** `https:`, or `http:` on loopback. */
  readonly url: string
  readonly token: SecretRef | null
  readonly tls: IssuerTlsConfig | null
  readonly timeoutMs: number
}

/** What `sca` of the file means, once it is checked. */
export interface ScaConfig {
  /** `null`: the organisation's first. */
  readonly jurisdiction: string | null
  readonly acr: string
  readonly factors: {
    readonly passcode: boolean
    readonly transactionCode: {
      readonly suite:
        | 'OCRA-1:HOTP-SHA256-8:QH64'
        | 'OCRA-1:HOTP-SHA256-10:QH64'
        | 'OCRA-1:HOTP-SHA512-8:QH64'
    } | null
    readonly totp: boolean
    readonly passkeys: {
      readonly rpId: string
      readonly rpName: string
      readonly origins: readonly string[]
      readonly syncedKeys: 'accept' | 'refuse'
      /** `roots`: absolute path of a PEM file. */
      readonly models: { readonly aaguids: readonly string[]; readonly roots: string } | null
    } | null
  }
  readonly limits: { readonly failures: number }
  readonly monitoring: ScaServiceConfig | null
  readonly payeeCheck: ScaServiceConfig | null
  readonly sender: ScaServiceConfig | null
  readonly push: ScaServiceConfig | null
  readonly notices: ScaServiceConfig | null
  /** `file`: absolute path of a CSV file. */
  readonly rates: { readonly file: string; readonly source: string } | null
  /** Development only. */
  readonly developmentMonitoring: { readonly payments: number; readonly minutes: number } | null
  /** Development only: absolute path of a JSON file. */
  readonly developmentEnrolments: string | null
}
