/** The embedded approach in the words of the specification: what comes in bodies (§6.4, §7.2), and how each step is answered. */
import type { JsonObject } from '../../../lib/index.ts'
import type { Consent } from '../consent.ts'
import type {
  EmbeddedAuthorisations,
  EmbeddedMethod,
  EmbeddedRefused,
  EmbeddedStep,
} from '../embedded-authorisations.ts'
import type { FaceAnswer, FaceRequest } from '../face.ts'
import { object, objectAt, type Shape, text, textAt } from '../shape.ts'
import { faulty, message, refusal } from './answers.ts'

const MAX_PASSCODE_CHARS = 256
const MAX_CODE_CHARS = 64
/** In clear within TLS: `encryptedPassword` and second factors of logins are not taken. */
const BODIES: readonly (readonly [member: string, shape: Shape])[] = [
  ['psuData', object({ psuData: object({ password: text(MAX_PASSCODE_CHARS) }) })],
  ['authenticationMethodId', object({ authenticationMethodId: text(35) })],
  ['scaAuthenticationData', object({ scaAuthenticationData: text(MAX_CODE_CHARS) })],
]
export const isEmbedded = ({ body }: FaceRequest): boolean =>
  BODIES.some(([member]) => Object.hasOwn(body, member))

/** §14.18 and `authenticationType`. */
const METHODS: Readonly<Record<EmbeddedMethod, JsonObject>> = {
  'transaction-code': { authenticationType: 'CHIP_OTP', name: 'Code of a token of the customer' },
  'one-time-code': { authenticationType: 'SMS_OTP', name: 'Code that is sent to the customer' },
}
const methodOf = (id: EmbeddedMethod): JsonObject => ({
  ...METHODS[id],
  authenticationMethodId: id,
})

const STATUS: Readonly<Record<EmbeddedStep['state'], string>> = {
  identified: 'psuIdentified',
  'passcode-given': 'psuAuthenticated',
  asked: 'scaMethodSelected',
  done: 'finalised',
  failed: 'failed',
}
export const embeddedStatus = ({ state }: EmbeddedStep): string => STATUS[state]

/** One step of one authorisation, as its body says. */
export async function takeStep(
  embedded: EmbeddedAuthorisations,
  call: { readonly consent: Consent; readonly authorisation: string },
  request: FaceRequest,
): Promise<EmbeddedStep | FaceAnswer> {
  const { body, header } = request
  const found = BODIES.find(([member]) => Object.hasOwn(body, member))
  const fault = found?.[1](body, '')
  if (fault !== undefined) return faulty(fault)
  const outcome = await stepOf()
  return typeof outcome === 'string' ? refused(outcome) : outcome

  function stepOf(): Promise<EmbeddedStep | EmbeddedRefused> | FaceAnswer {
    const password = textAt(objectAt(body, 'psuData'), 'password')
    if (password !== '') return embedded.givePasscode({ ...call, passcode: password })
    const chosen = textAt(body, 'authenticationMethodId')
    const method = embedded.methods.find((id) => id === chosen)
    if (chosen !== '')
      return method === undefined
        ? message(400, 'SCA_METHOD_UNKNOWN', 'There is no such method', 'authenticationMethodId')
        : embedded.choose({ ...call, method })
    return embedded.giveCode({
      ...call,
      code: textAt(body, 'scaAuthenticationData'),
      network: header('psu-ip-address') ?? call.consent.client,
    })
  }
}

export function refused(why: EmbeddedRefused): FaceAnswer {
  if (why === 'busy') return refusal('busy')
  return why === 'wrong'
    ? message(401, 'PSU_CREDENTIALS_INVALID', 'What the customer gave is not right')
    : message(409, 'STATUS_INVALID', 'This step is not possible now')
}

/** `at`: the authorisation. */
export function stepBody(
  { methods }: EmbeddedAuthorisations,
  step: EmbeddedStep,
  at: JsonObject,
): JsonObject {
  const { state, method, question } = step
  const several = methods.length > 1
  return {
    scaStatus: embeddedStatus(step),
    ...(state === 'passcode-given' && several ? { scaMethods: methods.map(methodOf) } : {}),
    ...(method === undefined ? {} : { chosenScaMethod: methodOf(method) }),
    ...(question === undefined ? {} : { challengeData: { data: [question] } }),
    _links: {
      ...(state === 'identified' ? { updatePsuAuthentication: at } : {}),
      ...((state === 'passcode-given' || state === 'asked') && several
        ? { selectAuthenticationMethod: at }
        : {}),
      ...(state === 'asked' ? { authoriseTransaction: at } : {}),
      scaStatus: at,
    },
  }
}
