/** Shapes of values that stand for something else: files, key sets, secrets. */
import { basename, dirname, resolve } from 'node:path'
import { isMap, isScalar } from 'yaml'

import { parseKeyUrl } from './addresses.ts'
import { type Check, label, nearestWord, quote, type Spot } from './check.ts'
import { invalid, type Shape, text, textAt, wrongKind } from './shape.ts'
import { object, optional } from './shape-collections.ts'

/** A path, made absolute from the folder of the file. `must: 'exist'` asks the port for it. */
export function filePath(wanted: string, must: 'exist' | 'be-writable-later'): Shape<string> {
  return {
    read: (spot, check) => {
      const written = textAt(spot, check, wanted)
      if (written === undefined) return undefined
      if (/^[a-z][a-z0-9+.-]+:\/\//i.test(written))
        return invalid(
          spot,
          check,
          `${label(spot.path)} must be ${wanted}: a file on this machine, not a URL.`,
        )
      if (written.startsWith('~'))
        return invalid(
          spot,
          check,
          `${label(spot.path)} must be ${wanted}; "~" is not expanded here.`,
        )
      const absolute = resolve(check.dir, written)
      if (must === 'exist' && !check.env.fileExists(absolute))
        return reportMissing(spot, check, written, absolute)
      return absolute
    },
    schema: text.schema,
  }
}

function reportMissing(spot: Spot, check: Check, written: string, absolute: string): undefined {
  const names = check.env.fileNames?.(dirname(absolute)) ?? []
  const near = nearestWord(basename(absolute), names)
  const prefix = written.slice(0, written.length - basename(written).length)
  const message = `${label(spot.path)} names ${quote(written)}, but no such file exists.`
  const nearest = near === undefined ? undefined : `${prefix}${near}`
  check.report({ code: 'GH_CONFIG_FILE_MISSING', at: spot.node, path: spot.path, message, nearest })
  return undefined
}

const specification = filePath('the path of a specification', 'exist')

/** Where the specification of an API is. */
export const specificationFile: Shape<string> = {
  read: (spot, check) => {
    const file = specification.read(spot, check)
    if (file !== undefined) check.specFile(file)
    return file
  },
  schema: specification.schema,
}

const keyFile = filePath('the path of a key set (JWKS) or an https URL', 'exist')

/** Where an issuer's public keys are. */
export const keySet: Shape<{ readonly file: string } | { readonly url: string }> = {
  read: (spot, check) => {
    const written = textAt(spot, check, 'the path of a key set (JWKS) or an https URL')
    if (written === undefined) return undefined
    if (!written.includes('://')) {
      const file = keyFile.read(spot, check)
      if (file === undefined) return undefined
      check.keyFile(file)
      return { file }
    }
    const url = parseKeyUrl(written)
    if ('value' in url) return { url: url.value }
    return invalid(spot, check, `${label(spot.path)} ${url.wrong}.`)
  },
  schema: keyFile.schema,
}

const listFile = filePath('the path of a file or an https URL', 'exist')

/** Where a signed list is, whose keys are said beside it. */
export const signedList: Shape<{ readonly file: string } | { readonly url: string }> = {
  read: (spot, check) => {
    const written = textAt(spot, check, 'the path of a file or an https URL')
    if (written === undefined) return undefined
    if (!written.includes('://')) {
      const file = listFile.read(spot, check)
      return file === undefined ? undefined : { file }
    }
    const url = parseKeyUrl(written)
    if ('value' in url) return { url: url.value }
    return invalid(spot, check, `${label(spot.path)} ${url.wrong}.`)
  },
  schema: listFile.schema,
}

/** Where a secret is kept; the secret itself is read by `app` when it is used. */
export type SecretRef = { readonly file: string } | { readonly env: string }

const variableName: Shape<string> = {
  read: (spot, check) => {
    const name = textAt(spot, check, 'the name of an environment variable')
    if (name === undefined) return undefined
    // A name that is no name may be the secret itself, so it is not quoted.
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
      return referenceMistake(
        spot,
        check,
        `${label(spot.path)} must be the name of an environment variable.`,
      )
    if (check.env.hasVariable?.(name) === false)
      return referenceMistake(spot, check, `The environment variable ${quote(name)} is not set.`)
    return name
  },
  schema: () => ({ type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
}
const bothForms = object('a reference to a secret', {
  file: optional(
    filePath('the path of a file that holds the secret', 'exist'),
    'File that holds the secret.',
  ),
  env: optional(variableName, 'Environment variable that holds the secret.'),
})

/** `{ file: path }` or `{ env: NAME }`: the only way to give a secret. */
export const secretRef: Shape<SecretRef> = {
  read: (spot, check) => {
    const { node, path } = spot
    if (isScalar(node) && node.value !== null) {
      // Reported here as well as by the scan, because not every secret sounds or looks like one.
      if (!check.secrets.has(node))
        check.report({
          code: 'GH_CONFIG_SECRET_LITERAL',
          at: node,
          path,
          message: `${label(path)} takes a secret, and one is written out.`,
        })
      return undefined
    }
    if (!isMap(node)) return wrongKind(spot, check, '{ file: path } or { env: NAME }')
    const read = bothForms.read(spot, check)
    if (read === undefined) return undefined
    if (read.file !== null && read.env === null) return { file: read.file }
    if (read.env !== null && read.file === null) return { env: read.env }
    return referenceMistake(spot, check, `${label(path)} must have either "file" or "env".`)
  },
  schema: (words) => ({ ...bothForms.schema(words), minProperties: 1, maxProperties: 1 }),
}

function referenceMistake(spot: Spot, check: Check, message: string): undefined {
  check.report({ code: 'GH_CONFIG_SECRET_REFERENCE', at: spot.node, path: spot.path, message })
  return undefined
}
