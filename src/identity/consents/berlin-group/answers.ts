/** Answers in the form of the specification (`tppMessages`). */
import type { CallRefused, FaceAnswer } from '../face.ts'
import type { Fault } from '../shape.ts'

export const message = (status: number, code: string, text: string, path?: string): FaceAnswer => ({
  status,
  body: {
    tppMessages: [{ category: 'ERROR', code, text, ...(path === undefined ? {} : { path }) }],
  },
})

/** Codes of §14.11. */
const REFUSALS: Readonly<Record<CallRefused, readonly [number, string, string]>> = {
  token: [401, 'TOKEN_INVALID', 'A client-credentials token that is bound to the caller is needed'],
  scope: [401, 'ROLE_INVALID', 'The token has not the scope that this resource needs'],
  'not-found': [404, 'RESOURCE_UNKNOWN', 'There is no such resource'],
  method: [405, 'SERVICE_INVALID', 'The resource has no such method'],
  'media-type': [415, 'FORMAT_ERROR', 'The body must be application/json in UTF-8'],
  body: [400, 'FORMAT_ERROR', 'The body must be one JSON object'],
  'too-large': [413, 'FORMAT_ERROR', 'The body is too large'],
  busy: [429, 'ACCESS_EXCEEDED', 'Too many consents wait for their customers'],
  failed: [500, 'INTERNAL_SERVER_ERROR', 'It could not be done'],
}
export function refusal(why: CallRefused): FaceAnswer {
  const [status, code, text] = REFUSALS[why]
  const answer = message(status, code, text)
  return why === 'token' ? { ...answer, headers: { 'www-authenticate': 'DPoP' } } : answer
}

export const faulty = ({ path, kind }: Fault): FaceAnswer =>
  message(400, 'FORMAT_ERROR', `The member is ${kind}`, path)
