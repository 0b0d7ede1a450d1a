/**
 * Authorisations of a consent or payment, one for each customer who must agree, and where each stands (`scaStatus`). On a device, and through
 * the third party, one that was refused or not answered stays as it is, and the next try is an authorisation of its own: `1`, `1-2`, `1-3`.
 */
import type { JsonObject } from '../../../lib/index.ts'
import type { AskedOnDevice } from '../authorisation-device.ts'
import type { Consent } from '../consent.ts'
import type { EmbeddedAuthorisations, EmbeddedStep } from '../embedded-authorisations.ts'
import type { FaceAnswer, FaceRequest } from '../face.ts'
import { isOver } from '../machine.ts'
import { message, refusal } from './answers.ts'
import { embeddedStatus, isEmbedded, refused, stepBody, takeStep } from './embedded.ts'
import type { Parts } from './resource.ts'

/** Of one customer for one consent. */
export const MAX_TRIES = 5
const MAX_PSU_ID_CHARS = 256
const ID = /^([1-9]\d{0,2})(?:-([2-9]))?$/

const ofSlot = (slot: number, attempt: number): string =>
  attempt === 1 ? `${slot}` : `${slot}-${attempt}`

/** The first whose customer has not agreed; `undefined`: all have. */
function openSlot(consent: Consent): number | undefined {
  const slot = consent.authorisations.length + 1
  return isOver(consent) || slot > consent.authorisersNeeded ? undefined : slot
}

function scaStatus(consent: Consent, slot: number, { asked, step }: Omit<Try, 'id'>): string {
  const failed = hasFailed({ asked, step })
  if (!failed && slot <= consent.authorisations.length) return 'finalised'
  if (failed || isOver(consent)) return 'failed'
  if (step !== undefined) return embeddedStatus(step)
  if (asked === undefined) return 'received'
  return asked.opened ? 'started' : 'psuIdentified'
}

/** Whom the third party names; `undefined`: nobody. */
const psuOf = ({ header }: FaceRequest): string | undefined => {
  const id = header('psu-id')
  return id !== undefined && id !== '' && id.length <= MAX_PSU_ID_CHARS ? id : undefined
}

interface Try {
  readonly id: string
  readonly asked: AskedOnDevice | undefined
  /** Of the embedded approach. */
  readonly step: EmbeddedStep | undefined
}

