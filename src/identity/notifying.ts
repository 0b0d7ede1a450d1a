/**
 * A third party is told of an `auth_req_id` (CIBA Core §10.2), so it has to know it. Where the answer is there while the request is being answered
 * (the customer agreed before), the library would tell it before the response has left; such a notification waits for that.
 */
import { type Client, Provider } from 'oidc-provider'

/** `say`: told of a third party that could not be notified; it may ask all the same. */
export function notifyAfterResponse(provider: Provider, say: (failure: unknown) => void): void {
  const { prototype } = provider.Client
  const ping = prototype.backchannelPing
  prototype.backchannelPing = async function (this: Client, request) {
    const response = Provider.ctx?.res
    if (response === undefined || response.closed) return ping.call(this, request)
    // Not waited for here: the response waits for whoever asks.
    response.once('close', () => void ping.call(this, request).catch(say))
  }
}
