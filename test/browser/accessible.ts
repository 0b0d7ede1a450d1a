/** Pages as axe-core judges them, and by what it cannot see: whether anything sticks out, and whether the policy was kept. */
import assert from 'node:assert/strict'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import type { Visitor } from '../support/peer-chromium.ts'

/** WCAG 2.2 AA is these together. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']

interface Judged {
  readonly violations: readonly { readonly id: string; readonly at: readonly string[] }[]
  readonly incomplete: readonly { readonly id: string; readonly at: readonly string[] }[]
  readonly passes: number
}

/** Nothing found, and enough looked at to find something. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source)
  const options = JSON.stringify({ runOnly: { type: 'tag', values: TAGS } })
  const judged = await page.evaluate<Judged>(`axe.run(document, ${options}).then((found) => {
    const brief = ({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) })
    return { violations: found.violations.map(brief), incomplete: found.incomplete.map(brief), passes: found.passes.length }
  })`)
  assert.deepEqual(judged.violations, [], where)
  assert.deepEqual(judged.incomplete, [], `undecided: ${where}`)
  assert.ok(judged.passes > 12, `${where}: only ${judged.passes} rules were applied`)
}

/** WCAG 2.2, 1.4.10: at 320 pixels, which is 1280 at 400 %, nothing has to be scrolled sideways. */
export async function assertFits(page: Page, where: string): Promise<void> {
  const [content = 0, window = 0] = await page.evaluate<readonly number[]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )
  assert.ok(content <= window, `${where}: ${content} pixels in ${window}`)
}

/** What a browser says of a page that it was kept from, or that breaks. The answer to a wrong form is told by its status, which is right. */
export function assertQuiet({ complaints }: Visitor): void {
  assert.deepEqual(
    complaints.filter((one) => !/Failed to load resource: .* status of 4\d\d/.test(one)),
    [],
  )
}
