/**
 * A third party is told of an `auth_req_id` (CIBA Core §10.2), so it has to know it. Where the answer is there while the request is being answered
 * (the customer agreed before), the library would tell it before the response has left; such a notification waits for that.
 */
import { type Client, Provider } from 'oidc-provider'

export interface NotifyingOptions {
  readonly sent: ((id: string) => Promise<void>) | undefined
  readonly say: (failure: unknown) => void
}

/** `sent`: told of each that the third party took. `say`: of one that could not be notified; it may ask all the same. */
export function notifyAfterResponse(provider: Provider, { sent, say }: NotifyingOptions): void {
  const { prototype } = provider.Client
  const ping = prototype.backchannelPing
  prototype.backchannelPing = async function (this: Client, request) {
    const tell = async (): Promise<void> => {
      await ping.call(this, request)
      await sent?.(request.jti)
    }
    const response = Provider.ctx?.res
    if (response === undefined || response.closed) return tell()
    // Not waited for here: the response waits for whoever asks.
    response.once('close', () => void tell().catch(say))
  }
}
