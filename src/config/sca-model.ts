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
  /** Development only. */
  readonly developmentMonitoring: { readonly payments: number; readonly minutes: number } | null
  /** Development only: absolute path of a JSON file. */
  readonly developmentEnrolments: string | null
}
