/**
 * A Postman collection (format 2.1) as an OpenAPI 3.0 document. A collection is requests that somebody sent and answers that came
 * back, not a contract: what its schemas are is inferred from examples, and each operation says so. Nothing is required of a
 * message, and of an answer leaves what an example showed.
 */
import type { Mark } from '../source/mark.ts'
import { inferSchema, readExample } from './infer-schema.ts'
import { authOf, securitySchemes } from './postman-auth.ts'
import { type Address, addressOf, type Variables, variablesOf } from './postman-address.ts'
import { itemsOf, list, memberOf, object, plain, textOf, type Traced } from './traced.ts'
import type { Remark, Translated } from './understood.ts'

/** Folders inside folders; the document itself is read no deeper than its own limit. */
interface Inherited {
  readonly variables: Variables
  readonly auth: Traced | undefined
}

interface Sent {
  readonly item: Traced
  readonly request: Traced
  readonly method: string
  readonly address: Address
  readonly auth: Traced | undefined
}

export function fromPostman(root: Traced): Translated {
  const remarks: Remark[] = []
  const sent = requestsOf(root, { variables: new Map(), auth: undefined }, remarks)
  const server = sent.find(({ address }) => address.server !== null)?.address.server ?? null
  const groups = new Map<string, Map<string, Sent[]>>()
  for (const one of sent) {
    const { address, method } = one
    if (address.server !== null && address.server !== server) {
      // The gateway stands in front of one host; what goes elsewhere is not this API.
      remarks.push({
        code: 'GH_INVENTORY_OPERATION_REFUSED',
        message: `${method.toUpperCase()} ${address.path} is not imported: it is sent to ${address.server}, the others to ${server ?? 'no server that is told'}.`,
        mark: one.request.mark,
      })
      continue
    }
    const methods = groups.get(address.path) ?? new Map<string, Sent[]>()
    groups.set(address.path, methods)
    methods.set(method, [...(methods.get(method) ?? []), one])
  }
  const { mark } = root
  const info = memberOf(root, 'info')
  const paths = [...groups].map(([path, methods]): readonly [string, Traced] => {
    const members = [...methods].map(([method, all]): readonly [string, Traced] => [
      method,
      operation(path, all, remarks),
    ])
    return [path, object(members[0]?.[1].mark.from ?? mark, members)]
  })
  const document = object(mark, [
    ['openapi', plain(info?.mark ?? mark, '3.0.3')],
    [
      'info',
      object(info?.mark ?? mark, [
        ['title', memberOf(info, 'name')],
        ['version', memberOf(info, 'version')],
      ]),
    ],
    [
      'servers',
      server === null ? undefined : list(mark, [object(mark, [['url', plain(mark, server)]])]),
    ],
    ['paths', object(memberOf(root, 'item')?.mark ?? mark, paths)],
    [
      'components',
      object(mark, [['securitySchemes', securitySchemes(sent.map(({ auth }) => auth))]]),
    ],
  ])
  return { ...document, remarks }
}

function requestsOf(folder: Traced, inherited: Inherited, remarks: Remark[]): readonly Sent[] {
  const here: Inherited = {
    variables: new Map([...inherited.variables, ...variablesOf(memberOf(folder, 'variable'))]),
    auth: memberOf(folder, 'auth') ?? inherited.auth,
  }
  return itemsOf(memberOf(folder, 'item')).flatMap((item): readonly Sent[] => {
    if (memberOf(item, 'item') !== undefined) return requestsOf(item, here, remarks)
    const request = memberOf(item, 'request')
    const url = typeof request?.value === 'string' ? request : memberOf(request, 'url')
    const address = url === undefined ? undefined : addressOf(url, here.variables)
    if (request === undefined || address === undefined) {
      remarks.push({
        code: 'GH_INVENTORY_OPERATION_REFUSED',
        message: `\`${(textOf(memberOf(item, 'name')) ?? 'A request').slice(0, 80)}\` is not imported: it has no request with an address.`,
        mark: item.mark,
      })
      return []
    }
    const method = (textOf(memberOf(request, 'method')) ?? 'get').toLowerCase()
    return [{ item, request, method, address, auth: memberOf(request, 'auth') ?? here.auth }]
  })
}

/** Headers that are no parameters of an operation. */
const TRANSPORT = new Set(
  'accept authorization content-type content-length host user-agent connection accept-encoding cache-control cookie postman-token'.split(
    ' ',
  ),
)

function operation(path: string, all: readonly Sent[], remarks: Remark[]): Traced {
  const [first] = all
  const mark = first?.request.mark ?? { offset: 0, key: 0, children: null }
  const answers = all.flatMap(({ item }) => itemsOf(memberOf(item, 'response')))
  remarks.push({
    code: 'GH_INVENTORY_INFERRED',
    message: `The schemas of ${first?.method.toUpperCase() ?? ''} ${path.slice(0, 200)} are inferred from ${answers.length} example answer${answers.length === 1 ? '' : 's'}, with low confidence: a specification would say what may leave.`,
    mark,
  })
  const name = first === undefined ? undefined : memberOf(first.item, 'name')
  return object(mark, [
    ['summary', name],
    ['x-gatehouse-inferred', plain(mark, true)],
    ['parameters', parameters(path, all, mark)],
    ['requestBody', requestBody(all)],
    ['responses', responses(answers, mark)],
    ['security', first === undefined ? undefined : authOf(first.auth)],
  ])
}

