/** The declared answers of one operation, and what of a body in one of them may leave. */
import { MAX_DEPTH, type NodeId, type Projected, type Validate } from '../schema/index.ts'
import { allowedHeaders } from './answer-headers.ts'
import type { Facts } from './facts.ts'
import type { PlanContent, PlanOperation } from './plan.ts'
import type { PublicLink } from './public-link.ts'
import type { Schemas } from './schemas.ts'
import { ownConsent, rowFacts, type Selector } from './selection.ts'

/** Projectors kept per schema of an answer, one for each set of permissions that occurs. When full, they are made anew as needed. */
export const MAX_PROJECTORS = 64

export interface Answer {
  readonly headers: ReadonlySet<string>
  readonly contents: readonly AnswerContent[]
}

/** `ascii` as in `Project`. */
export type ProjectBody = (text: string, ascii?: Uint8Array) => Projected

export interface AnswerContent {
  readonly mediaType: string
  /** A structured schema is declared; how to project JSON by it, for one request. `start`: rows of before it stay behind. */
  readonly project: ((facts: Facts, start?: number) => ProjectBody) | undefined
  /** Nothing is declared of the inside, or that it is one string of bytes (a PDF statement): it leaves as it is. */
  readonly opaque: boolean
  /** Whether a JSON text is what the schema says; absent: there is none. */
  readonly validate: Validate | undefined
}

export function prepareAnswers(
  operation: PlanOperation,
  schemas: Schemas,
  selector: Selector,
  link: PublicLink,
): ReadonlyMap<string, Answer> {
  return new Map(
    operation.responses.map(({ status, headers, content }) => [
      status.toUpperCase(),
      {
        headers: allowedHeaders(headers),
        contents: content.map((one) => prepareContent(one, schemas, selector, link)),
      },
    ]),
  )
}

/** OpenAPI 3.0 §4.7.16: the exact code, else its range, else `default`. */
export function answerFor(
  answers: ReadonlyMap<string, Answer>,
  status: number,
): Answer | undefined {
  return (
    answers.get(String(status)) ??
    answers.get(`${Math.floor(status / 100)}XX`) ??
    answers.get('DEFAULT')
  )
}

/** OpenAPI 3.0 §4.7.17: the most specific key wins: the media type, else its range, else anything. */
export function contentFor(answer: Answer, mediaType: string): AnswerContent | undefined {
  if (mediaType === '') return undefined
  const range = `${mediaType.slice(0, mediaType.indexOf('/'))}/*`
  let best: AnswerContent | undefined
  for (const content of answer.contents) {
    if (content.mediaType === mediaType) return content
    if (content.mediaType === range || (content.mediaType === '*/*' && best === undefined))
      best = content
  }
  return best
}

export function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json')
}

function prepareContent(
  { mediaType, schema }: PlanContent,
  schemas: Schemas,
  selector: Selector,
  link: PublicLink,
): AnswerContent {
  if (schema === undefined)
    return { mediaType, project: undefined, opaque: true, validate: undefined }
  const { kind } = schemas.node(schema)
  return {
    mediaType,
    project: projection(schema, schemas, selector, link),
    opaque: kind === 'string' || kind === 'any',
    validate: isJson(mediaType) ? schemas.answer(schema, MAX_DEPTH) : undefined,
  }
}

function projection(
  schema: NodeId,
  schemas: Schemas,
  selector: Selector,
  link: PublicLink,
): (facts: Facts, start?: number) => ProjectBody {
  const known = new Map<number, ReturnType<typeof build>>()
  function build(key: number): {
    readonly run: ReturnType<Schemas['projector']>
    /** Where rows were left out: without the counts that tell of them. */
    readonly uncounted: ReturnType<Schemas['projector']> | undefined
    readonly directions: ReadonlySet<string>
  } {
    if (known.size >= MAX_PROJECTORS) known.clear()
    const without = selector.uncounted(key)
    const made = {
      run: schemas.projector(schema, selector.selection(key)),
      uncounted: without && schemas.projector(schema, without),
      directions: selector.directions(key),
    }
    known.set(key, made)
    return made
  }
  return (facts, start) => {
    const consent = ownConsent(facts)
    const key = selector.key(consent, start !== undefined)
    const { run, uncounted, directions } = known.get(key) ?? build(key)
    const rows = rowFacts(consent, directions, link, start)
    return (text, ascii) => {
      const projected = run(text, rows, ascii)
      return uncounted !== undefined && projected.ok && projected.removedRows > 0
        ? uncounted(text, rows, ascii)
        : projected
    }
  }
}
