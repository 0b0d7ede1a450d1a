/** `npm run docs`: writes `docs/reference/` anew. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PAGES } from './pages.ts'

export const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'reference')

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true })
  for (const page of PAGES) writeFileSync(join(FOLDER, page.file), page.render())
}
