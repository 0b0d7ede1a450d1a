/**
 * What one part of the file demands of another. Read from the tree, not from the checked value, so that these mistakes show in the
 * same run as any others. Nothing in `secrets` is compared, since comparing ends in quoting.
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml'

import { parseBasePath, parseListen } from './addresses.ts'
import { type Check, label, nearestWord, oneOf, type Path, quote } from './check.ts'
import { entriesOf } from './yaml-structure.ts'

interface Text {
  readonly text: string
  readonly node: Node
  readonly path: Path
}

export function crossCheck(root: Node | null, check: Check): void {
  const apis = itemsOf(member(root, 'apis')).map((node, at) => ({
    node,
    path: ['apis', at] as Path,
  }))
  const issuers = itemsOf(member(root, 'issuers')).map((node, at) => ({
    node,
    path: ['issuers', at] as Path,
  }))
  const textOf = ({ node, path }: { node: Node; path: Path }, key: string): Text | undefined =>
    textIn(member(node, key), [...path, key], check)
  const apiNames = defined(apis.map((api) => textOf(api, 'name')))
  const issuerNames = defined(issuers.map((issuer) => textOf(issuer, 'issuer')))

  unique(apiNames, check, 'is the name of another API')
  unique(issuerNames, check, 'is another issuer')
  const basePaths = defined(apis.map((api) => textOf(api, 'basePath')))
  unique(
    basePaths.filter(({ text }) => 'value' in parseBasePath(text)),
    check,
    'is the base path of another API',
  )

  monitoringApart(root, check)

  const classes = namesIn(member(root, 'classes'))
  for (const api of apis) {
    const ofClass = textOf(api, 'class')
    if (ofClass !== undefined && !classes.includes(ofClass.text))
      refuse(check, ofClass, 'names no class of this file', classes)
    const own = textOf(api, 'name')?.text
    const listed = (key: string): readonly Text[] =>
      defined(
        itemsOf(member(api.node, key)).map((node, at) =>
          textIn(node, [...api.path, key, at], check),
        ),
      )
    const others = apiNames.map(({ text }) => text).filter((name) => name !== own)
    for (const named of listed('serves'))
      if (named.text === own)
        refuse(check, named, 'names the API itself; others can depend on it, not it on itself', [])
      else if (!others.includes(named.text))
        refuse(check, named, 'names no API of this file', others)
    const known = issuerNames.map(({ text }) => text)
    for (const named of listed('issuers'))
      if (!known.includes(named.text)) refuse(check, named, 'names no issuer of this file', known)
    needsIssuer(api.node, textOf(api, 'template'), issuers.length, check)
  }
}

/** What tells of the gateway is never told on the gateway's own port, where strangers ask. */
function monitoringApart(root: Node | null, check: Check): void {
  const at = member(member(root, 'monitoring'), 'listen')
  const port = (node: Node | undefined): number | undefined => {
    if (!isScalar(node)) return undefined
    const parsed = parseListen(String(node.value))
    return 'value' in parsed ? parsed.value.port : undefined
  }
  const own = port(at)
  const gateway = member(root, 'listen')
  const taken = gateway === undefined ? DEFAULT_PORT : port(gateway)
  if (at === undefined || own === undefined || own === 0 || own !== taken) return
  const path = ['monitoring', 'listen']
  check.report({
    code: 'GH_CONFIG_VALUE_DUPLICATE',
    at,
    path,
    message: `${label(path)} must have a port of its own, but ${own} is the gateway's.`,
  })
}
const DEFAULT_PORT = 8080

function needsIssuer(api: Node, template: Text | undefined, issuers: number, check: Check): void {
  if (template === undefined) return
  const name = template.text.split(/[@#]/)[0] ?? ''
  if (check.env.vocabulary.templates.find((each) => each.name === name)?.needsIssuer !== true)
    return
  const own = member(api, 'issuers')
  const none = own !== undefined && isSeq(own) && own.items.length === 0
  if (issuers > 0 && !none) return
  const where = none ? 'this API takes the tokens of none' : 'the file trusts none'
  check.report({
    code: 'GH_CONFIG_ISSUER_NEEDED',
    at: template.node,
    path: template.path,
    message: `The template ${name} checks access tokens of an issuer, and ${where}.`,
  })
}

function unique(texts: readonly Text[], check: Check, what: string): void {
  const seen = new Set<string>()
  for (const { text, node, path } of texts) {
    if (seen.has(text)) {
      const message = `${label(path)} must be unique, but ${quote(text)} ${what}.`
      check.report({ code: 'GH_CONFIG_VALUE_DUPLICATE', at: node, path, message })
    }
    seen.add(text)
  }
}

function refuse(check: Check, named: Text, why: string, known: readonly string[]): void {
  const { node, path, text } = named
  const there = known.length === 0 ? '' : `; there is ${oneOf(known)}`
  check.report({
    code: 'GH_CONFIG_REFERENCE_UNKNOWN',
    at: node,
    path,
    message: `${label(path)} is ${quote(text)}, which ${why}${there}.`,
    nearest: nearestWord(text, known),
  })
}

function member(node: Node | null | undefined, key: string): Node | undefined {
  if (!isMap(node)) return undefined
  return entriesOf(node).find((entry) => entry.key === key)?.value ?? undefined
}

function namesIn(node: Node | undefined): readonly string[] {
  return isMap(node) ? entriesOf(node).map(({ key }) => key) : []
}

function itemsOf(node: Node | undefined): readonly Node[] {
  // Sound: items of a parsed list are nodes.
  return isSeq(node) ? (node.items as Node[]) : []
}

function textIn(node: Node | undefined, path: Path, check: Check): Text | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || check.secrets.has(node)) return undefined
  return { text: node.value, node, path }
}

function defined<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((value) => value !== undefined)
}
