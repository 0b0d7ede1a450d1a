/** CIBA: the customer is asked on a device of their own, not in the browser of the third party. Poll and ping; there is no push in FAPI. */
import { type Context, errors, type Token } from 'oidc-provider'

/** Who reaches the customer. The answer comes later, by `backchannelResult`. */
export interface Decoupled {
  /** The customer that a hint names; `undefined`: nobody. */
  subjectOf(hint: string): Promise<string | undefined>
  /** Asks; resolves when the device was reached, not when it answered. */
  ask(request: {
    readonly id: string
    readonly client: string
    readonly subject: string
    readonly bindingMessage: string | undefined
    readonly authorizationDetails: string | undefined
  }): Promise<void>
}

/** Room for an amount and a payee, and nothing that could be a link, a control or another direction of writing. */
const BINDING_MESSAGE = /^[\p{L}\p{N}\p{Sc} .,:;'()/+&-]{1,140}$/u
const MAX_HINT_CHARS = 256

export function decoupledFeature(decoupled: Decoupled | undefined) {
  if (decoupled === undefined) return { enabled: false }
  const refuse = (): never => {
    throw new errors.InvalidRequest('the parameter is not supported')
  }
  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    processLoginHint: async (_: Context, hint: string) =>
      hint.length > MAX_HINT_CHARS ? undefined : decoupled.subjectOf(hint),
    processLoginHintToken: refuse,
    // The device is the second factor: a code that is typed into the third party's pages would be none.
    verifyUserCode: (_: Context, _account: unknown, code: string | undefined) =>
      code === undefined ? undefined : refuse(),
    validateRequestContext: (_: Context, given: string | undefined) =>
      given === undefined ? undefined : refuse(),
    validateBindingMessage(_: Context, message: string | undefined) {
      if (message !== undefined && !BINDING_MESSAGE.test(message))
        throw new errors.InvalidBindingMessage('binding_message cannot be shown to the customer')
    },
    triggerAuthenticationDevice: ({ oidc }: Context, request: Token) =>
      decoupled.ask({
        id: request.jti,
        client: request.clientId,
        subject: request.accountId ?? '',
        bindingMessage: oidc.params?.['binding_message'],
        authorizationDetails: oidc.params?.['authorization_details'],
      }),
  }
}
