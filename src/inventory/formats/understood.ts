/** A recognised document as the OpenAPI document that the importer understands, with places in the one that was written. */
import { isJsonObject, type ErrorCode, type JsonObject } from '../../lib/index.ts'
import { tokensOf } from '../document/pointer.ts'
import type { Problem, Written } from '../openapi/problems.ts'
import type { Mark } from '../source/mark.ts'
import { fromPostman } from './postman.ts'
import type { Recognised } from './recognise.ts'
import { fromSwagger } from './swagger.ts'
import { movedBack } from './swagger-schema.ts'
import { originalPointers, pointersOf, type Traced } from './traced.ts'

/** What a reader of another format has to say, at a place in the document as it was written. */
export interface Remark {
  readonly code: ErrorCode
  readonly message: string
  readonly mark: Mark
}

export interface Translated extends Traced {
  readonly remarks: readonly Remark[]
}

export interface Understood {
  readonly root: JsonObject
  readonly marks: Mark
  readonly written: Written
  readonly remarks: readonly Problem[]
}

const AS_IT_STANDS: Written = { pointer: (pointer) => pointer, text: (text) => text }

export function understood(
  { format, root }: Extract<Recognised, { readonly ok: true }>,
  marks: Mark,
): Understood {
  if (format === 'openapi') return { root, marks, written: AS_IT_STANDS, remarks: [] }
  const source: Traced = { value: root, mark: marks }
  const made = format === 'swagger-2.0' ? fromSwagger(source) : fromPostman(source)
  const original = originalPointers(made.mark, marks)
  const places = made.remarks.length === 0 ? new Map<Mark, string>() : pointersOf(marks)
  return {
    root: isJsonObject(made.value) ? made.value : {},
    marks: made.mark,
    written: {
      pointer: (pointer) => original(tokensOf(pointer)),
      text: format === 'swagger-2.0' ? movedBack : AS_IT_STANDS.text,
    },
    remarks: made.remarks.map(({ code, message, mark }) => ({
      code,
      message,
      pointer: places.get(mark) ?? '',
      offset: mark.offset,
    })),
  }
}
