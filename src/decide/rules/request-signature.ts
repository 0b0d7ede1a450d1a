/**
 * Control `message-signing`: the message is signed by the client that sends it, now and as a whole. That a signature came at all is seen
 * before the body is read; the signature itself is judged once the body is there.
 */
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'
import { detachedJws } from './signature-detached.ts'
import { httpSignature } from './signature-http.ts'
import { signedMessage } from './signature-message.ts'

export const rule: RuleKind<'request.signature'> = {
  name: 'request.signature',
  sound({ params: { header } }) {
    if (header !== header.toLowerCase())
      throw new TypeError('request.signature: the header is not in lower case')
  },
  prepare({ params }, context) {
    const { form = 'detached-jws' } = params
    switch (form) {
      case 'detached-jws':
        return detachedJws(params)
      case 'message':
        return signedMessage(params, context)
      case 'none':
        return ALWAYS_PASSES
      case 'http-signature':
        return httpSignature(params, context)
      default:
        return form satisfies never
    }
  },
}
