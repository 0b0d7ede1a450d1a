/** What listeners, trust stores and addresses demand of one another. */
import { isScalar, isSeq, type Node } from 'yaml'

import { parseListen } from './addresses.ts'
import { type Check, label, type Path } from './check.ts'
import { ruleNodes } from './rule-nodes.ts'
import { itemsOf, member, refuse, type Text, textIn, unique } from './tree-texts.ts'

interface Item {
  readonly node: Node
  readonly path: Path
}

export function crossCheckTransport(root: Node | null, check: Check): void {
  const items = (key: string): readonly Item[] =>
    itemsOf(member(root, key)).map((node, at) => ({ node, path: [key, at] }))
  const listeners = items('listeners')
  const sockets = items('sockets')
  const names = (list: readonly Item[]): readonly Text[] =>
    list.flatMap(({ node, path }) => textIn(member(node, 'name'), [...path, 'name'], check) ?? [])
  const stores = names(items('trustStores'))
  unique(stores, check, 'is the name of another trust store')
  unique(names([...listeners, ...sockets]), check, 'is the name of another listener')
  unique(
    sockets.flatMap(
      ({ node, path }) => textIn(member(node, 'listen'), [...path, 'listen'], check) ?? [],
    ),
    check,
    'is the socket of another proxy',
  )
  const known = stores.map(({ text }) => text)
  const namesKnown = (node: Node | undefined, path: Path): readonly Node[] => {
    const named = itemsOf(member(node ?? null, 'trustStores'))
    for (const [at, one] of named.entries()) {
      const text = textIn(one, [...path, 'trustStores', at], check)
      if (text !== undefined && !known.includes(text.text))
        refuse(check, text, 'names no trust store of this file', known)
    }
    return named
  }
  namesKnown(member(root, 'identity'), ['identity'])
  for (const { node, path } of sockets) namesKnown(node, path)
  for (const { node, path } of listeners) {
    const named = namesKnown(node, path)
    const asked = member(node, 'clientCertificate')
    const none = isScalar(asked) && asked.value === 'none'
    const list = member(node, 'trustStores')
    if (!none && named.length === 0 && (list === undefined || isSeq(list)))
      check.report({
        code: 'GH_CONFIG_KEY_MISSING',
        at: list ?? member(node, 'name') ?? node,
        path,
        message: `${label(path)} asks for client certificates and names no trust store, so nobody could be believed.`,
        mend: 'Name trust stores under "trustStores", or set "clientCertificate: none".',
      })
  }
  for (const { node, path } of items('trustStores')) ocspIsAsked(node, path, check)
  storesOfRules(root, stores, check)
  portsApart(root, listeners, sockets.length, check)
}

/** Who does not ask about revocation asks nobody. */
function ocspIsAsked(store: Node, path: Path, check: Check): void {
  const ocsp = member(store, 'ocsp')
  const revocation = member(store, 'revocation')
  if (ocsp === undefined || !isScalar(revocation) || revocation.value !== 'none') return
  check.report({
    code: 'GH_CONFIG_VALUE_INVALID',
    at: ocsp,
    path: [...path, 'ocsp'],
    message: `${label([...path, 'ocsp'])} asks about revocation, but "revocation: none" says that nobody does.`,
    mend: 'Take "revocation: none" away, or "ocsp".',
  })
}

/** A rule that takes the certificates of a trust store which nobody has takes none. */
function storesOfRules(root: Node | null, stores: readonly Text[], check: Check): void {
  const known = stores.map(({ text }) => text)
  for (const { node, path } of ruleNodes(root))
    for (const [at, one] of itemsOf(member(node, 'trustStores')).entries()) {
      const text = textIn(one, [...path, 'trustStores', at], check)
      if (text !== undefined && !known.includes(text.text))
        refuse(check, text, 'names no trust store of this file', known)
    }
}

/** No two listen on one port; and what tells of the gateway is never told on a port of the gateway, where strangers ask. */
function portsApart(
  root: Node | null,
  listeners: readonly Item[],
  sockets: number,
  check: Check,
): void {
  const plain = member(root, 'listen')
  const taken = new Set<number>()
  if (plain !== undefined) taken.add(portOf(plain) ?? 0)
  else if (listeners.length + sockets === 0) taken.add(DEFAULT_PORT)
  const apart = (at: Node | undefined, path: Path): void => {
    const port = at === undefined ? undefined : portOf(at)
    if (at === undefined || port === undefined || port === 0) return
    if (taken.has(port))
      check.report({
        code: 'GH_CONFIG_VALUE_DUPLICATE',
        at,
        path,
        message: `${label(path)} must have a port of its own, but ${port} is the gateway's.`,
      })
    taken.add(port)
  }
  for (const { node, path } of listeners) apart(member(node, 'listen'), [...path, 'listen'])
  apart(member(member(root, 'identity'), 'listen'), ['identity', 'listen'])
  apart(member(member(root, 'monitoring'), 'listen'), ['monitoring', 'listen'])
  for (const key of ['listen', 'envoyListen'])
    apart(member(member(root, 'extAuthz'), key), ['extAuthz', key])
}

function portOf(node: Node): number | undefined {
  if (!isScalar(node)) return undefined
  const parsed = parseListen(String(node.value))
  return 'value' in parsed ? parsed.value.port : undefined
}
const DEFAULT_PORT = 8080
