/** Faults of signatures, keys and bodies, and what is sent again. */
import { type Recipe, SIGNED } from '../recipe.ts'
import {
  type Around,
  type Fault,
  fault,
  keyed,
  ofApi,
  seconds,
  withBody,
  withSignature,
} from './fault.ts'

const reads = ({ api }: Recipe): boolean => api === 'accounts'

const signed = (
  name: string,
  change: (signature: NonNullable<Recipe['signature']>, recipe: Recipe, around: Around) => void,
): Fault =>
  fault(name, withSignature, (recipe, around) => {
    if (recipe.signature !== null) change(recipe.signature, recipe, around)
  })
const header = (name: string, ...values: readonly unknown[]): Fault =>
  signed(`signature: ${name}`, (signature, _recipe, { one }) => {
    signature.header[name] = one(...values)
  })
export const MESSAGES = [
  fault('no signature', withSignature, (recipe) => {
    recipe.signature = null
  }),
  signed('a signature over something else', (signature, recipe, { one }) => {
    signature.over = one('{}', `${recipe.body ?? ''} `)
  }),
  signed('a signature by somebody else', (signature, _recipe, { world }) => {
    signature.key = world.signKeys[1]
  }),
  signed('a signature bent', (signature, _recipe, { one }) => {
    signature.mend = one<(text: string) => string>(
      (text) => text.replace('..', '.e30.'),
      (text) => `${text}.`,
      () => 'x',
      (text) => text.slice(1),
    )
  }),
  signed('a body signed as it is', (signature) => {
    signature.unencoded = true
  }),
  header('alg', 'RS256', 'none', 'ES256'),
  header('kid', 'sign-2', '', 7),
  header(
    'crit',
    [],
    [SIGNED.iat, SIGNED.iss],
    [SIGNED.iat, SIGNED.iss, SIGNED.tan, 'x'],
    [SIGNED.tan, SIGNED.iss, SIGNED.iat],
  ),
  header(SIGNED.iss, 'org-b/app', '', 7),
  header(SIGNED.tan, 'evil.example', undefined),
  signed('a signature of another time', (signature, _recipe, { now, one }) => {
    signature.header[SIGNED.iat] = seconds(now) + one(-121, -300, -301, 9, 11, 3_600)
  }),
  fault('no key', keyed, (recipe) => {
    recipe.idempotencyKey = null
  }),
  fault('a key in another form', keyed, (recipe, { one }) => {
    recipe.idempotencyKey = one('k'.repeat(40), 'k'.repeat(41), ' k', 'k ', '', 'k k', 'kä', 'k\tk')
  }),
]

export const BODIES = [
  fault('no body', withBody, (recipe) => {
    recipe.body = undefined
  }),
  fault(
    'a body where none belongs',
    ({ body }) => body === undefined,
    (recipe, { one }) => {
      recipe.body = one('{}', 'x')
    },
  ),
  fault('a body that is no JSON', withBody, (recipe, { one }) => {
    const is = recipe.body ?? ''
    recipe.body = one(
      is.slice(0, -1),
      `${is}x`,
      is.replace('{', '{"Data":{},'),
      'null',
      '[]',
      '',
      `\ufeff${is}`,
      is.replace('"Risk"', '"Risk":{},"Risk"'),
    )
  }),
  fault('a body that is not as declared', withBody, (recipe, { one }) => {
    const is = recipe.body ?? ''
    recipe.body = one(
      is.replace('"Risk"', '"Else":1,"Risk"'),
      is.replace('"Risk":{}', '"Risk":{"x":{"y":{"z":{"deep":{}}}}}'),
      is.replace('"I-1"', `"${'i'.repeat(36)}"`),
      is.replace('"I-1"', '7'),
      is.replace('"I-1"', 'null'),
      is.replace('"Data"', '"__proto__":{},"Data"'),
    )
  }),
  fault('a long body', withBody, (recipe, { one }) => {
    const is = recipe.body ?? ''
    recipe.body = is + ' '.repeat(Math.max(0, one(2_500, 2_501, 4_000) - Buffer.byteLength(is)))
  }),
  fault('another media type', withBody, (recipe, { one }) => {
    recipe.headers.push([
      'Content-Type',
      one(
        'text/plain',
        'application/xml',
        'application/json; charset=utf-8',
        'APPLICATION/JSON',
        '',
      ),
    ])
  }),
  fault('the kill switch', ofApi, (recipe) => {
    recipe.killed = true
  }),
  fault('somebody else calls', reads, (recipe, { one }) => {
    if (recipe.token !== null)
      Object.assign(recipe.token.claims, {
        client_id: 'tpp-b',
        consent_id: one('read-other-client', 'read-all'),
      })
    recipe.certificate = one('good-b', 'good-a')
  }),
]

export const AGAIN = [
  fault(
    'all of it again',
    () => true,
    (recipe, { sent, one }) => {
      if (sent.length === 0) return
      const { wire, recipe: before } = one(...sent)
      Object.assign(recipe, { again: wire, operation: before.operation, api: before.api })
    },
  ),
  fault('a key again, with the same words', keyed, (recipe, { sent, one }) => {
    const before = sent.filter(
      (other) => other.recipe.operation === recipe.operation && keyed(other.recipe),
    )
    if (before.length === 0) return
    const { idempotencyKey, body, token, headers } = one(...before).recipe
    Object.assign(recipe, { idempotencyKey, body, headers })
    if (recipe.token !== null && token !== null)
      recipe.token.claims['consent_id'] = token.claims['consent_id']
  }),
  fault('a key again, with other words', keyed, (recipe, { sent, one }) => {
    const before = sent.filter(
      (other) => other.recipe.operation === recipe.operation && keyed(other.recipe),
    )
    if (before.length === 0) return
    recipe.idempotencyKey = one(...before).recipe.idempotencyKey
    if (one(true, false)) recipe.body = recipe.body?.replace('"I-1"', '"I-2"')
  }),
]
