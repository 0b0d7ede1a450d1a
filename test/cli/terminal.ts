/** The other side of the CLI: what a person types and sees, in this process, without a terminal. */
import { type CliContext, runCli } from '../../src/cli/index.ts'

export interface Screen {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function gatehouse(
  words: readonly string[],
  options: Partial<CliContext> = {},
): Promise<Screen> {
  const out: string[] = []
  const err: string[] = []
  const same = (text: string): string => text
  const code = await runCli(words, {
    cwd: process.cwd(),
    env: {},
    out: (line) => out.push(line),
    say: (line) => err.push(line),
    style: { good: same, bad: same, warn: same, strong: same, faint: same },
    columns: 200,
    draw: undefined,
    now: () => Date.UTC(2026, 10, 22, 12),
    onHangUp: () => () => undefined,
    user: { name: 'olga', uid: 1000 },
    signal: new AbortController().signal,
    ...options,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
