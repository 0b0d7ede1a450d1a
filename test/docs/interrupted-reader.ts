/** Follows the page that it is given and then waits to be interrupted: the process of `interrupted.test.ts`. */
import { test } from 'node:test'
import { followPage } from './how-to-page.ts'

test('a page is followed until somebody ends it', async (t) => {
  await followPage(t, process.argv[2] ?? '')
  await new Promise((resolve) => setTimeout(resolve, 600_000))
})
