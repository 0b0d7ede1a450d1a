/**
 * One line that names a value in a message, and the operation that carries nothing else:
 *
 *     [METHOD] [/path] response.Data.Account[].Iban [& Sibling …] [:boolean] [:format=email] [:pattern=…] [:scope=accounts]
 */
import assert from 'node:assert/strict'
import { importSpec, type OperationRecord } from '../../src/inventory/index.ts'

type Schema = Readonly<Record<string, unknown>>

export interface OneValue {
  readonly record: OperationRecord
  /** Where it stands, as evidence says it. */
  readonly at: string
}

export function oneValue(line: string): OneValue {
  const words = line.trim().split(/ +/)
  const at = words.find((word) => /^(request|response|parameter)\./.test(word))
  assert.ok(at !== undefined, `no value in: ${line}`)
  const method = words.find((word) => /^[A-Z]+$/.test(word)) ?? 'POST'
  const path = words.find((word) => word.startsWith('/')) ?? '/things'
  const siblings = words.flatMap((word, index) => (word === '&' ? [words[index + 1] ?? ''] : []))
  const mark = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`:${name}=`))?.slice(name.length + 2)
  const leaf: Schema = {
    type: words.includes(':boolean') ? 'boolean' : 'string',
    ...(mark('format') !== undefined && { format: mark('format') }),
    ...(mark('pattern') !== undefined && { pattern: mark('pattern') }),
  }
  const [where = '', ...steps] = at.split('.')
  const [place = '', name = ''] = where === 'parameter' ? steps : []
  const schema = where === 'parameter' ? undefined : nested(steps, leaf, siblings)
  const content = { content: { 'application/json': { schema } } }
  const scope = mark('scope')
  const document = {
    openapi: '3.0.3',
    info: { title: 'one value', version: '1' },
    paths: {
      [place === 'path' ? `${path}/{${name}}` : path]: {
        [method.toLowerCase()]: {
          ...(scope !== undefined && { security: [{ oauth: [scope] }] }),
          ...(where === 'parameter' && {
            parameters: [{ in: place, name, required: place === 'path', schema: leaf }],
          }),
          ...(where === 'request' && { requestBody: content }),
          responses: { 200: { description: 'ok', ...(where === 'response' && content) } },
        },
      },
    },
    components: { securitySchemes: { oauth: { type: 'oauth2', flows: {} } } },
  }
  const { spec } = importSpec({ file: 'one.json', text: JSON.stringify(document) })
  const [record] = spec?.operations ?? []
  assert.ok(record !== undefined, line)
  return { record, at }
}

/** Siblings stand beside the value itself, at the end of the way. */
function nested(steps: readonly string[], leaf: Schema, siblings: readonly string[]): Schema {
  const [head = '', ...rest] = steps
  const inner = rest.length === 0 ? leaf : nested(rest, leaf, siblings)
  const name = head.replace(/\[\]$/, '')
  const beside = rest.length === 0 ? siblings.map((one) => [one, { type: 'string' }]) : []
  const value = head.endsWith('[]') ? { type: 'array', items: inner } : inner
  return { type: 'object', properties: { ...Object.fromEntries(beside), [name]: value } }
}
