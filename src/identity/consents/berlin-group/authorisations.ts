/** Authorisations of a consent or payment, one for each customer who must agree, and where each stands (`scaStatus`). */
import type { JsonObject } from '../../../lib/index.ts'
import type { Consent } from '../consent.ts'
import type { FaceAnswer, FaceRequest } from '../face.ts'
import { isOver } from '../machine.ts'
import { message, unknown } from './answers.ts'
import type { Parts } from './resource.ts'

/** In the order in which customers agree. */
const idsOf = ({ authorisersNeeded }: Consent): readonly string[] =>
  Array.from({ length: authorisersNeeded }, (_, at) => `${at + 1}`)

/** The first whose customer has not agreed; `undefined`: all have. */
function openOne(consent: Consent): string | undefined {
  return isOver(consent) ? undefined : idsOf(consent)[consent.authorisations.length]
}

function scaStatus(consent: Consent, id: string): string {
  if (Number(id) <= consent.authorisations.length) return 'finalised'
  return isOver(consent) ? 'failed' : 'received'
}

/** How the customer is reached: by the authorization server's own addresses, or on a device, and then there is nothing to follow. */
export function scaLinks(
  parts: Parts,
  path: string,
  consent: Consent,
  approach: 'REDIRECT' | 'DECOUPLED',
): JsonObject {
  const id = openOne(consent)
  return {
    ...(approach === 'REDIRECT'
      ? { scaOAuth: { href: `${parts.origin}/.well-known/oauth-authorization-server` } }
      : {}),
    ...(id === undefined ? {} : { scaStatus: parts.link(`${path}/authorisations/${id}`) }),
  }
}

export function authorisations(parts: Parts, pathOf: (id: string) => string) {
  return {
    list: (consent: Consent): FaceAnswer => ({
      status: 200,
      body: { authorisationIds: idsOf(consent) },
    }),
    status: (consent: Consent, id: string): FaceAnswer =>
      idsOf(consent).includes(id)
        ? { status: 200, body: { scaStatus: scaStatus(consent, id) } }
        : unknown,
    /** The same one until its customer has agreed: to ask twice starts nothing twice. */
    start(consent: Consent, request: FaceRequest): FaceAnswer {
      const id = openOne(consent)
      if (id === undefined)
        return message(409, 'STATUS_INVALID', 'There is nothing left to authorise')
      const approach = parts.approach(request)
      const path = pathOf(consent.id)
      return {
        status: 201,
        headers: { 'aspsp-sca-approach': approach },
        body: {
          scaStatus: scaStatus(consent, id),
          authorisationId: id,
          _links: scaLinks(parts, path, consent, approach),
        },
      }
    },
  }
}
