/**
 * Swagger 2.0 as the OpenAPI 3.0 document that says the same. What has no counterpart is carried over as written, so that the
 * importer refuses it by its name and place.
 */
import type { Mark } from '../source/mark.ts'
import { isOperationKey } from '../openapi/paths.ts'
import { swaggerMessages } from './swagger-messages.ts'
import { movedReference, parameterOf, resolvedParameter, swaggerSchema } from './swagger-schema.ts'
import { list, memberOf, membersOf, itemsOf, object, plain, textOf, type Traced } from './traced.ts'
import type { Remark, Translated } from './understood.ts'

export function fromSwagger(root: Traced): Translated {
  const remarks: Remark[] = []
  const { mark } = root
  const media = mediaDefaults(root, remarks)
  const mapped = (
    name: string,
    map: (value: Traced) => Traced | undefined,
  ): (readonly [string, Traced | undefined])[] =>
    membersOf(memberOf(root, name)).map(([key, value]) => [key, map(value)])
  const section = (of: string, members: (readonly [string, Traced | undefined])[]) =>
    object(memberOf(root, of)?.mark ?? mark, members)
  const pathItem = (item: Traced): Traced => {
    const shared = itemsOf(memberOf(item, 'parameters'))
    const members = membersOf(item).flatMap(([key, value]): (readonly [string, Traced])[] => {
      if (key === 'parameters') return []
      if (key === '$ref') return [[key, movedReference(value)]]
      return [[key, isOperationKey(key) ? operation(root, value, shared, media) : value]]
    })
    return object(item.mark, members)
  }
  const paths = memberOf(root, 'paths')
  const document = object(mark, [
    ['openapi', plain(memberOf(root, 'swagger')?.mark ?? mark, '3.0.3')],
    ['info', memberOf(root, 'info')],
    ['servers', servers(root)],
    ['security', memberOf(root, 'security')],
    ['paths', membersOf(paths).length === 0 ? paths : section('paths', mapped('paths', pathItem))],
    [
      'components',
      object(mark, [
        ['schemas', section('definitions', mapped('definitions', swaggerSchema))],
        [
          'parameters',
          section(
            'parameters',
            mapped('parameters', (one) => parameterOf(one)),
          ),
        ],
        [
          'responses',
          section(
            'responses',
            mapped('responses', (one) => swaggerMessages.response(one, media.produces)),
          ),
        ],
        ['securitySchemes', section('securityDefinitions', mapped('securityDefinitions', scheme))],
      ]),
    ],
  ])
  return { ...document, remarks }
}

interface MediaTypes {
  readonly consumes: Traced
  readonly produces: Traced
}

/** Swagger names no media type where none is written; what banks mean is JSON, and nothing else is let through. */
function mediaDefaults(root: Traced, remarks: Remark[]): MediaTypes {
  const json = list(root.mark, [plain(root.mark, 'application/json')])
  const produces = memberOf(root, 'produces')
  if (produces === undefined)
    remarks.push({
      code: 'GH_INVENTORY_MEDIA_TYPE',
      mark: root.mark,
      message:
        'The document says no `produces`; where an operation says none either, application/json is taken.',
    })
  return { consumes: memberOf(root, 'consumes') ?? json, produces: produces ?? json }
}

function operation(
  root: Traced,
  value: Traced,
  shared: readonly Traced[],
  media: MediaTypes,
): Traced {
  const own = itemsOf(memberOf(value, 'parameters'))
  const consumes = memberOf(value, 'consumes') ?? media.consumes
  const produces = memberOf(value, 'produces') ?? media.produces
  const nameOf = (one: Traced): string => {
    const { value: parameter } = resolvedParameter(root, one)
    const { in: where, name } = parameter
    return where === 'body' ? 'body' : `${JSON.stringify(where)} ${JSON.stringify(name)}`
  }
  const overridden = new Set(own.map(nameOf))
  const all = [...shared.filter((one) => !overridden.has(nameOf(one))), ...own]
  const inBody = (one: Traced): boolean => {
    const where = resolvedParameter(root, one).value['in']
    return where === 'body' || where === 'formData'
  }
  const parameters = all.filter((one) => !inBody(one))
  const body = all.filter(inBody).map((one) => resolvedParameter(root, one).traced)
  const written = memberOf(value, 'parameters')
  const drop = new Set([
    'parameters',
    'consumes',
    'produces',
    'schemes',
    'responses',
    'requestBody',
  ])
  return object(value.mark, [
    ...membersOf(value).filter(([key]) => !drop.has(key)),
    [
      'parameters',
      written !== undefined && !Array.isArray(written.value)
        ? written
        : list(written?.mark ?? value.mark, parameters.map(parameterOf)),
    ],
    ['requestBody', swaggerMessages.requestBody(body, consumes)],
    ['responses', swaggerMessages.responses(memberOf(value, 'responses'), produces)],
  ])
}

function servers(root: Traced): Traced | undefined {
  const [host, basePath] = [textOf(memberOf(root, 'host')), memberOf(root, 'basePath')]
  if (host === undefined && basePath === undefined) return undefined
  const path = textOf(basePath) ?? ''
  const schemes = itemsOf(memberOf(root, 'schemes')).flatMap((one) => textOf(one) ?? [])
  const mark: Mark = (memberOf(root, 'host') ?? basePath ?? root).mark
  const urls =
    host === undefined
      ? [path]
      : (schemes.length === 0 ? ['https'] : schemes).map((one) => `${one}://${host}${path}`)
  return list(
    mark,
    urls.map((url) => object(mark, [['url', plain(mark, url)]])),
  )
}

const FLOWS: ReadonlyMap<string, string> = new Map([
  ['implicit', 'implicit'],
  ['password', 'password'],
  ['application', 'clientCredentials'],
  ['accessCode', 'authorizationCode'],
])

function scheme(written: Traced): Traced {
  const type = textOf(memberOf(written, 'type'))
  const { mark } = written
  if (type === 'basic')
    return object(mark, [
      ['type', plain(mark, 'http')],
      ['scheme', plain(mark, 'basic')],
    ])
  if (type !== 'oauth2') return written
  const flow = FLOWS.get(textOf(memberOf(written, 'flow')) ?? '') ?? 'authorizationCode'
  const part = (name: string): readonly [string, Traced | undefined] => [
    name,
    memberOf(written, name),
  ]
  return object(mark, [
    part('type'),
    part('description'),
    [
      'flows',
      object(mark, [[flow, object(mark, ['authorizationUrl', 'tokenUrl', 'scopes'].map(part))]]),
    ],
  ])
}
