/**
 * Bytes of a file → text. UTF-8, with or without its mark; UTF-16 with its mark, as editors of one system write it (YAML 1.2.2 §5.2).
 * Whatever else it is, it is refused by name: a guess could read another document than its author wrote.
 */
import type { Result } from '../../lib/index.ts'
import type { SourceProblem } from './source-document.ts'

/** Control characters that neither YAML nor JSON holds (YAML 1.2.2 §5.1). U+0000 would end a text early for others who read it. */
// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

export function decodeSource(bytes: Uint8Array): Result<string, SourceProblem> {
  const encoding = encodingOf(bytes)
  let text: string
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return refused(`The file is not ${encoding.toUpperCase()}; save it as UTF-8.`, 0)
  }
  return wholeText(text)
}

/** A text without its mark; one with a control character is refused where that stands. */
export function wholeText(given: string): Result<string, SourceProblem> {
  const text = given.startsWith('\ufeff') ? given.slice(1) : given
  const at = text.search(CONTROL)
  if (at < 0) return { ok: true, value: text }
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
  return refused(`The text holds the control character U+${code}.`, at)
}

function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

function refused(message: string, offset: number): Result<string, SourceProblem> {
  return { ok: false, error: { code: 'GH_INVENTORY_ENCODING', message, offset } }
}
