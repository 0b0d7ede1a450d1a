/** The body of a request with the payload of the message that it is, if it is one. */
import type { BodyFact } from '../../decide/index.ts'
import { messagePayload } from '../../proof/index.ts'

export function openedBody(fact: BodyFact): BodyFact {
  if (fact.kind !== 'text' || fact.mediaType !== 'application/jwt') return fact
  const payload = messagePayload(fact.text)
  return payload === undefined ? fact : { ...fact, payload }
}
