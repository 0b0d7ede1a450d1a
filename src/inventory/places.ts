/** Where in a file the parts of an imported specification stand, for whoever tells of them later. */
import type { Diagnostic } from '../lib/index.ts'
import { tokensOf } from './document/pointer.ts'
import { recognise } from './formats/recognise.ts'
import { understood } from './formats/understood.ts'
import type { SpecSource } from './import-spec.ts'
import { decodeSource, wholeText } from './source/decode.ts'
import { lineIndex, offsetOf } from './source/mark.ts'
import { readSource } from './source/read-source.ts'

export type PlaceOf = (pointer: string) => Diagnostic['place']

/** For pointers into the document of the import. What is not there is at the nearest thing around it. */
export function placesIn({ file, text: given }: SpecSource): PlaceOf {
  const start = { file, line: 1, column: 1 }
  const decoded = typeof given === 'string' ? wholeText(given) : decodeSource(given)
  if (!decoded.ok) return () => start
  const source = readSource(decoded.value)
  const recognised = source.ok ? recognise(source.value.value) : undefined
  if (!source.ok || recognised?.ok !== true) return () => start
  const { marks } = understood(recognised, source.value.marks)
  const place = lineIndex(decoded.value)
  return (pointer) => ({ file, ...place(offsetOf(marks, tokensOf(pointer), 'key')) })
}