function parameters(path: string, all: readonly Sent[], mark: Mark): Traced {
  const one = (of: Mark, where: string, name: string): Traced =>
    object(of, [
      ['in', plain(of, where)],
      ['name', plain(of, name)],
      ['required', plain(of, where === 'path')],
      ['schema', object(of, [['type', plain(of, 'string')]])],
    ])
  const found = new Map<string, Traced>()
  for (const [, name = ''] of path.matchAll(/\{([^{}]+)\}/g))
    found.set(`path ${name}`, one(mark, 'path', name))
  for (const { request, address } of all) {
    for (const { name, mark: at } of address.query)
      if (!found.has(`query ${name}`)) found.set(`query ${name}`, one(at, 'query', name))
    for (const header of itemsOf(memberOf(request, 'header'))) {
      const name = textOf(memberOf(header, 'key')) ?? ''
      const key = `header ${name.toLowerCase()}`
      if (name !== '' && !TRANSPORT.has(name.toLowerCase()) && !found.has(key))
        found.set(key, one(header.mark, 'header', name))
    }
  }
  return list(mark, [...found.values()])
}

const RAW_TYPES: ReadonlyMap<string, string> = new Map([
  ['xml', 'application/xml'],
  ['text', 'text/plain'],
  ['html', 'text/html'],
  ['javascript', 'application/javascript'],
])

function requestBody(all: readonly Sent[]): Traced | undefined {
  const bodies = all.flatMap(({ request }) => memberOf(request, 'body') ?? [])
  const used = bodies.filter(
    (one) => memberOf(one, 'disabled')?.value !== true && memberOf(one, 'mode') !== undefined,
  )
  const [first] = used
  if (first === undefined) return undefined
  const { mark } = first
  const content = new Map<string, Traced>()
  const media = (type: string, schema: Traced | undefined): void => {
    if (!content.has(type)) content.set(type, object(mark, [['schema', schema]]))
  }
  const raw = used.filter((one) => textOf(memberOf(one, 'mode')) === 'raw')
  const examples = raw.map((one) => readExample(textOf(memberOf(one, 'raw')) ?? ''))
  const values = examples.flatMap((one) => (one.ok ? [one.value] : []))
  if (values.length > 0) media('application/json', inferSchema(values, raw[0]?.mark ?? mark))
  raw.forEach((one, index) => {
    if (examples[index]?.ok === true) return
    const language = textOf(memberOf(memberOf(memberOf(one, 'options'), 'raw'), 'language')) ?? ''
    media(RAW_TYPES.get(language) ?? 'application/json', undefined)
  })
  for (const body of used) {
    const mode = textOf(memberOf(body, 'mode'))
    if (mode === 'urlencoded' || mode === 'formdata')
      media(
        mode === 'formdata' ? 'multipart/form-data' : 'application/x-www-form-urlencoded',
        form(memberOf(body, mode), body.mark),
      )
    // Bytes, or a query language of its own: there is no schema for it, so it does not pass.
    else if (mode !== 'raw') media('application/octet-stream', undefined)
  }
  return object(mark, [
    ['required', plain(mark, false)],
    ['content', object(mark, [...content])],
  ])
}

function form(fields: Traced | undefined, mark: Mark): Traced {
  const properties = itemsOf(fields).map((one): readonly [string, Traced] => [
    textOf(memberOf(one, 'key')) ?? '',
    object(one.mark, [['type', plain(one.mark, 'string')]]),
  ])
  return object(mark, [
    ['type', plain(mark, 'object')],
    ['properties', object(mark, properties)],
  ])
}

function responses(answers: readonly Traced[], mark: Mark): Traced | undefined {
  const byStatus = new Map<string, Traced[]>()
  for (const answer of answers) {
    const said = memberOf(answer, 'code')?.value
    const code = typeof said === 'number' || typeof said === 'string' ? String(said) : ''
    byStatus.set(code, [...(byStatus.get(code) ?? []), answer])
  }
  if (byStatus.size === 0) return undefined
  return object(
    mark,
    [...byStatus].map(([status, all]) => [status, responseOf(all)]),
  )
}

function responseOf(all: readonly Traced[]): Traced {
  const of = all[0]?.mark ?? { offset: 0, key: 0, children: null }
  const values = all.flatMap((one) => {
    const text = textOf(memberOf(one, 'body')) ?? ''
    const example = readExample(text)
    return text.trim() === '' || !example.ok ? [] : [example.value]
  })
  const names = new Map<string, Traced>()
  for (const answer of all)
    for (const header of itemsOf(memberOf(answer, 'header'))) {
      const name = textOf(memberOf(header, 'key')) ?? ''
      if (name !== '') names.set(name, object(header.mark, []))
    }
  const others = all.filter((one) => {
    const text = textOf(memberOf(one, 'body')) ?? ''
    return text.trim() !== '' && !readExample(text).ok
  })
  const content: readonly (readonly [string, Traced])[] = [
    ...(values.length === 0
      ? []
      : [['application/json', object(of, [['schema', inferSchema(values, of)]])] as const]),
    ...others.map((one) => [mediaTypeOf(one), object(one.mark, [])] as const),
  ]
  return object(of, [
    ['description', plain(of, '')],
    ['headers', object(of, [...names])],
    ['content', content.length === 0 ? undefined : object(of, content)],
  ])
}

function mediaTypeOf(answer: Traced): string {
  const header = itemsOf(memberOf(answer, 'header')).find(
    (one) => textOf(memberOf(one, 'key'))?.toLowerCase() === 'content-type',
  )
  return textOf(memberOf(header, 'value')) ?? 'text/plain'
}
