/** Arguments of `npm run soak`. */
import { parseArgs } from 'node:util'

export const USAGE = `Usage: npm run soak -- [--minutes N] [--rate N]
  --minutes N   how long (30)
  --rate N      requests a second (100)
Exit 3: something grows, or an answer was another than it must be.`

/** A sentence when something is wrong. */
export function soakOptions(
  args: readonly string[],
): { readonly minutes: number; readonly rate: number } | string {
  let values
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: { minutes: { type: 'string' }, rate: { type: 'string' }, help: { type: 'boolean' } },
    }))
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`
  }
  if (values.help === true) return USAGE
  const [minutes, rate] = [Number(values.minutes ?? 30), Number(values.rate ?? 100)]
  if (!(minutes > 0 && minutes <= 10_080) || !(rate >= 1 && rate <= 10_000))
    return `--minutes takes a number above 0 and up to 10080, --rate one from 1 to 10000.\n${USAGE}`
  return { minutes, rate }
}
