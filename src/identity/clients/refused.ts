/** Why a registration was refused, in the words of RFC 7591 §3.2.2 and RFC 7592. Nothing of the request is quoted. */
export type RegistrationError =
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'invalid_software_statement'
  | 'unapproved_software_statement'
  /** RFC 6750 §3.1: the registration access token is not good. */
  | 'invalid_token'
  | 'invalid_client'
  | 'invalid_request'
  | 'access_denied'
  | 'temporarily_unavailable'
  | 'server_error'

const STATUS: Readonly<Partial<Record<RegistrationError, number>>> = {
  invalid_token: 401,
  invalid_client: 401,
  access_denied: 403,
  temporarily_unavailable: 429,
}

export class RegistrationRefused extends Error {
  readonly error: RegistrationError
  readonly status: number
  /** Id of its event, where it was recorded before. */
  decision: string | undefined
  constructor(error: RegistrationError, description: string, status = STATUS[error] ?? 400) {
    super(description)
    this.error = error
    this.status = status
  }
}
