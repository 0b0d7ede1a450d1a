/**
 * What one part of the file demands of another. Read from the tree, not from the checked value, so that these mistakes show in the
 * same run as any others. Nothing in `secrets` is compared, since comparing ends in quoting.
 */
import { isMap, isSeq, type Node } from 'yaml'

import { parseBasePath } from './addresses.ts'
import type { Check, Path } from './check.ts'
import { crossCheckExtAuthz } from './ext-authz-checks.ts'
import { crossCheckEmbedded, crossCheckIdentity } from './identity-checks.ts'
import { crossCheckIssuers } from './issuer-checks.ts'
import { crossCheckLogin } from './login-shape.ts'
import { crossCheckSca } from './sca-shape.ts'
import { crossCheckTransport } from './transport-checks.ts'
import { itemsOf, member, refuse, type Text, textIn, unique } from './tree-texts.ts'
import { entriesOf } from './yaml-structure.ts'

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
  crossCheckIssuers(root, check)
  const basePaths = defined(apis.map((api) => textOf(api, 'basePath')))
  unique(
    basePaths.filter(({ text }) => 'value' in parseBasePath(text)),
    check,
    'is the base path of another API',
  )

  crossCheckTransport(root, check)
  crossCheckLogin(root, check)
  crossCheckExtAuthz(root, check)
  crossCheckIdentity(root, check)
  crossCheckEmbedded(root, check)
  crossCheckSca(root, check)

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

function namesIn(node: Node | undefined): readonly string[] {
  return isMap(node) ? entriesOf(node).map(({ key }) => key) : []
}

function defined<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((value) => value !== undefined)
}
