/** Files of the bank that other parts of the configuration name words of: found before the rest is read. */
import { resolve } from 'node:path'
import { isMap, isScalar, isSeq, type Node } from 'yaml'

import type { Diagnostic } from '../lib/index.ts'
import type { Vocabulary } from './vocabulary.ts'
import { entriesOf } from './yaml-structure.ts'

export interface OwnFiles {
  /** Absolute paths; whether they are there is for the reader to say. */
  readonly templates: readonly string[]
  readonly controls: readonly string[]
}

/** What the files hold, as words, and what is wrong with them. */
export interface OwnWords {
  readonly vocabulary: Vocabulary
  readonly diagnostics: readonly Diagnostic[]
}

export function ownFiles(root: Node | null, dir: string): OwnFiles {
  const named = (key: string): readonly string[] => {
    const list = isMap(root) ? entriesOf(root).find((entry) => entry.key === key)?.value : undefined
    const items: readonly unknown[] = isSeq(list) ? list.items : []
    return items.flatMap((item) =>
      isScalar(item) && typeof item.value === 'string' && !item.value.includes('://')
        ? [resolve(dir, item.value)]
        : [],
    )
  }
  return { templates: named('templates'), controls: named('controls') }
}
