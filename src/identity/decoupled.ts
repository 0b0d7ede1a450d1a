/**
 * CIBA: the customer is asked on a device of their own, not in the browser of the third party. Poll and ping; there is no push in FAPI.
 * What the library asks of us, and who reaches the customer: a device is behind the port `Decoupled`.
 */
import type { ScaOutcome } from './consents/sca-outcome.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, errors, type Token } from 'oidc-provider'
import type { Consent } from './consents/consent.ts'
import type { ConsentBook } from './consents/consent-book.ts'

/** What a device is told. What it shows is the consent; the message lets the customer see that both sides mean the same. */
export interface DecoupledRequest {
  /** By which it is answered; the third party knows it too, so it opens nothing by itself. */
  readonly id: string
  readonly client: string
  readonly clientName: string
  readonly subject: string
  readonly bindingMessage: string | undefined
  /** As it waits for the answer; read it anew before it is shown later. */
  readonly consent: Consent
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}
/** `done` also if the same was said before; `waits`: for another customer who must agree too; `over`: expired, answered otherwise, or ended. */
export type DecoupledAnswer = 'done' | 'waits' | 'over'
export interface DecoupledDesk {
  /** What waits under this id; `undefined`: nothing that could still be answered. */
  find(id: string): Promise<DecoupledRequest | undefined>
  /** The customer agreed, authenticated as `acr` and `amr` say. `accounts`: those picked where none is named; absent: all of theirs. */
  approve(
    id: string,
    how: {
      readonly acr: string
      readonly amr: readonly string[]
      readonly accounts?: readonly string[]
      /** What became of strong customer authentication; absent: there is no such step. */
      readonly sca?: ScaOutcome
    },
  ): Promise<DecoupledAnswer>
  refuse(id: string): Promise<DecoupledAnswer>
}
/** Who reaches the customer. The answer comes later, by the desk: from this process or, after a restart, from the next. */
export interface Decoupled {
  /** The customer that `login_hint` names; `undefined`: nobody. */
  subjectOf(hint: string): Promise<string | undefined>
  /** Asks; resolves when the device was reached, not when it answered. */
  ask(request: DecoupledRequest): Promise<void>
  /** Pages of the device, if they are ours; true: it is answered. */
  serve?(request: IncomingMessage, response: ServerResponse): boolean
}
/** Makes a device; what it needs of the server is given to it. */
export type DecoupledDevice = (of: {
  readonly desk: DecoupledDesk
  readonly book: ConsentBook
}) => Decoupled

/** What the library's hooks need. */
export interface DecoupledHooks {
  subjectOf(hint: string): Promise<string | undefined>
  asked(request: Token): Promise<void>
  /** The third party took the word that there is an answer. */
  sent?(id: string): Promise<void>
}

/** Room for an amount and a payee, and nothing that could be a link, a control or another direction of writing. */
const BINDING_MESSAGE = /^[\p{L}\p{N}\p{Sc} .,:;'()/+&-]{1,140}$/u
const MAX_HINT_CHARS = 256

export function decoupledFeature(hooks: DecoupledHooks | undefined) {
  if (hooks === undefined) return { enabled: false }
  const refuse = (): never => {
    throw new errors.InvalidRequest('the parameter is not supported')
  }
  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    processLoginHint: async (_: Context, hint: string) =>
      hint.length > MAX_HINT_CHARS ? undefined : hooks.subjectOf(hint),
    // Whose token would it be? Nobody here issues one; `login_hint` and `id_token_hint` say who is meant.
    processLoginHintToken: refuse,
    // The device is the second factor: a code that is typed into the third party's pages would be none.
    verifyUserCode: (_: Context, _account: unknown, code: string | undefined) =>
      code === undefined ? undefined : refuse(),
    validateRequestContext({ oidc }: Context, given: string | undefined) {
      // FAPI-CIBA §5.2.2: what is asked of a customer is signed by who asks.
      if (oidc.trusted === undefined) throw new errors.InvalidRequest('the request must be signed')
      if (given !== undefined) refuse()
    },
    validateBindingMessage(_: Context, message: string | undefined) {
      if (message !== undefined && !BINDING_MESSAGE.test(message))
        throw new errors.InvalidBindingMessage('binding_message cannot be shown to the customer')
    },
    triggerAuthenticationDevice: (_: Context, request: Token) => hooks.asked(request),
  }
}
