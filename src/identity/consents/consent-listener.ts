/** In front of the faces: whose path it is, what comes in, who calls. What a face answers goes out as it is, and never from a cache. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isJsonObject, parseJson, parseJsonTexts } from '../../lib/index.ts'
import { DECISION_HEADER, type Evidence } from '../evidence.ts'
import type { Caller } from './caller.ts'
import type { CallRefused, Face, FaceAnswer, FaceRequest, Operation } from './face.ts'

/** As much of a face as is needed to serve it. */
type Served = Pick<Face, 'name' | 'root' | 'maxBodyBytes' | 'route' | 'refusal' | 'headers'>

export interface ConsentListenerOptions {
  readonly faces: readonly Served[]
  readonly judge: (request: IncomingMessage) => Promise<Caller | undefined>
  readonly evidence: Evidence
  /** Told of what a face could not do. */
  readonly say: (failure: unknown) => void
}

export const MAX_BODY_BYTES = 65_536
const MAX_PATH_CHARS = 512
/** A segment is an id or a word: nothing that could be read as another path. */
const SEGMENT = /^[A-Za-z0-9._~-]{1,128}$/

/** One call. */
interface Asked {
  readonly path: string
  readonly header: (name: string) => string | undefined
  /** Once it is known. */
  client: string | undefined
}

/** Answers what belongs to a face; false: nothing here. */
export function consentListener({ faces, judge, evidence, say }: ConsentListenerOptions) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path = ''] = (request.url ?? '').split('?')
    const face = faces.find(({ root }) => path.startsWith(root))
    if (face === undefined) return false
    const header = (name: string): string | undefined => {
      const values = request.headersDistinct[name] ?? []
      return values.length === 1 ? values[0] : undefined
    }
    const send = (answer: FaceAnswer): void => write(response, face, header, answer)
    const asked: Asked = { path: path.slice(face.root.length), header, client: undefined }
    answerOf(face, asked, request)
      .then((answer) => (answer.status < 400 ? answer : refused(face, asked, answer)))
      .then(send, (error: unknown) => {
        say(error)
        send(face.refusal('failed'))
      })
    return true
  }

  /** Whoever was refused can name it to the bank. */
  async function refused(face: Served, { client }: Asked, answer: FaceAnswer): Promise<FaceAnswer> {
    const id = await evidence.write({
      action: 'consent-request',
      outcome: 'refused',
      by: 'third-party',
      error: `status ${answer.status}`,
      client,
      purpose: face.name,
    })
    return { ...answer, headers: { ...answer.headers, [DECISION_HEADER]: id } }
  }

  async function answerOf(
    face: Served,
    asked: Asked,
    request: IncomingMessage,
  ): Promise<FaceAnswer> {
    const { path, header } = asked
    const { method = '' } = request
    const refuse = (why: CallRefused): FaceAnswer => face.refusal(why)
    const segments = path.split('/')
    const clean = path.length <= MAX_PATH_CHARS && segments.every((one) => SEGMENT.test(one))
    const found = clean ? face.route(method, segments) : undefined
    if (found === undefined) return refuse('not-found')
    if (isAllowed(found)) {
      const refused = refuse('method')
      return { ...refused, headers: { ...refused.headers, allow: found.join(', ') } }
    }
    // Who may not call learns nothing of bodies.
    const caller = await judge(request)
    if (caller === undefined) return refuse('token')
    asked.client = caller.client
    if (!found.scopes.some((scope) => caller.scopes.has(scope))) return refuse('scope')
    const takes = found.takesBody === 'may' ? hasBody(request) : found.takesBody
    const read = takes ? await bodyOf(request, header('content-type'), face.maxBodyBytes) : NO_BODY
    if (typeof read === 'string') return refuse(read)
    return found.run({ method, path: segments, header, client: caller.client, ...read })
  }
}

function isAllowed(found: Operation | readonly string[]): found is readonly string[] {
  return Array.isArray(found)
}

type Body = Pick<FaceRequest, 'body' | 'written'>
const NO_BODY: Body = { body: {}, written: {} }

/** RFC 9112 §6.3. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

async function bodyOf(
  request: IncomingMessage,
  type = '',
  maxBytes = MAX_BODY_BYTES,
): Promise<Body | 'media-type' | 'too-large' | 'body'> {
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(type)) return 'media-type'
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) return 'too-large'
    chunks.push(chunk)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    const [body, written] = [parseJson(text), parseJsonTexts(text)]
    return isJsonObject(body) && isJsonObject(written) ? { body, written } : 'body'
  } catch {
    return 'body'
  }
}

function write(
  response: ServerResponse,
  face: Served,
  header: (name: string) => string | undefined,
  { status, headers = {}, body }: FaceAnswer,
): void {
  const text = body === undefined ? undefined : JSON.stringify(body)
  response.writeHead(status, {
    ...face.headers(header),
    ...headers,
    'cache-control': 'no-store',
    ...(text === undefined
      ? {}
      : {
          'content-type': headers['content-type'] ?? 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(text),
        }),
    ...(status === 413 ? { connection: 'close' } : {}),
  })
  response.end(text)
}