/** `unknown`: answer about one that is not there. */
export function authorisations(parts: Parts, pathOf: (id: string) => string, unknown: FaceAnswer) {
  const { device, embedded, link } = parts
  async function find(consent: Consent, id: string): Promise<Try> {
    const step = await embedded?.find({ consent, authorisation: id })
    const asked = step === undefined ? await device?.find(consent.id, id) : undefined
    return { id, asked, step }
  }

  /** Oldest first; the last is the one that counts. */
  async function triesOf(consent: Consent, slot: number): Promise<readonly [Try, ...Try[]]> {
    const tries: [Try, ...Try[]] = [await find(consent, ofSlot(slot, 1))]
    while (tries.length < MAX_TRIES && hasFailed(last(tries)))
      tries.push(await find(consent, ofSlot(slot, tries.length + 1)))
    return tries
  }

  /** Asks the customer, or finds them asked; `undefined`: too often. */
  async function ask(
    consent: Consent,
    { id, asked }: Pick<Try, 'id' | 'asked'>,
    psu: string,
    request: FaceRequest,
  ): Promise<AskedOnDevice | undefined> {
    if (asked !== undefined) return asked
    return device?.ask({
      consent,
      authorisation: id,
      psu,
      locales: request.header('psu-accept-language'),
    })
  }
  const at = (consent: Consent, id: string) => link(`${pathOf(consent.id)}/authorisations/${id}`)
  const answerOf = (
    status: number,
    consent: Consent,
    slot: number,
    { id, asked, step }: Try,
  ): FaceAnswer => ({
    status,
    headers: { 'aspsp-sca-approach': 'DECOUPLED' },
    body: {
      scaStatus: scaStatus(consent, slot, { asked, step }),
      ...(status === 201 ? { authorisationId: id } : {}),
      ...(asked === undefined ? {} : { psuMessage: asked.psuMessage }),
      _links: {
        ...(asked === undefined ? { updatePsuIdentification: at(consent, id) } : {}),
        scaStatus: at(consent, id),
      },
    },
  })
  const over = message(409, 'STATUS_INVALID', 'There is nothing left to authorise')

  /** Names the customer, unless that is done, and takes what came with it. */
  async function embeddedStep(
    through: EmbeddedAuthorisations,
    consent: Consent,
    { id, step: before }: Try,
    request: FaceRequest,
    status: number,
  ): Promise<FaceAnswer> {
    const call = { consent, authorisation: id }
    const psu = psuOf(request)
    if (before === undefined && psu === undefined)
      return message(400, 'FORMAT_ERROR', 'PSU-ID is needed')
    const named = before ?? (await through.identify({ ...call, psu: psu ?? '' }))
    if (typeof named === 'string') return refused(named)
    const step = isEmbedded(request) ? await takeStep(through, call, request) : named
    if ('status' in step) return step
    return {
      status,
      headers: { 'aspsp-sca-approach': 'EMBEDDED' },
      body: {
        ...(status === 201 ? { authorisationId: id } : {}),
        ...stepBody(through, step, at(consent, id)),
      },
    }
  }

  /** How this one goes on: as it was begun, or else as this request has it. */
  function embeddedOf(
    consent: Consent,
    { asked, step }: Try,
    request: FaceRequest,
  ): EmbeddedAuthorisations | undefined {
    const wanted = step !== undefined || parts.approach(request, consent) === 'EMBEDDED'
    return wanted && asked === undefined ? embedded : undefined
  }

  return {
    /** For a resource that was just made: how its customer is reached. Who is named, and is not asked later by wish, is asked at once. */
    async begun(consent: Consent, request: FaceRequest): Promise<JsonObject> {
      const authorise = link(`${pathOf(consent.id)}/authorisations`)
      const slot = openSlot(consent)
      if (slot === undefined) return {}
      const approach = parts.approach(request, consent)
      if (approach === 'REDIRECT')
        return {
          _links: {
            scaOAuth: { href: `${parts.origin}/.well-known/oauth-authorization-server` },
            scaStatus: at(consent, ofSlot(slot, 1)),
          },
        }
      const psu = psuOf(request)
      const explicit = request.header('tpp-explicit-authorisation-preferred') === 'true'
      if (approach === 'EMBEDDED' && (psu === undefined || explicit))
        return { _links: { startAuthorisationWithPsuAuthentication: authorise } }
      if (psu === undefined)
        return { _links: { startAuthorisationWithPsuIdentification: authorise } }
      const current = last(await triesOf(consent, slot))
      if (approach === 'EMBEDDED' && embedded !== undefined) {
        const named = await embedded.identify({ consent, authorisation: current.id, psu })
        return typeof named === 'string'
          ? { _links: { startAuthorisationWithPsuAuthentication: authorise } }
          : {
              _links: {
                updatePsuAuthentication: at(consent, current.id),
                scaStatus: at(consent, current.id),
              },
            }
      }
      const asked = explicit ? undefined : await ask(consent, current, psu, request)
      return asked === undefined
        ? { _links: { startAuthorisation: authorise } }
        : { psuMessage: asked.psuMessage, _links: { scaStatus: at(consent, current.id) } }
    },
    async list(consent: Consent): Promise<FaceAnswer> {
      const ids: string[] = []
      for (let slot = 1; slot <= consent.authorisersNeeded; slot++)
        ids.push(...(await triesOf(consent, slot)).map(({ id }) => id))
      return { status: 200, body: { authorisationIds: ids } }
    },
    async status(consent: Consent, id: string): Promise<FaceAnswer> {
      const slot = Number(ID.exec(id)?.[1])
      const tries = slot <= consent.authorisersNeeded ? await triesOf(consent, slot) : []
      const found = tries.find((one) => one.id === id)
      if (found === undefined) return unknown
      return { status: 200, body: { scaStatus: scaStatus(consent, slot, found) } }
    },
    /** The same one until its customer has agreed: to ask twice starts nothing twice. */
    async start(consent: Consent, request: FaceRequest): Promise<FaceAnswer> {
      const slot = openSlot(consent)
      if (slot === undefined) return over
      const current = last(await triesOf(consent, slot))
      if (hasFailed(current)) return over
      const through = embeddedOf(consent, current, request)
      if (through !== undefined) return embeddedStep(through, consent, current, request, 201)
      if (parts.approach(request, consent) === 'REDIRECT')
        return {
          status: 201,
          headers: { 'aspsp-sca-approach': 'REDIRECT' },
          body: {
            scaStatus: scaStatus(consent, slot, current),
            authorisationId: current.id,
            ...(await this.begun(consent, request)),
          },
        }
      const psu = psuOf(request)
      if (psu === undefined) return answerOf(201, consent, slot, current)
      const asked = await ask(consent, current, psu, request)
      if (asked === undefined) return refusal('busy')
      return answerOf(201, consent, slot, { ...current, asked })
    },
    /** Who the customer is, said afterwards; or, in the embedded approach, what he told the third party. */
    async update(consent: Consent, id: string, request: FaceRequest): Promise<FaceAnswer> {
      const slot = openSlot(consent)
      const psu = psuOf(request)
      if ((device ?? embedded) === undefined || !ID.test(id)) return unknown
      const current = slot === undefined ? undefined : last(await triesOf(consent, slot))
      if (slot === undefined || current?.id !== id || hasFailed(current)) return over
      const through = embeddedOf(consent, current, request)
      if (through !== undefined) return embeddedStep(through, consent, current, request, 200)
      if (isEmbedded(request))
        return message(400, 'FORMAT_ERROR', 'The embedded approach is not offered here')
      if (psu === undefined) return message(400, 'FORMAT_ERROR', 'PSU-ID is needed')
      const asked = await ask(consent, current, psu, request)
      return asked === undefined
        ? refusal('busy')
        : answerOf(200, consent, slot, { ...current, asked })
    },
  }
}

function hasFailed({ asked, step }: Omit<Try, 'id'>): boolean {
  return step?.state === 'failed' || asked?.status === 'refused' || asked?.status === 'expired'
}
function last(tries: readonly [Try, ...Try[]]): Try {
  return tries.at(-1) ?? tries[0]
}
