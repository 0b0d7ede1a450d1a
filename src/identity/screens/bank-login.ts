/** The step of a page that is at the bank's own login: there, back again, or a word of what went wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DeskFailure, LoginDesk } from '../login/login-desk.ts'
import type { Customers, LoggedIn } from './customers.ts'
import type { Message } from './english.ts'

export type BankLoginStep = 'login' | 'callback'
export type BankLoginOutcome =
  | { readonly kind: 'sent' }
  | {
      readonly kind: 'failed'
      readonly status: number
      readonly message: Message
      /** For the record. */
      readonly error: string
    }
  | { readonly kind: 'in'; readonly found: LoggedIn }

const FAILURES: Readonly<Record<DeskFailure, Message>> = {
  cancelled: 'loginCancelled',
  unreachable: 'loginUnreachable',
  unsound: 'loginUnsound',
  lost: 'loginLost',
}

export async function atBankLogin(
  of: { readonly desk: LoginDesk; readonly customers: Customers },
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  to: { readonly step: BankLoginStep; readonly goesOn: string; readonly locale: string },
): Promise<BankLoginOutcome> {
  const fails = (why: DeskFailure): BankLoginOutcome => ({
    kind: 'failed',
    status: why === 'unreachable' ? 503 : 403,
    message: FAILURES[why],
    error: `login_${why}`,
  })
  if (to.step === 'login') {
    const failed = await of.desk.send(request, response, to)
    return failed === undefined ? { kind: 'sent' } : fails(failed)
  }
  const done = await of.desk.finish(request, response, to.goesOn)
  if (!done.ok) return fails(done.error)
  if (!(await of.customers.exists(done.value.subject)))
    return { kind: 'failed', status: 403, message: 'loginUnknown', error: 'login_unknown' }
  return { kind: 'in', found: done.value }
}
