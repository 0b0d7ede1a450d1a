/** The answer to whoever made a consent or payment: where it stands, and how its customer is reached. */
import type { JsonObject } from '../../../lib/index.ts'
import type { Consent } from '../consent.ts'
import type { FaceAnswer, FaceRequest } from '../face.ts'
import { objectAt } from '../shape.ts'
import { authorisations } from './authorisations.ts'
import { type Parts, ROOT } from './resource.ts'

/** `path`: its own, below the root. `said`: its status and id, in the words of the resource. */
export async function created(
  parts: Parts,
  { consent, path, unknown }: { consent: Consent; path: string; unknown: FaceAnswer },
  request: FaceRequest,
  said: JsonObject,
): Promise<FaceAnswer> {
  const begun = await authorisations(parts, () => path, unknown).begun(consent, request)
  return {
    status: 201,
    headers: {
      location: `${parts.origin}${ROOT}${path}`,
      'aspsp-sca-approach': parts.approach(request, consent),
    },
    body: {
      ...said,
      ...begun,
      _links: {
        ...objectAt(begun, '_links'),
        self: parts.link(path),
        status: parts.link(`${path}/status`),
      },
    },
  }
}
