/** What issuers that are asked about their tokens demand of one another: whose a token is must be known before anybody sees it. */
import { isMap, isScalar, type Node } from 'yaml'

import { parseIssuerUrl } from './addresses.ts'
import { type Check, label, oneOf, type Path, quote } from './check.ts'
import { itemsOf, member, type Text, textIn, unique } from './tree-texts.ts'

interface Asked {
  readonly name: string | undefined
  readonly introspection: Node
  readonly path: Path
  readonly prefix: Text | undefined
  readonly inOrder: boolean
}

export function crossCheckIssuers(root: Node | null, check: Check): void {
  const asked = itemsOf(member(root, 'issuers')).flatMap((node, at): Asked[] => {
    const name = textIn(member(node, 'issuer'), ['issuers', at, 'issuer'], check)
    discoverable(node, ['issuers', at], name, check)
    const introspection = member(node, 'introspection')
    if (!isMap(introspection)) return []
    const path = ['issuers', at, 'introspection']
    knownThereBy(node, introspection, path, check)
    const order = member(introspection, 'tryInOrder')
    return [
      {
        name: name?.text,
        introspection,
        path,
        prefix: textIn(member(introspection, 'tokenPrefix'), [...path, 'tokenPrefix'], check),
        inOrder: isScalar(order) && order.value === true,
      },
    ]
  })
  prefixesApart(
    asked.flatMap(({ prefix }) => prefix ?? []),
    check,
  )
  oneOfEachApi(root, asked, check)
}

/** Without `jwks` the issuer is asked where its keys are, so its name has to be an address. */
function discoverable(issuer: Node, path: Path, name: Text | undefined, check: Check): void {
  if (name === undefined || member(issuer, 'jwks') !== undefined) return
  const read = parseIssuerUrl(name.text)
  if ('value' in read) return
  check.report({
    code: 'GH_CONFIG_KEY_MISSING',
    at: name.node,
    path: [...path, 'jwks'],
    message: `Nothing says where the keys of this issuer are, and to be asked for them ${label(name.path)} ${read.wrong}.`,
    mend: 'Add "jwks" with a file or an https URL.',
  })
}

/** By a secret, or a key, or a certificate. */
function knownThereBy(issuer: Node, introspection: Node, path: Path, check: Check): void {
  const has = (key: string): boolean => member(introspection, key) !== undefined
  const certificate = member(member(issuer, 'tls'), 'certificate')
  if (has('clientSecret') && has('clientKey'))
    check.report({
      code: 'GH_CONFIG_VALUE_INVALID',
      at: introspection,
      path,
      message: `${label(path)} has a secret and a key; the gateway is known there by one of them.`,
    })
  else if (!has('clientSecret') && !has('clientKey') && certificate === undefined)
    check.report({
      code: 'GH_CONFIG_KEY_MISSING',
      at: introspection,
      path,
      message: `${label(path)} lacks "clientSecret" or "clientKey"; without both the issuer needs a "tls" with a certificate.`,
    })
}

function prefixesApart(prefixes: readonly Text[], check: Check): void {
  unique(prefixes, check, 'is the beginning of the tokens of another issuer')
  for (const { text, node, path } of prefixes) {
    const longer = prefixes.find((other) => other.text !== text && other.text.startsWith(text))
    if (longer === undefined) continue
    check.report({
      code: 'GH_CONFIG_VALUE_INVALID',
      at: node,
      path,
      message: `${label(path)} is ${quote(text)}, with which ${quote(longer.text)} of another issuer begins too: whose a token is cannot be told.`,
    })
  }
}

/** Of the issuers of one API, one at most is asked about what has no prefix, unless each says that others may see its tokens. */
function oneOfEachApi(root: Node | null, asked: readonly Asked[], check: Check): void {
  const told = new Set<Asked>()
  for (const [at, api] of itemsOf(member(root, 'apis')).entries()) {
    const template = textIn(member(api, 'template'), ['apis', at, 'template'], check)?.text
    const known = check.env.vocabulary.templates.find(
      ({ name }) => name === template?.split(/[@#]/)[0],
    )
    if (known?.needsIssuer === false) continue
    const named = member(api, 'issuers')
    const own = itemsOf(named).flatMap(
      (one, which) => textIn(one, ['apis', at, 'issuers', which], check)?.text ?? [],
    )
    const plain = asked.filter(
      ({ name, prefix }) =>
        prefix === undefined && (named === undefined || (name !== undefined && own.includes(name))),
    )
    const [, ...others] = plain
    for (const one of others) {
      if (told.has(one) || plain.every(({ inOrder }) => inOrder)) continue
      told.add(one)
      const names = plain.flatMap(({ name }) => name ?? [])
      check.report({
        code: 'GH_CONFIG_VALUE_INVALID',
        at: one.introspection,
        path: one.path,
        message: `${label(one.path)}: whose a token is cannot be told where ${label(['apis', at])} takes tokens of ${oneOf(names)}, and one must not be shown to the other.`,
        mend: 'Give each a "tokenPrefix", name the issuers of each API, or write "tryInOrder: true" for all of them, which shows the tokens of one to the others.',
      })
    }
  }
}
