/** Text → plain values with places. JSON goes a short way of its own (a tenth of the time and memory); all else is YAML. */
import { MAX_SPEC_BYTES } from '../limits.ts'
import { readJson } from './json-source.ts'
import { isStop, type SourceResult } from './source-document.ts'
import { readYaml } from './yaml-source.ts'

/** Never throws. Offsets are into `text` as given, without a byte order mark. */
export function readSource(text: string): SourceResult {
  if (Buffer.byteLength(text) > MAX_SPEC_BYTES)
    return {
      ok: false,
      error: [
        {
          code: 'GH_INVENTORY_LIMIT',
          message: `The file is larger than ${MAX_SPEC_BYTES} bytes.`,
          offset: 0,
        },
      ],
    }
  try {
    return looksLikeJson(text) ? { ok: true, value: readJson(text) } : readYaml(text)
  } catch (thrown) {
    if (isStop(thrown)) return { ok: false, error: [thrown.stop] }
    // The parser packages may throw what they do not document; the text is then taken as unreadable, never as empty.
    return {
      ok: false,
      error: [{ code: 'GH_INVENTORY_SYNTAX', message: 'The text defeats the parser.', offset: 0 }],
    }
  }
}

function looksLikeJson(text: string): boolean {
  if (!/^[ \t\r\n]*\{/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // YAML in flow style, or JSON with a mistake whose place the YAML reader tells
  }
}
