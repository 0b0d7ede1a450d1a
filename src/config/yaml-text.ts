/**
 * YAML text → a tree with places. Only the plain part of YAML 1.2 is let in: one document, no aliases, anchors, merges, tags or
 * directives, keys that are single words. What the parser says is retold in own words, because its messages may quote the file, and
 * the file may hold a secret by mistake.
 */
import { type Document, type Node, parseDocument } from 'yaml'

import type { Diagnostic, ErrorCode, Place } from '../lib/index.ts'
import { linePlaces } from './line-places.ts'
import { LIMITS } from './limits.ts'
import { structureMistakes } from './yaml-structure.ts'

export interface YamlText {
  readonly root: Node | null
  /** Place of an offset into the text (UTF-16 code units). */
  readonly placeAt: (offset: number) => Place
  readonly diagnostics: readonly Diagnostic[]
  /** The tree can be trusted: what the diagnostics name does not shift what stands where. */
  readonly sound: boolean
}

export function parseYaml(file: string, source: string): YamlText {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source
  const placeAt = linePlaces(file, text)
  const tell = (code: ErrorCode, offset: number, message: string): Diagnostic => ({
    code,
    message,
    place: placeAt(offset),
  })
  if (text.length > LIMITS.text) {
    const message = `The file has ${text.length} characters; ${LIMITS.text} are allowed.`
    return {
      root: null,
      placeAt,
      diagnostics: [tell('GH_CONFIG_TOO_LARGE', 0, message)],
      sound: false,
    }
  }
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    merge: false,
    // Checked in linear time by structureMistakes(); the parser's own check is quadratic.
    uniqueKeys: false,
    prettyErrors: false,
  })
  const syntax = document.errors.map((error) =>
    error.code === 'MULTIPLE_DOCS'
      ? tell('GH_CONFIG_YAML_FEATURE', error.pos[0], 'A second document starts here; one is read.')
      : tell('GH_CONFIG_SYNTAX', error.pos[0], SYNTAX.get(error.code) ?? 'This is not YAML.'),
  )
  const structure = [
    ...directiveMistakes(text, document),
    ...structureMistakes(document.contents),
  ].map((mistake) => tell(mistake.code, mistake.offset, mistake.message))
  return {
    root: document.contents,
    placeAt,
    diagnostics: [...syntax, ...structure],
    sound: document.errors.every((error) => error.code === 'MULTIPLE_DOCS'),
  }
}

/** `%YAML 1.1` would turn `no` into false and `12:30` into a number; `%TAG` serves tags only. */
function directiveMistakes(
  text: string,
  document: Document.Parsed,
): readonly { code: ErrorCode; offset: number; message: string }[] {
  const end = document.contents?.range[0] ?? text.length
  const at = /(^|\n)%/.exec(text.slice(0, end))
  if (at === null) return []
  const offset = at.index + (at[1]?.length ?? 0)
  return [{ code: 'GH_CONFIG_YAML_FEATURE', offset, message: 'Directives (%) are not used here.' }]
}

const SYNTAX: ReadonlyMap<string, string> = new Map([
  ['BAD_INDENT', 'The indentation does not fit what stands above.'],
  ['TAB_AS_INDENT', 'A tab indents this line; YAML indents by spaces only.'],
  ['MISSING_CHAR', 'A character is missing here: a colon, a comma, a closing quote or bracket.'],
  ['UNEXPECTED_TOKEN', 'This cannot stand here.'],
  ['BAD_DQ_ESCAPE', 'This escape is not known in double quotes; single quotes know none.'],
  ['BAD_SCALAR_START', 'A value cannot start with this character; put it in quotes.'],
  ['BLOCK_AS_IMPLICIT_KEY', 'A second colon stands in this line; put the value in quotes.'],
  ['BLOCK_IN_FLOW', 'An indented block cannot stand inside brackets.'],
  ['MULTILINE_IMPLICIT_KEY', 'A key must stand on one line.'],
  ['KEY_OVER_1024_CHARS', 'A key may have 1024 characters at most.'],
  ['RESOURCE_EXHAUSTION', 'Lists and maps are nested too deep here.'],
  ['BAD_DIRECTIVE', 'This directive (%) is not known.'],
  ['BAD_ALIAS', 'This alias (*) is not well-formed.'],
])
