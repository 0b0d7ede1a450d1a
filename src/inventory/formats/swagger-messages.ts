/** Bodies and answers of Swagger 2.0, whose media types stand apart from their schemas. */
import { isJsonObject } from '../../lib/index.ts'
import { inlineSchema, movedReference, swaggerSchema } from './swagger-schema.ts'
import { itemsOf, memberOf, membersOf, list, object, plain, textOf, type Traced } from './traced.ts'

const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data']

export const swaggerMessages = { requestBody, responses, response }

/** From the `body` parameter, or from all `formData` ones. */
function requestBody(parameters: readonly Traced[], consumes: Traced): Traced | undefined {
  const [first] = parameters
  if (first === undefined) return undefined
  const body = parameters.find((one) => textOf(memberOf(one, 'in')) === 'body')
  if (body !== undefined && parameters.length > 1) {
    // One body there can be, or one form (Swagger 2.0, Parameter Object): what both describe nobody can tell.
    return plain(body.mark, null)
  }
  if (body !== undefined)
    return object(body.mark, [
      ['required', memberOf(body, 'required')],
      ['content', content(consumes, withSchema(body))],
    ])
  const required = parameters.filter((one) => memberOf(one, 'required')?.value === true)
  const schema = object(first.mark, [
    ['type', plain(first.mark, 'object')],
    [
      'properties',
      object(
        first.mark,
        parameters.map((one) => [textOf(memberOf(one, 'name')) ?? '', inlineSchema(one)]),
      ),
    ],
    [
      'required',
      list(
        first.mark,
        required.map((one) => memberOf(one, 'name') ?? plain(one.mark, '')),
      ),
    ],
  ])
  const isFile = parameters.some((one) => memberOf(one, 'type')?.value === 'file')
  const said = itemsOf(consumes).filter((one) => FORMS.includes(textOf(one) ?? ''))
  const media =
    said.length > 0
      ? list(consumes.mark, said)
      : list(first.mark, [plain(first.mark, (isFile ? FORMS[1] : FORMS[0]) ?? '')])
  return object(first.mark, [
    ['required', plain(first.mark, required.length > 0)],
    ['content', content(media, object(first.mark, [['schema', schema]]))],
  ])
}

function responses(written: Traced | undefined, produces: Traced): Traced | undefined {
  if (written === undefined || !isJsonObject(written.value)) return written
  return object(
    written.mark,
    membersOf(written).map(([status, one]) => [
      status,
      status.startsWith('x-') ? one : response(one, produces),
    ]),
  )
}

function response(written: Traced, produces: Traced): Traced {
  if (!isJsonObject(written.value)) return written
  const reference = memberOf(written, '$ref')
  if (reference !== undefined) return object(written.mark, [['$ref', movedReference(reference)]])
  const headers = memberOf(written, 'headers')
  return object(written.mark, [
    ['description', memberOf(written, 'description')],
    [
      'headers',
      headers !== undefined && isJsonObject(headers.value)
        ? object(
            headers.mark,
            membersOf(headers).map(([name, one]) => [
              name,
              isJsonObject(one.value) ? object(one.mark, [['schema', inlineSchema(one)]]) : one,
            ]),
          )
        : headers,
    ],
    [
      'content',
      memberOf(written, 'schema') === undefined
        ? undefined
        : content(produces, withSchema(written)),
    ],
  ])
}

function withSchema(of: Traced): Traced {
  const schema = memberOf(of, 'schema')
  return object(of.mark, [['schema', schema === undefined ? undefined : swaggerSchema(schema)]])
}

/** One entry for each media type. A list that is none is carried over, to be refused. */
function content(media: Traced, entry: Traced): Traced {
  if (!Array.isArray(media.value)) return media
  return object(
    media.mark,
    itemsOf(media).map((one) => [textOf(one) ?? '?', entry]),
  )
}
